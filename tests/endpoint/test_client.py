"""Answers, their price and their order; many at once, stopped by the caller, adapted to what is rejected."""

from __future__ import annotations

import threading
import time

import pytest
from scripted import Says, completion, failure

from wrapper.data.rows import Message
from wrapper.endpoint import Reply, Request
from wrapper.errors import BackendFailed, BudgetReached

HELLO = (Message(role="user", content="Hello there"),)


def requests(count: int) -> list[Request]:
    return [Request(messages=[Message(role="user", content=str(number))], max_tokens=5) for number in range(count)]


def echo(body, **options):
    return Says(body=completion("to " + body["messages"][-1]["content"]), **options)


class TestOneAnswer:
    def test_what_is_sent_and_what_comes_back(self, endpoint, client):
        reply = client().chat(HELLO, max_tokens=7)
        assert endpoint.asked == [
            {
                "model": "m",
                "messages": [{"role": "user", "content": "Hello there"}],
                "max_tokens": 7,
                "temperature": 0.0,
            }
        ]
        assert endpoint.paths == ["/v1/chat/completions"]
        assert "authorization" not in endpoint.headers[0]
        assert (reply.text, reply.prompt_tokens, reply.generated_tokens) == ("yes", 10, 5)
        assert (reply.finish_reason, reply.estimated) == ("stop", False)
        assert reply.usd == pytest.approx(10 * 2e-6 + 5 * 10e-6)
        assert 0 < reply.seconds < 5

    def test_a_key_that_is_sent_back_is_no_part_of_the_answer(self, endpoint, client, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-1")
        endpoint.reply = lambda body: Says(body=completion("you are sk-very-secret-1, sk_est"))
        assert client().chat(HELLO, max_tokens=7).text == "you are [key], sk_est"

    @pytest.mark.parametrize(
        ("message", "text"),
        [
            ({"text": None}, ""),
            ({"text": None, "refusal": "I will not"}, "I will not"),
            ({"text": [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]}, "ab"),
            ({"text": "half a pair: \ud83d."}, "half a pair: \ufffd."),
            ({"text": None, "reasoning_content": "hm", "finish_reason": "length"}, ""),
        ],
    )
    def test_text_is_always_text(self, endpoint, client, message, text):
        endpoint.script = [Says(body=completion(**message))]
        assert client().chat(HELLO, max_tokens=7).text == text

    @pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None}, {"prompt_tokens": "7"}, "much"])
    def test_without_usage_tokens_are_estimated_and_said_to_be(self, endpoint, client, usage):
        endpoint.script = [Says(body=completion("yes, really", usage=usage))]
        reply = client().chat(HELLO, max_tokens=7)
        assert (reply.prompt_tokens, reply.generated_tokens, reply.estimated) == (3, 3, True)

    @pytest.mark.parametrize(
        ("text", "usage", "found"),
        [
            ("yes, really", {"prompt_tokens": 0, "completion_tokens": 0}, (3, 3, True)),
            ("yes, really", {"prompt_tokens": 0, "completion_tokens": 4}, (3, 4, True)),
            ("yes, really", {"prompt_tokens": 9, "completion_tokens": 0}, (9, 3, True)),
            ("", {"prompt_tokens": 9, "completion_tokens": 0}, (9, 0, False)),
        ],
    )
    def test_no_tokens_for_a_text_are_not_believed(self, endpoint, client, text, usage, found):
        endpoint.script = [Says(body=completion(text, usage=usage))]
        reply = client().chat(HELLO, max_tokens=7)
        assert (reply.prompt_tokens, reply.generated_tokens, reply.estimated) == found
        assert reply.usd == pytest.approx(found[0] * 2e-6 + found[1] * 10e-6)

    @pytest.mark.parametrize(
        ("ending", "path"),
        [
            ("", "/v1/chat/completions"),
            ("/", "/v1/chat/completions"),
            ("/chat/completions", "/v1/chat/completions"),
            ("/chat/completions/", "/v1/chat/completions"),
            ("/x?api-version=2&token=t", "/v1/x/chat/completions?api-version=2&token=t"),
        ],
    )
    def test_however_the_address_ends(self, endpoint, client, ending, path):
        client(base_url=endpoint.base_url + ending).chat(HELLO, max_tokens=7)
        assert endpoint.paths == [path]

    @pytest.mark.parametrize("code", ["content_filter", "content_policy_violation"])
    def test_a_filtered_prompt_is_an_empty_answer(self, endpoint, client, code):
        endpoint.script = [Says(status=400, body=failure("filtered", code=code))]
        reply = client().chat(HELLO, max_tokens=7)
        assert (reply.text, reply.finish_reason, reply.usd) == ("", "content_filter", 0.0)


