"""A group of commands that imports one only when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """`listed` maps a command to its module, which holds it as `command`, and to one line of help."""

    def __init__(self, *given: Any, listed: Mapping[str, tuple[str, str]], **named: Any) -> None:
        super().__init__(*given, **named)
        self._listed = listed

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._listed)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self._listed:
            return None
        command = import_module(self._listed[name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._listed.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self._listed:
            from difflib import get_close_matches

            near = get_close_matches(args[0], self._listed, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"see `{ctx.command_path} --help`"
            ctx.fail(f"no command `{args[0]}`; {hint}")
        return super().resolve_command(ctx, args)
