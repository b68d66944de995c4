"""A chat endpoint on a real socket of this machine that does what a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


@dataclass(kw_only=True)
class Says:
    """One answer. `hang_seconds` pass first; `cut` sends fewer bytes than it announces; `reset` sends none."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_seconds: float = 0.0
    cut: bool = False
    reset: bool = False
    repeat: int = 1
    drip: int = 0


def completion(text: Any, *, usage: Any = "told", finish_reason: str = "stop", **message: Any) -> Body:
    """What a chat completion looks like."""
    told = {"prompt_tokens": 10, "completion_tokens": 5} if usage == "told" else usage
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish_reason}
    return {"id": "x", "object": "chat.completion", "choices": [choice]} | ({"usage": told} if told else {})


def failure(message: str, *, code: str | None = None, kind: str = "error", param: str | None = None) -> Body:
    """What OpenAI's errors look like."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


class Scripted:
    """`script` is worked off first; then `reply` makes each answer. `asked` and `headers` hold what came."""

    def __init__(self) -> None:
        self.script: list[Says] = []
        self.reply: Callable[[Body], Says] = lambda body: Says(body=completion("yes"))
        self.models: Says = Says(status=404)
        self.asked: list[Body] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.under_way = self.most_under_way = 0
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client may hang up
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def says(self, body: Body) -> Says:
        with self.lock:
            self.asked.append(body)
            said = self.script.pop(0) if self.script else None
        return said or self.reply(body)


def _handler(scripted: Scripted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: Any) -> None: ...

        def do_GET(self) -> None:
            self.note()
            self.send(scripted.models)

        def do_POST(self) -> None:
            self.note()
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with scripted.lock:
                scripted.under_way += 1
                scripted.most_under_way = max(scripted.most_under_way, scripted.under_way)
            try:
                said = scripted.says(body)
                time.sleep(said.hang_seconds)
            finally:
                with scripted.lock:
                    scripted.under_way -= 1
            self.send(said)

        def note(self) -> None:
            scripted.headers.append({name.lower(): value for name, value in self.headers.items()})
            scripted.paths.append(self.path)

        def send(self, said: Says) -> None:
            if said.reset:
                self.close_connection = True
                self.connection.close()
                return
            body = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) * said.repeat + said.cut))
            self.end_headers()
            if said.drip:
                for start in range(0, len(body), said.drip):
                    self.wfile.write(body[start : start + said.drip])
                    time.sleep(0.1)
                return
            for _ in range(said.repeat):
                self.wfile.write(body)
            self.close_connection = said.cut

    return Handler
