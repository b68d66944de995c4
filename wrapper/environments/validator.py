"""Asks a backend's own validator, inside its environment, about a config."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from wrapper.environments.locate import Environment
from wrapper.errors import EnvironmentFault, Fault

_TIMEOUT_SECONDS = 300.0


def ask_backend(text: str, *, file: str, environment: Environment, known: Sequence[Fault]) -> list[Fault]:
    """What the backend refuses, as if on a capable GPU, less what is `known` already.

    The text must be readable YAML. Raises EnvironmentFault if the validator itself fails.
    """
    from wrapper.backends import get_backend
    from wrapper.backends.validator_answer import faults_of_answer
    from wrapper.documents import parse_yaml
    from wrapper.process import child_environment, run

    document = parse_yaml(text, file=file, floats="yaml11")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(text, encoding="utf-8")
        argv = get_backend(environment.backend).validator_argv(environment.python, config)
        if argv is None:
            return []
        done = run(argv, env=child_environment({"OMP_NUM_THREADS": "1"}), timeout=_TIMEOUT_SECONDS)
    if done.timed_out:
        raise EnvironmentFault(
            f"{environment.backend}'s own validator did not end in {_TIMEOUT_SECONDS:.0f} s",
            hint=f"thriftune backend check {environment.backend}",
        )
    return faults_of_answer(done.stdout, document, known)
