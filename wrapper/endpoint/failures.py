"""What went wrong at an endpoint, whether trying again helps, and how it is told."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from wrapper.endpoint.address import Address, shown
from wrapper.endpoint.key import Key
from wrapper.endpoint.reply import UnreadableReply
from wrapper.endpoint.retries import Patience, asked_seconds
from wrapper.endpoint.transport import Answer, TooLong
from wrapper.errors import BackendFailed, BadInput, EnvironmentFault, ThriftuneError

if TYPE_CHECKING:
    import httpx

_SHOWN_CHARACTERS = 300
_AGAIN = frozenset({408, 409, 425, 429})  # and all from 500
_FILTERED = frozenset({"content_filter", "content_policy_violation"})


@dataclass(frozen=True, kw_only=True)
class Failure:
    """`tries` is how many a request that fails so may have in all; `code` is the endpoint's own word for it."""

    error: ThriftuneError
    tries: int = 1
    asked_seconds: float | None = None
    status: int = 0
    code: str = ""
    text: str = ""

    @property
    def is_rejected_request(self) -> bool:
        return self.status in (400, 422)

    @property
    def is_filtered(self) -> bool:
        return self.is_rejected_request and self.code in _FILTERED

    @property
    def is_unknown_model(self) -> bool:
        missing = re.search(r"model\b.*(?:not exist|not found|unknown)|(?:unknown|invalid) model", self.text, re.I)
        return self.status == 404 or (self.is_rejected_request and (self.code == "model_not_found" or bool(missing)))


@dataclass(frozen=True)
class Diagnosis:
    """Knows where the requests went and what must not be shown."""

    address: Address
    key: Key
    patience: Patience
    timeout_seconds: float

    def of_exception(self, raised: httpx.RequestError | TooLong, *, reached: bool) -> Failure:
        """No answer. An endpoint that answered before (`reached`) is waited for, as it may come back."""
        import httpx

        where = f"`{self.address}`"
        if isinstance(raised, TooLong):
            return Failure(error=BackendFailed(f"{where}: {raised}"))
        causes = list(_causes(raised))
        tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
        if tls is not None and isinstance(raised, httpx.ConnectError):
            return Failure(error=_tls_fault(where, tls, self.key))
        if isinstance(raised, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError | httpx.UnsupportedProtocol):
            told, hint = _unreachable(raised, causes)
            error = EnvironmentFault(f"{where} cannot be reached: {self.key.redact(told)}", hint=hint)
            return Failure(error=error, tries=self.patience.tries if reached else 1)
        if isinstance(raised, httpx.TimeoutException):
            told = f"{where} gave no answer within {self.timeout_seconds:g} s"
            error_ = BackendFailed(told, hint="raise `timeout_seconds`, or lower `concurrency`")
            return Failure(error=error_, tries=self.patience.unreadable_tries)
        told = self.tidy(str(raised)) or type(raised).__name__
        return Failure(error=BackendFailed(f"{where} broke off: {told}"), tries=self.patience.unreadable_tries)

    def of_unreadable(self, unreadable: UnreadableReply) -> Failure:
        """An answer that is none."""
        if unreadable.is_web_page:
            return Failure(error=BadInput(f"`{self.address}`: {unreadable}", hint=self.path_hint))
        return Failure(error=BackendFailed(f"`{self.address}`: {unreadable}"), tries=self.patience.unreadable_tries)

    def of_answer(self, answer: Answer) -> Failure:
        """An answer that says itself that something is wrong."""
        code, text = _error_of(answer.body)
        return self.of_status(answer.status, code=code, text=text, headers=answer.headers)

    def of_status(self, status: int, *, code: str, text: str, headers: Mapping[str, str]) -> Failure:
        text = self.tidy(text)
        told = f"`{self.address}` answered {status}{_phrase(status)}{f': {text}' if text else ''}"
        if 300 <= status < 400:
            target = shown(urljoin(self.address.url("chat/completions"), headers.get("location", "")))
            told = f"`{self.address}` redirects to `{self.key.redact(target)}`; redirects are not followed"
            return Failure(error=BadInput(told, hint="set `base_url` to where it redirects"), status=status)
        if status in (401, 403):
            return Failure(error=EnvironmentFault(told, hint=self.key.told), status=status, code=code, text=text)
        if status == 402 or "insufficient_quota" in (code, text):
            hint = "the account has no money or quota left there"
            return Failure(error=EnvironmentFault(told, hint=hint), status=status, code=code)
        again = status in _AGAIN or status >= 500
        return Failure(
            error=BackendFailed(told, hint="lower `concurrency`" if status == 429 else ""),
            tries=self.patience.tries if again else 1,
            asked_seconds=asked_seconds(headers) if again else None,
            status=status,
            code=code,
            text=text,
        )

    @property
    def path_hint(self) -> str:
        """What is probably wrong with the address."""
        if self.address.parts.path.endswith("/v1"):
            return "`base_url` is the address up to and with `/v1`"
        return f"does `base_url` lack `/v1`? try `{self.address}/v1`"

    def tidy(self, text: str) -> str:
        """A foreign text for a message: no key, no control characters, one line, not long."""
        plain = self.key.redact("".join(letter if letter.isprintable() else " " for letter in text))
        plain = " ".join(plain.split())
        return plain if len(plain) <= _SHOWN_CHARACTERS else plain[:_SHOWN_CHARACTERS] + "..."


