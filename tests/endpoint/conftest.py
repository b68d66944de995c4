"""An endpoint on this machine: the only place that these tests may connect to."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from wrapper.endpoint import Client, Patience
from wrapper.process import programs
from wrapper.spec.grading_fields import Endpoint

_spec = spec_from_file_location("scripted", Path(__file__).with_name("scripted.py"))
assert _spec is not None and _spec.loader is not None
scripted = module_from_spec(_spec)
sys.modules["scripted"] = scripted
_spec.loader.exec_module(scripted)

KEY = "Zq7vT1kXw93LmPbR55tY"
_connect = socket.socket.connect


@pytest.fixture
def endpoint(isolation: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The scripted endpoint; a connection to any other machine fails the test."""

    def connect(self: socket.socket, address: Any) -> None:
        assert address[0] in ("127.0.0.1", "::1"), "a fast test may connect to this machine only"
        _connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    for name in ("OPENAI_API_KEY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr(programs, "_withheld", set())
    monkeypatch.setitem(sys.modules, "keyring", None)
    made = scripted.Scripted()
    yield made
    made.close()


@pytest.fixture
def key(endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """A key in the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return KEY


@pytest.fixture
def client(endpoint: Any) -> Iterator[Callable[..., Client]]:
    """A client of the scripted endpoint that waits hardly at all; options are those of the spec's table."""
    made: list[Client] = []

    def make(*, patience: Patience | None = None, **options: Any) -> Client:
        table = {"base_url": endpoint.base_url, "model": "m", "usd_per_million_input": 2.0, "timeout_seconds": 5.0}
        settings = Endpoint(**{**table, "usd_per_million_output": 10.0, **options})
        made.append(Client(settings, patience=patience or Patience(first_seconds=0.01, total_seconds=2.0)))
        return made[-1]

    yield make
    for one in made:
        one.close()
