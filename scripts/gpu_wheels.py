"""A throw-away environment that lays a folder of wheels over the packages of an interpreter, without a network."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SEARCHED = "import sys; print('\\n'.join(path for path in sys.path[1:] if path.endswith('-packages')))"


@contextmanager
def laid_over(base: str, wheels: str) -> Iterator[str]:
    """Yields the interpreter of that environment; raises OSError where it cannot be made.

    Standard library only: what thriftune itself needs may be among the wheels. Needs are resolved
    within the wheels and what is there; where that fails, the wheels are installed as they are.
    """
    with tempfile.TemporaryDirectory(prefix="thriftune-wheels-") as folder:
        python = str(Path(folder) / "bin" / "python")
        _run(base, "-m", "venv", "--without-pip", "--system-site-packages", folder)
        # if the interpreter is that of an environment, the new one does not see its packages by itself
        below = subprocess.run([base, "-c", _SEARCHED], check=True, capture_output=True, text=True).stdout
        (own,) = Path(folder).glob("lib/python*/site-packages")
        (own / "below.pth").write_text(below, encoding="utf-8")
        files = sorted(map(str, Path(wheels).glob("*.whl")))
        if not files:
            raise OSError(f"no wheels in {wheels}")
        pip = base if subprocess.run([base, "-m", "pip", "--version"], capture_output=True).returncode == 0 else ""
        install = [pip or sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index"]
        install += ["--find-links", wheels, *files]
        if subprocess.run(install, stdout=sys.stderr).returncode:
            _run(*install, "--no-deps")
        yield python


def _run(*argv: str) -> None:
    ended = subprocess.run(argv, stdout=sys.stderr)
    if ended.returncode:
        raise OSError(f"`{' '.join(argv[:4])} ...` ended with {ended.returncode}")
