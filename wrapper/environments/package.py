"""One pinned package, unpacked into a folder of its own, with the user's index settings."""

from __future__ import annotations

from pathlib import Path

from wrapper import process
from wrapper.environments import failures
from wrapper.environments.pip_settings import read_pip_settings, uv_has_own_indexes, uv_variables
from wrapper.environments.uv import find_uv


def install_package(requirement: str, folder: Path) -> None:
    """Unpack `name==version` without what it depends on; raises EnvironmentFault."""
    command, _ = find_uv(say=lambda line: None)
    variables = process.child_environment()
    variables |= uv_variables(read_pip_settings(), variables, uv_is_configured=uv_has_own_indexes(variables))
    ended = process.run(
        [*command, "pip", "install", "--quiet", "--no-deps", "--target", str(folder), requirement], env=variables
    )
    if ended.returncode != 0:
        raise failures.explain(ended)
