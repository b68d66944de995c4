"""The command itself: exit codes, messages, and what `--help` must not import."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import click
import pytest

from wrapper import __version__, cli
from wrapper.errors import (
    BackendFailed,
    BadInput,
    BudgetReached,
    EnvironmentFault,
    Fault,
    GateRefused,
    Interrupted,
    ThriftuneError,
    UsageFault,
)

HEAVY = ("msgspec", "rich", "sklearn", "numpy", "scipy", "jsonschema", "yaml", "tokenizers", "jinja2", "sqlite3")


@pytest.fixture
def call_main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Call `main` as the console script does: exit code, stdout, stderr."""

    def call(*arguments: str) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["thriftune", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


@pytest.fixture
def schema_raises(monkeypatch: pytest.MonkeyPatch):
    """Make `thriftune schema` end with an exception."""

    def put(failure: BaseException) -> None:
        @click.command("schema")
        def command() -> None:
            raise failure

        monkeypatch.setattr(import_module("wrapper.cli.schema"), "command", command)

    return put


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ThriftuneError("m", hint="h"), 1),
        (UsageFault("m", hint="h"), 2),
        (BadInput("m", hint="h"), 3),
        (EnvironmentFault("m", hint="h"), 4),
        (GateRefused("m", hint="h", gate="need"), 5),
        (BudgetReached("m", hint="h"), 6),
        (BackendFailed("m", hint="h"), 7),
        (Interrupted("m", hint="h"), 130),
    ],
)
def test_every_failure_has_its_exit_code_and_two_words(call_main, schema_raises, failure, code: int) -> None:
    schema_raises(failure)
    assert call_main("schema") == (code, "", "error: m\n\nhint: h\n")


def test_a_failure_without_a_hint_prints_none(call_main, schema_raises) -> None:
    schema_raises(ThriftuneError("what"))
    assert call_main("schema")[2] == "error: what\n"


def test_the_faults_of_bad_input_stand_under_it(call_main, schema_raises) -> None:
    fault = Fault(
        kind="unknown_key", message="unknown key `lora_alhpa`", file="thriftune.yaml", line=3, column=5,
        suggestion="did you mean `lora_alpha`?",
    )  # fmt: skip
    schema_raises(BadInput("1 fault in `thriftune.yaml`", hint="mend it", faults=[fault]))
    assert call_main("schema")[2] == (
        "error: 1 fault in `thriftune.yaml`\n"
        "  thriftune.yaml:3:5: unknown key `lora_alhpa`; did you mean `lora_alpha`?\n"
        "\nhint: mend it\n"
    )


def test_a_ctrl_c_is_130_and_no_traceback(call_main, schema_raises) -> None:
    schema_raises(KeyboardInterrupt())
    code, out, err = call_main("schema")
    assert (code, out, err.strip()) == (130, "", "interrupted")


def test_a_fault_of_thriftune_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch, schema_raises) -> None:
    schema_raises(ZeroDivisionError("a fault"))
    monkeypatch.setattr(sys, "argv", ["thriftune", "schema"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


@pytest.mark.parametrize(
    ("typed", "said"),
    [("rnu", "no command `rnu`; did you mean `run`?"), ("xyzzy", "no command `xyzzy`; see `thriftune --help`")],
)
def test_an_unknown_command(call_main, typed: str, said: str) -> None:
    code, out, err = call_main(typed)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize("arguments", [("--nope",), ("schema", "--nope"), ("schema", "too", "many")])
def test_a_wrong_option_is_usage(call_main, arguments: tuple[str, ...]) -> None:
    assert call_main(*arguments)[0] == 2


def test_help_lists_every_command_with_its_line(call_main) -> None:
    code, out, _ = call_main("--help")
    assert code == 0
    for name, (_, line) in cli.COMMANDS.items():
        assert f"  {name} " in out and line.split()[0] in out
    assert call_main("--version") == (0, f"thriftune, version {__version__}\n", "")


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_every_command_is_there_and_says_what_it_does(name: str) -> None:
    command = import_module(cli.COMMANDS[name][0]).command
    assert isinstance(command, click.Command)
    assert command.help


@pytest.mark.real
@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["runs", "ls", "--help"], ["nope"]])
def test_help_is_light(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom wrapper.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print('HEAVY', sorted(set(sys.modules) & set({HEAVY})))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.splitlines()[-1] == "HEAVY []"


@pytest.mark.parametrize("arguments", [("run", "--json", "--foo"), ("train", "--override", "foo=bar", "--json")])
def test_a_usage_error_too_is_one_json_document(call_main, arguments: tuple[str, ...]) -> None:
    code, out, err = call_main(*arguments)
    assert code == 2
    assert json.loads(out)
    assert err.startswith("error: ")
