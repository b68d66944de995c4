"""The trained tokens are the answers and the token that ends a turn; a template that hinders that is told of."""

from __future__ import annotations

import pytest

from wrapper.data.masks import check_masks, mask_of
from wrapper.data.rows import Message, make_row
from wrapper.data.tokens import Tokens

TURNS = "{% for m in messages %}<s> {{ m['role'] }} {{ m['content'] }} </s> {% endfor %}"
ASKS = "{% if add_generation_prompt %}<s> assistant {% endif %}"
CHATML = TURNS + ASKS
FORGETFUL = (
    "{% for m in messages %}{% if loop.last or m['role'] != 'assistant' %}<s> {{ m['role'] }} {{ m['content'] }} </s> "
    "{% endif %}{% endfor %}" + ASKS
)
ENDLESS = (
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
GLUED = (
    "{% for m in messages %}<s>{{ m['role'] }}:{{ m['content'] }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant:{% endif %}"
)
UPPER = "{% for m in messages %}<s> {{ m['role'] }} {{ m['content'] | upper }} </s> {% endfor %}" + ASKS


@pytest.fixture
def dialogue():
    turns = [("user", "one two"), ("assistant", "three four"), ("user", "five")]
    return make_row([Message(role=role, content=text) for role, text in turns], "six seven", file="f", line=3)


def test_every_answer_and_its_end_are_trained(model_folder, dialogue) -> None:
    mask = mask_of(dialogue, Tokens.load(model_folder(CHATML)))
    assert mask.faults == ()
    assert [token.text for token in mask.tokens if token.trained] == ["three", "four", "</s>", "six", "seven", "</s>"]
    assert mask.trained == 6


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        (FORGETFUL, "rewrites earlier turns"),
        (ENDLESS, "no token behind an answer"),
        (GLUED, "no token begins where"),
        (UPPER, "changes what turn"),
    ],
)
def test_what_a_template_hinders(model_folder, dialogue, template, fault) -> None:
    found = list(check_masks([dialogue], Tokens.load(model_folder(template))))
    assert any(fault in one for one in found), found
    assert all(one.startswith("f:3: ") for one in found)
