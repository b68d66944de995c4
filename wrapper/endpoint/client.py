"""Asks a model behind an OpenAI-compatible chat endpoint, and waits for one that is busy."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from types import TracebackType

from msgspec.structs import replace

from wrapper.data.rows import Message
from wrapper.documents.suggestions import did_you_mean
from wrapper.endpoint.address import read_address
from wrapper.endpoint.dialect import Dialect
from wrapper.endpoint.failures import Diagnosis, Failure, error_in
from wrapper.endpoint.key import find_key
from wrapper.endpoint.pool import Stopped, call_many
from wrapper.endpoint.reply import Reply, Request, UnreadableReply, read_json, read_reply
from wrapper.endpoint.retries import Patience
from wrapper.endpoint.transport import TooLong, exchange, open_http
from wrapper.errors import BadInput, ThriftuneError
from wrapper.process import withhold
from wrapper.spec.grading_fields import Endpoint

_LIST_SECONDS = 10.0
_LISTED = 8
OnReply = Callable[[int, Reply], None]


class Client:
    """An endpoint with its key, which is read when this is made and never shown.

    Raises BadInput for an address that cannot be asked, or one that would carry a key in the clear.
    """

    def __init__(self, endpoint: Endpoint, *, patience: Patience | None = None) -> None:
        self.endpoint = endpoint
        withhold(endpoint.api_key_env)
        self._address = read_address(endpoint.base_url)
        self._key = find_key(endpoint.api_key_env)
        if self._key and self._address.is_plaintext and not self._address.is_this_machine:
            raise BadInput(
                f"the key in `{self._key.name}` would go to `{self._address}` in the clear",
                hint="use `https://`, or name a variable that is not set in `api_key_env` if no key is needed there",
            )
        self._patience = patience or Patience()
        self._diagnosis = Diagnosis(self._address, self._key, self._patience, endpoint.timeout_seconds)
        self._http = open_http(
            self._address, timeout_seconds=endpoint.timeout_seconds, connections=endpoint.concurrency
        )
        self._dialect = Dialect()
        self._reached = False

    def __repr__(self) -> str:
        return f"Client({self.endpoint.model} at {self._address})"

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._http.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader of a score should know of how the model was asked."""
        return self._dialect.notes

    def chat(self, messages: Sequence[Message], *, max_tokens: int, temperature: float = 0.0) -> Reply:
        """The model's answer.

        Raises EnvironmentFault for an endpoint that is not reached or not open to this key, BadInput for a wrong
        address or model name, BackendFailed for one that refuses the request or keeps failing.
        """
        request = Request(messages=messages, max_tokens=max_tokens, temperature=temperature)
        return self._ask(request, threading.Event())

    def chat_many(self, requests: Sequence[Request], *, on_reply: OnReply | None = None) -> list[Reply]:
        """The answers, in the order of the requests; `endpoint.concurrency` are under way at once.

        `on_reply(index, reply)` is called in this thread in order of arrival. If it raises, or a request fails,
        nothing more is sent, but it still hears of what was under way: that is paid for.
        """
        return call_many(
            lambda index, stop: self._ask(requests[index], stop),
            len(requests),
            at_once=self.endpoint.concurrency,
            on_result=on_reply or (lambda index, reply: None),
        )

    def _ask(self, request: Request, stop: threading.Event) -> Reply:
        """One request with all its tries; gives up with Stopped between them once `stop` is set."""
        dialect = self._dialect
        tried, waited_seconds = 0, 0.0
        rejected: ThriftuneError | None = None
        while True:
            if stop.is_set():
                raise Stopped
            got = self._try(request, dialect)
            if isinstance(got, Reply):
                self._dialect = self._dialect.joined(dialect)
                return got
            if got.is_filtered:
                return Reply(
                    text="", prompt_tokens=0, generated_tokens=0, finish_reason="content_filter", seconds=0.0, usd=0.0,
                    estimated=True,
                )  # fmt: skip
            if got.is_rejected_request and (adapted := dialect.without(got.text)) is not None:
                rejected, dialect = rejected or got.error, adapted
                continue
            tried += 1
            wait_seconds = self._patience.wait_seconds(tried, got.asked_seconds)
            if tried >= got.tries or waited_seconds + wait_seconds > self._patience.total_seconds:
                raise self._final(got, rejected, tried)
            waited_seconds += wait_seconds
            stop.wait(wait_seconds)

    def _try(self, request: Request, dialect: Dialect) -> Reply | Failure:
        import httpx

        url, seconds = self._address.url("chat/completions"), self.endpoint.timeout_seconds
        content = dialect.body(self.endpoint.model, request)
        headers = {**self._key.headers, "Content-Type": "application/json"}
        try:
            answer = exchange(self._http, "POST", url, headers=headers, content=content, timeout_seconds=seconds)
        except (httpx.RequestError, TooLong) as raised:
            return self._diagnosis.of_exception(raised, reached=self._reached)
        self._reached = True
        if not 200 <= answer.status < 300:
            return self._diagnosis.of_answer(answer)
        try:
            value = read_json(answer.body)
            error = error_in(value)
            if error is not None and not value.get("choices"):  # some routers say 200 and mean 502
                status = int(error[0]) if error[0].isdecimal() and len(error[0]) == 3 else 500
                return self._diagnosis.of_status(status, code=error[0], text=error[1], headers=answer.headers)
            reply = read_reply(value, request=request, endpoint=self.endpoint, seconds=answer.seconds)
            return replace(reply, text=self._key.without(reply.text))
        except UnreadableReply as unreadable:
            return self._diagnosis.of_unreadable(unreadable)

    def _final(self, failure: Failure, rejected: ThriftuneError | None, tried: int) -> ThriftuneError:
        """What is raised: with the number of tries, or with the models that there are."""
        if failure.is_rejected_request and rejected is not None:
            return rejected  # what it said of the request as it was meant, not of its rewording
        if failure.is_unknown_model:
            return self._unknown_model(failure)
        error = failure.error
        if tried > 1:
            asked = f", and asks to wait {failure.asked_seconds:.0f} s" if failure.asked_seconds else ""
            return type(error)(f"{error.message}; tried {tried} times{asked}", hint=error.hint)
        return error

    def _unknown_model(self, failure: Failure) -> ThriftuneError:
        """A wrong model name where the endpoint lists others, else probably a wrong address."""
        listed = self._models()
        if not listed or self.endpoint.model in listed:
            return BadInput(failure.error.message, hint=self._diagnosis.path_hint)
        shown = self._diagnosis.tidy(", ".join(listed[:_LISTED]))
        there = f"it has {shown}" + (f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else "")
        hint = did_you_mean(self.endpoint.model, listed) or there
        return BadInput(f"`{self._address}` has no model `{self.endpoint.model}`", hint=hint)

    def _models(self) -> list[str]:
        """The names that `/models` lists; none where it does not answer."""
        import httpx

        url = self._address.url("models")
        try:
            answer = exchange(self._http, "GET", url, headers=self._key.headers, timeout_seconds=_LIST_SECONDS)
            listed = json.loads(answer.body)["data"] if answer.status == 200 else []
            return sorted(str(model["id"]) for model in listed)
        except (httpx.RequestError, TooLong, ValueError, TypeError, KeyError, RecursionError):
            return []
