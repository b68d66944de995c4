"""`thriftune data`: audit, clean, split and preview a team's examples."""

from __future__ import annotations

from importlib import import_module

import click

# command: (module, one line of help); the module holds a click command named `command`
COMMANDS: dict[str, tuple[str, str]] = {
    "audit": ("wrapper.cli.data.audit", "What is wrong with the rows, and whether they are fit to train on."),
    "clean": ("wrapper.cli.data.clean", "Mend what is safe, drop by named rules, keep what was dropped."),
    "split": ("wrapper.cli.data.split", "Train, validation, test and smoke rows, frozen by content."),
    "preview": ("wrapper.cli.data.preview", "One row as the model sees it, the trained tokens marked."),
}


class _DataGroup(click.Group):
    """Lists commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = import_module(COMMANDS[name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group("data", cls=_DataGroup)
def command() -> None:
    """Data quality: audit, clean, split and preview the examples, before any money is spent on them."""
