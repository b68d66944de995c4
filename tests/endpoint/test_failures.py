"""What goes wrong at an endpoint: what is tried again, what is not, and what the user reads."""

from __future__ import annotations

import socket
import time
from email.utils import formatdate

import pytest
from scripted import Says, completion, failure

from wrapper.data.rows import Message
from wrapper.endpoint import Patience
from wrapper.errors import BackendFailed, BadInput, EnvironmentFault

HELLO = (Message(role="user", content="Hello"),)


def refusal(asking, kind):
    """The message and the hint that a chat ends in."""
    with pytest.raises(kind) as caught:
        asking.chat(HELLO, max_tokens=5)
    assert type(caught.value) is kind
    return caught.value.message.replace(str(asking._address), "URL"), caught.value.hint


class TestUnreachable:
    def test_refused(self, endpoint, client):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        message, hint = refusal(client(base_url=f"http://127.0.0.1:{port}/v1"), EnvironmentFault)
        assert message == "`URL` cannot be reached: connection refused"
        assert hint == "is the server running, and on that port?"

    def test_unknown_name(self, endpoint, client, monkeypatch):
        def unknown(*_, **__):
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        message, hint = refusal(client(base_url="https://api.example.com/v1"), EnvironmentFault)
        assert message == "`URL` cannot be reached: its host name is not known"
        assert hint == "is `base_url` spelt right, and is this machine online?"

    def test_tls_where_there_is_none(self, endpoint, client):
        message, hint = refusal(client(base_url=endpoint.base_url.replace("http:", "https:")), EnvironmentFault)
        assert message.startswith("`URL` cannot be reached: TLS failed: ")
        assert hint == "does it speak plain `http://`?"

    def test_one_that_was_there_is_waited_for(self, endpoint, client):
        asking = client()
        asking.chat(HELLO, max_tokens=5)
        endpoint.close()
        asking._http.close()
        asking = asking.__class__(asking.endpoint, patience=Patience(tries=3, first_seconds=0.01))
        asking._reached = True
        assert refusal(asking, EnvironmentFault)[0] == "`URL` cannot be reached: connection refused; tried 3 times"

    def test_a_proxy_that_cannot_be_used(self, endpoint, client, monkeypatch):
        monkeypatch.setenv("HTTPS_PROXY", "nonsense://user:word@proxy:1")
        with pytest.raises(EnvironmentFault, match="connections cannot be set up") as caught:
            client(base_url="https://api.example.com/v1")
        assert "word" not in caught.value.message + caught.value.hint

    def test_no_proxy_to_this_machine(self, endpoint, client, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
        assert client().chat(HELLO, max_tokens=5).text == "yes"

    def test_a_proxy_to_others(self, endpoint, client, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{endpoint.port}")
        assert client(base_url="http://api.example.com/v1").chat(HELLO, max_tokens=5).text == "yes"
        assert endpoint.paths == ["http://api.example.com/v1/chat/completions"]


class TestRefused:
    def test_no_key(self, endpoint, client):
        endpoint.script = [Says(status=401, body=failure("You didn't provide an API key"))]
        assert refusal(client(), EnvironmentFault) == (
            "`URL` answered 401 (Unauthorized): You didn't provide an API key",
            "the environment variable `OPENAI_API_KEY` is not set, so no key was sent",
        )
        assert len(endpoint.asked) == 1

    def test_a_wrong_key(self, endpoint, client, key):
        endpoint.script = [Says(status=403, body={"detail": "forbidden"})]
        assert refusal(client(), EnvironmentFault) == (
            "`URL` answered 403 (Forbidden): forbidden",
            "the environment variable `OPENAI_API_KEY` is set, but its key is not accepted there",
        )

    @pytest.mark.parametrize(
        ("status", "code", "kind"), [(429, "insufficient_quota", "x"), (429, None, "insufficient_quota"), (402, "", "")]
    )
    def test_no_money_left(self, endpoint, client, status, code, kind):
        endpoint.script = [Says(status=status, body=failure("You exceeded your quota", code=code, kind=kind))]
        message, hint = refusal(client(), EnvironmentFault)
        assert message.endswith(": You exceeded your quota")
        assert hint == "the account has no money or quota left there"
        assert len(endpoint.asked) == 1

    def test_a_misspelt_model(self, endpoint, client):
        endpoint.reply = lambda body: Says(status=404, body=failure("The model `gpt-5-nan` does not exist"))
        endpoint.models = Says(body={"data": [{"id": "gpt-5-nano"}, {"id": "gpt-5"}, {"id": "o1"}]})
        assert refusal(client(model="gpt-5-nan"), BadInput) == (
            "`URL` has no model `gpt-5-nan`",
            "did you mean `gpt-5-nano`?",
        )
        assert refusal(client(model="zebra"), BadInput)[1] == "it has gpt-5, gpt-5-nano, o1"

    def test_a_path_that_is_not_there(self, endpoint, client):
        endpoint.script = [Says(status=404, body={"message": "Not Found"})]
        asking = client(base_url=endpoint.base_url.removesuffix("/v1"))
        assert refusal(asking, BadInput) == (
            "`URL` answered 404 (Not Found): Not Found",
            f"does `base_url` lack `/v1`? try `{asking._address}/v1`",
        )

    def test_a_redirect_is_not_followed(self, endpoint, client, key):
        to = "https://elsewhere.example/v1/chat/completions?sign=hidden"
        endpoint.script = [Says(status=307, headers={"Location": to}, body=b"")]
        assert refusal(client(), BadInput) == (
            "`URL` redirects to `https://elsewhere.example/v1/chat/completions`; redirects are not followed",
            "set `base_url` to where it redirects",
        )

    def test_a_bad_request_is_told_shortly(self, endpoint, client):
        endpoint.script = [Says(status=400, body=failure("context too long\x1b[31m\n" + "x" * 5000))]
        message, _ = refusal(client(), BackendFailed)
        assert message.startswith("`URL` answered 400 (Bad Request): context too long [31m xxx")
        assert len(message) < 400
        assert len(endpoint.asked) == 1


class TestTriedAgain:
    @pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 529])
    def test_until_it_answers(self, endpoint, client, status):
        endpoint.script = [Says(status=status, body=b"busy")] * 5
        assert client().chat(HELLO, max_tokens=5).text == "yes"
        assert len(endpoint.asked) == 6

    def test_not_for_ever(self, endpoint, client):
        endpoint.reply = lambda body: Says(status=529, body={"error": {"type": "overloaded_error", "message": "Busy"}})
        assert refusal(client(), BackendFailed) == ("`URL` answered 529 (overloaded): Busy; tried 6 times", "")

    def test_a_page_of_a_proxy_in_between(self, endpoint, client):
        endpoint.reply = lambda body: Says(status=502, body=b"<html><style>a{}</style><h1>Bad\nGateway</h1></html>")
        assert refusal(client(), BackendFailed)[0] == "`URL` answered 502 (Bad Gateway): Bad Gateway; tried 6 times"

    @pytest.mark.parametrize("told", [lambda: "0.3", lambda: formatdate(time.time() + 1.5, usegmt=True)])
    def test_when_it_says_so(self, endpoint, client, told):
        endpoint.script = [Says(status=429, headers={"Retry-After": told()}, body=failure("slow down"))]
        began = time.monotonic()
        assert client().chat(HELLO, max_tokens=5).text == "yes"
        assert time.monotonic() - began >= 0.3

    @pytest.mark.parametrize("told", ["soon", "-5", "nan", "Wed, 99 Nov 1994 08:49:37 GMT", "0"])
    def test_a_senseless_wait_is_ignored(self, endpoint, client, told):
        endpoint.script = [Says(status=503, headers={"Retry-After": told}, body=b"")]
        assert client().chat(HELLO, max_tokens=5).text == "yes"

    def test_not_after_an_hour(self, endpoint, client):
        endpoint.reply = lambda body: Says(status=429, headers={"Retry-After": "3600"}, body=failure("daily limit"))
        began = time.monotonic()
        assert refusal(client(), BackendFailed) == (
            "`URL` answered 429 (Too Many Requests): daily limit",
            "lower `concurrency`",
        )
        assert time.monotonic() - began < 1

    def test_an_error_that_is_called_ok(self, endpoint, client):
        endpoint.script = [Says(body={"error": {"code": 502, "message": "upstream"}}), Says(body={"error": "what"})]
        assert client().chat(HELLO, max_tokens=5).text == "yes"
        endpoint.script = [Says(body={"error": {"code": 401, "message": "who are you"}})]
        assert refusal(client(), EnvironmentFault)[0] == "`URL` answered 401 (Unauthorized): who are you"


