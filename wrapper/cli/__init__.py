"""The `thriftune` command: subcommands are imported only when they are called."""

from __future__ import annotations

import contextlib
import sys
from typing import NoReturn

import click

from wrapper import __version__
from wrapper.cli.lazy_group import LazyGroup
from wrapper.errors import ThriftuneError

# command: (module, one line of help); the module holds a click command named `command`
COMMANDS: dict[str, tuple[str, str]] = {
    "quickstart": (
        "wrapper.cli.quickstart",
        "The whole ladder on bundled data and a small real model, on a CPU.",
    ),
    "init": ("wrapper.cli.init", "Write a spec out of an Axolotl or Unsloth config."),
    "run": ("wrapper.cli.run", "All of it, through every gate, to the verdict and the report."),
    "check": ("wrapper.cli.check", "All faults of a spec at once; spends nothing."),
    "data": ("wrapper.cli.data", "Data quality: audit, clean, split, preview."),
    "baseline": ("wrapper.cli.baseline", "The rungs below training, measured."),
    "advise": ("wrapper.cli.advise", "Prompting, retrieval or training: which to try next, and why; spends nothing."),
    "plan": ("wrapper.cli.plan", "What it would train, on what, for how much; spends nothing."),
    "render": ("wrapper.cli.render", "The backend's config, validated."),
    "validate": ("wrapper.cli.validate", "Check any Axolotl or Unsloth config, whoever wrote it."),
    "train": ("wrapper.cli.train", "The training step alone."),
    "eval": ("wrapper.cli.eval", "The verdict on an adapter that is there already."),
    "compare": ("wrapper.cli.compare", "One run against another, row by row."),
    "checklist": ("wrapper.cli.checklist", "Before, during and after training: what is shown, and what is open."),
    "runs": ("wrapper.cli.runs", "The ledger: every run, its cost, its scores."),
    "backend": ("wrapper.cli.backend", "Backend environments: list, install, check."),
    "presets": ("wrapper.cli.presets", "Models, GPUs and tasks that are known by name."),
    "schema": ("wrapper.cli.schema", "JSON Schema of thriftune.yaml, for editors."),
}


@click.group(
    cls=LazyGroup,
    listed=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="thriftune")
def cli() -> None:
    """Budget-first fine-tuning: the smallest, best-evaluated model that solves the task.

    Start with: thriftune quickstart
    """


def main() -> None:
    """Run the command line; a failure becomes `error: ...`, a hint and an exit code."""
    try:
        code = cli.main(prog_name="thriftune", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as fault:
        from wrapper.errors import UsageFault

        context = getattr(fault, "ctx", None)
        command = context.command_path if context else "thriftune"
        _end(UsageFault(fault.format_message(), hint=f"see `{command} --help`"))
    except (click.Abort, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except OSError as fault:  # a folder that cannot be written, a full disk, a closed pipe
        from wrapper.errors import EnvironmentFault

        place = f"{fault.filename}: " if fault.filename else ""
        _end(EnvironmentFault(f"{place}{fault.strerror or fault}"))
    except ThriftuneError as failure:
        _end(failure)


def _end(failure: ThriftuneError) -> NoReturn:
    """Tell the failure, on stdout too where `--json` asks for a document, and exit with its code."""
    from wrapper.cli.messages import failure_document, print_json, show_failure

    show_failure(failure)
    try:
        if "--json" in sys.argv[1:]:
            print_json(failure_document(failure))
        sys.stdout.flush()
    except OSError:
        _abandon_output()
    sys.exit(failure.exit_code)


def _abandon_output() -> None:
    """Python flushes stdout once more as it ends, and would complain of a full disk again."""
    import os

    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
