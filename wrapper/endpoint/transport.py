"""One HTTP exchange: no redirect is followed, the body is read up to a bound, the time is bounded too."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wrapper.endpoint.address import Address
from wrapper.errors import BadInput, EnvironmentFault

if TYPE_CHECKING:
    import httpx

_MOST_BYTES = 16 * 1024 * 1024
_CONNECT_SECONDS = 10.0
_PROXIES = "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE"


class TooLong(Exception):
    """The body went past the bound and was not read on."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`headers` have lower-case names; `seconds` run from sending to the last byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


def open_http(address: Address, *, timeout_seconds: float, connections: int) -> httpx.Client:
    """Connections as the environment wants them: its proxies and certificates, but no proxy to this machine.

    Raises BadInput for a host that cannot be one, EnvironmentFault where those settings do not work.
    """
    import httpx

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)  # they would log each address, and with it its query
    try:
        httpx.URL(address.url("models"))
    except httpx.InvalidURL:
        raise BadInput(f"`base_url` is not an address: `{address}`") from None
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    try:
        return httpx.Client(
            timeout=httpx.Timeout(timeout_seconds, connect=min(_CONNECT_SECONDS, timeout_seconds), pool=None),
            limits=limits,
            follow_redirects=False,  # a key is for one host
            # A transport of its own takes no proxy; a key must not pass one on its way to this very machine.
            transport=httpx.HTTPTransport(limits=limits) if address.is_this_machine else None,
        )
    except (ImportError, ValueError, OSError, httpx.InvalidURL) as refused:
        raise EnvironmentFault(
            f"connections cannot be set up: {type(refused).__name__}",
            hint=f"look at the environment variables {_PROXIES}",
        ) from None


def exchange(
    http: httpx.Client,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes | None = None,
    timeout_seconds: float,
) -> Answer:
    """Send one request and read its answer; raises httpx.RequestError and TooLong."""
    import httpx

    began = time.monotonic()
    kept: list[bytes] = []
    size = 0
    sent: dict[str, Any] = {"content": content, "headers": {**headers, "Accept-Encoding": "identity"}}
    with http.stream(method, url, **sent) as response:
        for chunk in response.iter_bytes():
            kept.append(chunk)
            size += len(chunk)
            if size > _MOST_BYTES:
                raise TooLong(f"it sent more than {_MOST_BYTES >> 20} MiB")
            if time.monotonic() - began > timeout_seconds:
                raise httpx.ReadTimeout("the answer came too slowly")
        return Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=b"".join(kept),
            seconds=time.monotonic() - began,
        )
