"""`thriftune schema`: the JSON Schema that lets an editor complete and check thriftune.yaml."""

from __future__ import annotations

import click

from wrapper.cli.messages import print_json


@click.command(name="schema")
def command() -> None:
    """Print the JSON Schema (draft 2020-12) of thriftune.yaml.

    Save it beside the spec and begin the spec with
    `# yaml-language-server: $schema=FILE`: editors then complete its keys.
    """
    from wrapper.spec.schema import spec_schema

    print_json(spec_schema())