def error_in(value: Any) -> tuple[str, str] | None:
    """Code and text of an `error` that a body holds, whatever its shape; None where it holds none."""
    if not isinstance(value, Mapping):
        return None
    error = value.get("error") or value.get("detail") or (value.get("message") if "choices" not in value else None)
    if not error:
        return None
    if isinstance(error, Mapping):
        code = str(error.get("code") or error.get("type") or "")
        code = "insufficient_quota" if error.get("type") == "insufficient_quota" else code
        return code, str(error.get("message") or json.dumps(error))
    return str(value.get("code") or ""), error if isinstance(error, str) else json.dumps(error)


def _error_of(body: bytes) -> tuple[str, str]:
    """The same of the body of a failed request, which may be anything."""
    text = body[:100_000].decode("utf-8", errors="replace")
    try:
        found = error_in(json.loads(text))
    except (ValueError, RecursionError):
        found = None
        text = re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>", " ", text) if text.lstrip().startswith("<") else text
    return found or ("", text)


def _phrase(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return " (overloaded)" if status == 529 else ""


def _causes(raised: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = raised
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _unreachable(raised: httpx.RequestError, causes: list[BaseException]) -> tuple[str, str]:
    import httpx

    if isinstance(raised, httpx.ProxyError):
        return f"the proxy refused: {raised}", "look at the environment variables HTTP_PROXY, HTTPS_PROXY, ALL_PROXY"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "its host name is not known", "is `base_url` spelt right, and is this machine online?"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes) or "refused" in str(raised):
        return "connection refused", "is the server running, and on that port?"
    if isinstance(raised, httpx.ConnectTimeout):
        return "no connection in time", "is this machine online, and does it need a proxy (HTTPS_PROXY)?"
    return str(raised) or type(raised).__name__, "is this machine online?"


def _tls_fault(where: str, raised: ssl.SSLError, key: Key) -> EnvironmentFault:
    if isinstance(raised, ssl.SSLCertVerificationError):
        told = f"its certificate is not trusted: {raised.verify_message}"
        hint = "name the file with your own certificate authority in the environment variable SSL_CERT_FILE"
    else:
        told = f"TLS failed: {(raised.reason or type(raised).__name__).lower().replace('_', ' ')}"
        hint = "does it speak plain `http://`?"
    return EnvironmentFault(f"{where} cannot be reached: {key.redact(told)}", hint=hint)
