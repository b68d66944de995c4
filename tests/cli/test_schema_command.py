"""`thriftune schema`: one JSON document, the published schema."""

from __future__ import annotations

import json

from click.testing import CliRunner

from wrapper.cli import cli
from wrapper.spec.schema import spec_schema


def test_it_prints_the_schema() -> None:
    result = CliRunner().invoke(cli, ["schema"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == spec_schema()
    assert result.stderr == ""
