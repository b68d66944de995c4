# Shared by the scripts: a virtual environment with thriftune in it, made once and renewed when
# pyproject.toml changes. Sourced, not run. PYTHON chooses the interpreter.

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "error: Python 3.11 or newer was not found" >&2
    echo "hint: install it, or name it: PYTHON=/path/to/python3.11 $0" >&2
    exit 4
}

# make_venv FOLDER [dev]: thriftune, editable, and with `dev` its development tools
make_venv() {
    marker="$1/.thriftune-${2:-run}"
    if [ -e "$marker" ] && [ ! "$root/pyproject.toml" -nt "$marker" ]; then
        return
    fi
    python=$(find_python)
    echo "making a virtual environment in $1" >&2
    [ -x "$1/bin/python" ] || "$python" -m venv "$1"
    "$1/bin/python" -m pip --version >/dev/null 2>&1 || "$1/bin/python" -m ensurepip -q
    "$1/bin/python" -m pip install -q -e "$root" >&2
    if [ "${2:-}" = dev ]; then
        "$1/bin/python" -m pip install -q --upgrade pip >&2
        "$1/bin/python" -m pip install -q --group "$root/pyproject.toml:dev" >&2
    fi
    touch "$marker"
}
