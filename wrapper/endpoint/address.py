"""Addresses of an endpoint: what is asked, and how it may be told."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit, urlunsplit

from wrapper.errors import BadInput

_ENDINGS = ("/chat/completions", "/models")


@dataclass(frozen=True, repr=False)
class Address:
    """The base of an endpoint without a slash at its end; a query, such as `?api-version=1`, goes with each request."""

    parts: SplitResult

    def url(self, path: str) -> str:
        """The whole address of `chat/completions` or `models`."""
        return urlunsplit(self.parts._replace(path=f"{self.parts.path}/{path}"))

    @property
    def is_plaintext(self) -> bool:
        return self.parts.scheme == "http"

    @property
    def is_this_machine(self) -> bool:
        host = (self.parts.hostname or "").rstrip(".")
        try:
            address = ip_address(host)
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")
        return address.is_loopback or address.is_unspecified

    def __repr__(self) -> str:
        return shown(urlunsplit(self.parts))

    __str__ = __repr__


def read_address(base_url: str) -> Address:
    """The address that a spec gives, however it ends; raises BadInput for one that cannot be asked."""
    told = shown(base_url)
    try:
        parts = urlsplit(base_url.strip())
        port = parts.port
        (parts.hostname or "").encode("idna")  # as the look-up of its name will do
    except ValueError:
        raise BadInput(f"`base_url` is not an address: `{told}`") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise BadInput(f"`base_url` is not an address: `{told}`", hint="such as `https://api.openai.com/v1`")
    if "@" in parts.netloc:
        raise BadInput(
            f"`base_url` holds a user or password: `{told}`",
            hint="keep the key in the environment variable that `api_key_env` names",
        )
    path = parts.path.rstrip("/")
    for ending in _ENDINGS:
        path = path.removesuffix(ending).rstrip("/")
    return Address(parts._replace(path=path, fragment=""))


def shown(url: str) -> str:
    """The address without what may be secret: user, password, query."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return "(unreadable)"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
