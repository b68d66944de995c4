"""What the tests of environments share: a cache folder of their own, and a stand-in for starting programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from wrapper.environments.check import ALL_CHECKS
from wrapper.process import Completed


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("THRIFTUNE_CACHE", str(tmp_path / "cache"))
    for name in ("THRIFTUNE_TORCH_SOURCE", "UV_TORCH_BACKEND", "UV_FIND_LINKS", "UV_INDEX", "UV_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache"


class Programs:
    """Stands where `process.run` does: writes down what is asked for and answers as uv and Python would."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.environments: list[dict[str, str]] = []
        self.pip_config = ""
        self.fails: Callable[[list[str]], str | None] = lambda argv: None
        self.checks = dict.fromkeys(ALL_CHECKS, True)

    def __call__(self, argv: Sequence[str], **settings: object) -> Completed:
        self.asked.append(list(argv))
        environment = settings.get("env")
        self.environments.append(dict(environment) if isinstance(environment, dict) else {})
        failure = self.fails(list(argv))
        answer = failure if failure is not None else self._answer(list(argv))
        return Completed(
            argv=tuple(argv),
            returncode=0 if failure is None else 2,
            stdout=answer,
            stderr="",
            elapsed_seconds=0.1,
            timed_out=False,
        )

    def _answer(self, argv: list[str]) -> str:
        if "--version" in argv:
            return "uv 0.13.9 (somewhere)\n"
        if argv[-2:] == ["config", "list"]:
            return self.pip_config
        if "venv" in argv:
            (Path(argv[-1]) / "bin").mkdir(parents=True)
            (Path(argv[-1]) / "bin" / "python").touch()
        if any(part.endswith("check_environment.py") for part in argv):
            named = [name for name in argv if name in self.checks]
            lines = [
                {"name": name, "ok": self.checks[name], "seconds": 0.1, "detail": "seen"} for name in named
            ]
            return "".join(json.dumps(line) + "\n" for line in lines)
        return ""

    def installs(self) -> list[list[str]]:
        """The arguments of every `uv pip install`, from after the interpreter."""
        return [argv[argv.index("--python") + 2 :] for argv in self.asked if "install" in argv]


@pytest.fixture
def programs() -> Programs:
    return Programs()
