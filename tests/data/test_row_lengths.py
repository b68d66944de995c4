"""Counting around the frame of a chat template gives what counting whole chats gives, or is not done."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wrapper.data.row_lengths import row_lengths
from wrapper.data.rows import Message, make_row
from wrapper.data.tokens import Tokens

CHATML = (
    "{% for m in messages %}{% if loop.first and m['role'] != 'system' %}<s>system\nBe kind to all</s>\n{% endif %}"
    "<s>{{ m['role'] }}\n{{ m['content'] }}</s>\n{% endfor %}{% if add_generation_prompt %}<s>assistant\n{% endif %}"
)
TRIMMING = "{% for m in messages %}<s>{{ m['role'] }}: {{ m['content'] | trim }} </s>{% endfor %}"
LOOKING = (
    "{% for m in messages %}<s>{{ m['role'] }} {% if '</think>' in m['content'] %}"
    "{{ m['content'].split('</think>')[-1] }}{% else %}{{ m['content'] }}{% endif %}</s>{% endfor %}"
)
COUNTING = "{% for m in messages %}<s>{{ m['content'] | length }} {{ m['content'] }}</s>{% endfor %}"
PLAIN = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
TURN = st.text(st.sampled_from("ab \n<>/s"), max_size=12).map(
    lambda text: f"{text}x</think>y z" if "ab" in text else text
)


def chat(contents, line=1):
    roles = ["system"] * (len(contents) % 2) + ["user", "assistant"] * len(contents)
    turns = [Message(role=role, content=text or "x") for role, text in zip(roles, contents, strict=False)]
    return make_row(turns[:-1], turns[-1].content, file="f", line=line)


@pytest.mark.parametrize("template", [CHATML, TRIMMING, LOOKING, COUNTING, PLAIN])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(TURN, min_size=2, max_size=5).map(chat), min_size=1, max_size=12))
def test_the_same_as_whole_chats(model_folder, template, rows) -> None:
    tokens = Tokens.load(model_folder(template))
    whole = [tokens.count([tokens.row_text(row, "Sys tem")])[0] for row in rows]
    assert row_lengths(tokens, rows, "Sys tem") == whole


def test_a_frame_is_used_where_there_is_one(model_folder, monkeypatch) -> None:
    tokens = Tokens.load(model_folder(CHATML))
    rows = [chat([f"question {number} of many", "an answer"], number) for number in range(100)]
    rendered = []
    real = Tokens.chat_text
    monkeypatch.setattr(Tokens, "chat_text", lambda *given, **named: rendered.append(1) or real(*given, **named))
    row_lengths(tokens, rows)
    assert len(rendered) < 20


def test_many_system_prompts_have_no_frame_each(model_folder) -> None:
    tokens = Tokens.load(model_folder(CHATML))
    rows = [chat([f"system {number}", "asked", "said"], number) for number in range(300)]
    assert row_lengths(tokens, rows) == [tokens.count([tokens.row_text(row)])[0] for row in rows]