class TestDialect:
    @staticmethod
    def reasoning(body):
        if "max_tokens" in body:
            told = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return Says(status=400, body=failure(told, param="max_tokens"))
        if "temperature" in body:
            told = "Unsupported value: 'temperature' does not support 0 with this model."
            return Says(status=400, body=failure(told, param="temperature"))
        return Says(body=completion("yes"))

    def test_what_is_rejected_is_left_out_and_remembered(self, endpoint, client):
        endpoint.reply = self.reasoning
        asking = client()
        assert asking.notes == ()
        for _ in range(2):
            assert asking.chat(HELLO, max_tokens=7).text == "yes"
        assert [sorted(body.keys() - {"model", "messages"}) for body in endpoint.asked] == [
            ["max_tokens", "temperature"],
            ["max_completion_tokens", "temperature"],
            ["max_completion_tokens"],
            ["max_completion_tokens"],
        ]
        assert asking.notes == ("`temperature` is not accepted there: the model's own default was used",)

    def test_many_at_once_find_it_out_too(self, endpoint, client):
        endpoint.reply = self.reasoning
        assert len(client().chat_many(requests(12))) == 12

    def test_another_fault_that_names_a_parameter_is_told_as_it_was_first(self, endpoint, client):
        endpoint.reply = lambda body: Says(status=400, body=failure(f"max_tokens too large ({len(endpoint.asked)})"))
        asking = client()
        for number in (1, 3):
            with pytest.raises(BackendFailed, match=rf"400 \(Bad Request\): max_tokens too large \({number}\)"):
                asking.chat(HELLO, max_tokens=7)
        assert ["max_tokens" in body for body in endpoint.asked] == [True, False, True, False]


class TestMany:
    def test_in_the_order_of_the_requests_and_heard_in_the_callers_thread(self, endpoint, client):
        endpoint.reply = lambda body: echo(body, hang_seconds=0.3 if body["messages"][0]["content"] == "0" else 0)
        heard: list[int] = []

        def hear(index: int, reply: Reply) -> None:
            assert threading.current_thread() is threading.main_thread()
            assert reply.text == f"to {index}"
            heard.append(index)

        replies = client(concurrency=3).chat_many(requests(9), on_reply=hear)
        assert [reply.text for reply in replies] == [f"to {number}" for number in range(9)]
        assert sorted(heard) == list(range(9))
        assert heard[-1] == 0

    def test_as_many_at_once_as_the_spec_says(self, endpoint, client):
        endpoint.reply = lambda body: echo(body, hang_seconds=0.05)
        client(concurrency=3).chat_many(requests(12))
        assert endpoint.most_under_way == 3

    def test_nothing_asked(self, client):
        assert client().chat_many([]) == []

    def test_the_caller_stops_it_and_still_hears_of_what_was_under_way(self, endpoint, client):
        endpoint.reply = lambda body: echo(body, hang_seconds=0.05)
        heard: list[int] = []

        def hear(index: int, reply: Reply) -> None:
            heard.append(index)
            if len(heard) >= 3:
                raise BudgetReached("enough")

        with pytest.raises(BudgetReached, match="enough"):
            client(concurrency=4).chat_many(requests(100), on_reply=hear)
        asked = len(endpoint.asked)
        assert 3 <= asked <= 12
        assert sorted(heard) == sorted(int(body["messages"][0]["content"]) for body in endpoint.asked)
        time.sleep(0.2)
        assert len(endpoint.asked) == asked

    def test_a_request_that_fails_ends_it_without_losing_the_others(self, endpoint, client):
        def reply(body):
            failing = body["messages"][0]["content"] == "1"
            return Says(status=400, body=failure("no"), hang_seconds=0.1) if failing else echo(body, hang_seconds=0.3)

        endpoint.reply = reply
        heard: list[int] = []
        with pytest.raises(BackendFailed, match="no"):
            client(concurrency=3).chat_many(requests(50), on_reply=lambda index, _: heard.append(index))
        assert sorted(heard) == [0, 2]

    def test_whoever_waits_for_a_busy_endpoint_gives_up_with_the_rest(self, endpoint, client):
        def reply(body):
            if body["messages"][0]["content"] == "0":
                return Says(status=429, headers={"Retry-After": "1.5"}, body=failure("busy"))
            return Says(status=400, hang_seconds=0.1, body=failure("no"))

        endpoint.reply = reply
        with pytest.raises(BackendFailed, match="no"):
            client(concurrency=2).chat_many(requests(2))
        assert len(endpoint.asked) == 2
