"""`thriftune data`: audit, clean, split and preview a team's examples."""

from __future__ import annotations

import click

from wrapper.cli.lazy_group import LazyGroup

# command: (module, one line of help); the module holds a click command named `command`
COMMANDS: dict[str, tuple[str, str]] = {
    "audit": ("wrapper.cli.data.audit", "What is wrong with the rows, and whether they are fit to train on."),
    "clean": ("wrapper.cli.data.clean", "Mend what is safe, drop by named rules, keep what was dropped."),
    "split": ("wrapper.cli.data.split", "Train, validation, test and smoke rows, frozen by content."),
    "preview": ("wrapper.cli.data.preview", "One row as the model sees it, the trained tokens marked."),
}


@click.group("data", cls=LazyGroup, listed=COMMANDS)
def command() -> None:
    """Data quality: audit, clean, split and preview the examples, before any money is spent on them."""