class TestNoAnswer:
    @pytest.mark.parametrize(
        ("says", "told"),
        [
            (Says(body={"choices": []}), "it answered with JSON that has no `choices` with a message"),
            (Says(body={"object": "list"}), "it answered with JSON that has no `choices` with a message"),
            (Says(body=[1]), "it answered with JSON that has no `choices` with a message"),
            (Says(body={"choices": [{"text": "old"}]}), "it answered with JSON that has no `choices` with a message"),
            (Says(body=b'{"choices": [{"mess'), "it answered with broken or cut-off JSON"),
            (Says(body=b"[" * 100_000), "it answered with broken or cut-off JSON"),
            (Says(body=b""), "it answered with nothing"),
        ],
    )
    def test_unreadable(self, endpoint, client, says, told):
        endpoint.reply = lambda body: says
        assert refusal(client(), BackendFailed)[0] == f"`URL`: {told}; tried 3 times"

    def test_once_unreadable(self, endpoint, client):
        endpoint.script = [Says(body=b"{"), Says(body=completion("yes"), cut=True), Says(body=completion("at last"))]
        assert client().chat(HELLO, max_tokens=5).text == "at last"

    @pytest.mark.parametrize("says", [Says(body=completion("yes"), cut=True), Says(reset=True)])
    def test_broken_off(self, endpoint, client, says):
        endpoint.reply = lambda body: says
        message, _ = refusal(client(), BackendFailed)
        assert message.startswith("`URL` broke off: ")
        assert message.endswith("; tried 3 times")

    def test_a_web_page(self, endpoint, client):
        endpoint.reply = lambda body: Says(body=b"<!doctype html><title>Welcome</title>")
        message, hint = refusal(client(base_url=endpoint.base_url.removesuffix("/v1")), BadInput)
        assert message == "`URL`: it answered with a web page, not with JSON"
        assert hint.startswith("does `base_url` lack `/v1`?")
        assert len(endpoint.asked) == 1

    def test_a_body_of_100_mib_is_not_read(self, endpoint, client):
        endpoint.reply = lambda body: Says(body=b" " * 2**20, repeat=100)
        began = time.monotonic()
        assert refusal(client(), BackendFailed)[0] == "`URL`: it sent more than 16 MiB"
        assert time.monotonic() - began < 5

    @pytest.mark.parametrize("says", [Says(hang_seconds=1.0, body=b""), Says(drip=1, body=completion("yes"))])
    def test_too_slow(self, endpoint, client, says):
        endpoint.reply = lambda body: says
        asking = client(timeout_seconds=0.2, patience=Patience(unreadable_tries=2, first_seconds=0.01))
        assert refusal(asking, BackendFailed) == (
            "`URL` gave no answer within 0.2 s; tried 2 times",
            "raise `timeout_seconds`, or lower `concurrency`",
        )


@pytest.mark.parametrize(
    ("base_url", "told"),
    [
        ("http://[::1/v1", "`base_url` is not an address: `(unreadable)`"),
        ("http://host:99999/v1", "`base_url` is not an address: `http://host:99999/v1`"),
        ("https://user:word@host/v1", "`base_url` holds a user or password: `https://host/v1`"),
        ("ftp://host/v1", "`base_url` is not an address: `ftp://host/v1`"),
        (f"https://{'a' * 70}.com/v1", f"`base_url` is not an address: `https://{'a' * 70}.com/v1`"),
    ],
)
def test_an_address_that_cannot_be_asked(client, base_url, told):
    with pytest.raises(BadInput) as caught:
        client(base_url=base_url)
    assert caught.value.message == told
