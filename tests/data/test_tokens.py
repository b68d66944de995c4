"""Lengths are counted on the very text that the model's own chat template gives."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import datetime

import pytest

from wrapper.data.row_lengths import row_lengths
from wrapper.data.rows import Message
from wrapper.data.tokens import Tokens
from wrapper.errors import BadInput

CHATML = (
    "{% for message in messages %}\n"
    "    {% if loop.first and message['role'] != 'system' %}\n"
    "{{ '<|im_start|>system\\nBe kind<|im_end|>' }}\n"
    "    {% endif %}\n"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' }}\n"
    "{% endfor %}\n"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}\n"
)
DATED = (
    "{{- bos_token }}{% if not tools is defined %}{{ 'no ' }}{% endif %}"
    "{% for message in messages %}{% if message.role == 'system' %}{% continue %}{% endif %}"
    "{% generation %}[{{ message.role }}] {{ message | tojson }}{{ eos_token }}{% endgeneration %}"
    "{% endfor %}"
    "{% if strftime_now is defined %} {{ strftime_now('%Y') }}{% endif %}"
)
STRICT = (
    "{% for message in messages %}{% if message['role'] == 'system' %}"
    "{{ raise_exception('no system turn') }}{% endif %}{{ message['content'] }}{% endfor %}"
)
PLAIN = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}{% endfor %}"
CHAT = (
    Message(role="system", content="Antworte <kurz>."),
    Message(role="user", content='She said "hi" & é'),
    Message(role="assistant", content="ok"),
)


def test_chat_text_and_lengths(model_folder, row) -> None:
    tokens = Tokens.load(model_folder(CHATML))
    asked = row("one two three", "four five")
    assert tokens.chat_text(asked.prompt("Sys"), add_generation_prompt=True) == (
        "<|im_start|>system\nSys<|im_end|>\n"
        "<|im_start|>user\none two three<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert row_lengths(tokens, [asked, row("one")], "Sys") == [9, 6]


@pytest.mark.parametrize(
    ("template", "end", "ends"),
    [
        (CHATML, "<|im_end|>", ("<|im_end|>", "</s>")),
        (PLAIN, "", ("</s>",)),
        (PLAIN + "{{ eos_token }}", "</s>", ("</s>",)),
        (PLAIN + "<|end|>\n<|endoftext|>", "<|end|>", ("<|end|>", "</s>")),
    ],
)
def test_what_ends_an_answer(model_folder, template, end, ends) -> None:
    tokens = Tokens.load(model_folder(template))
    assert (tokens.end_of_turn(), tokens.end_tokens()) == (end, ends)


def test_count_neither_truncates_nor_pads(model_folder) -> None:
    tokens = Tokens.load(model_folder(CHATML))
    assert tokens.count(["a b c d e f g h i j k l", "a", "", "<s>a</s>"]) == [12, 1, 0, 3]


def test_a_row_with_its_own_system_turn_keeps_it(row) -> None:
    own = row("x").__class__(row_id="1", messages=CHAT[:2], answer="a", file="f", line=1)
    assert own.prompt("Sys") == CHAT[:2]
    assert row("x").prompt("") == row("x").messages


def test_what_transformers_gives_a_template_is_there(model_folder) -> None:
    text = Tokens.load(model_folder(DATED, in_config=True)).chat_text(CHAT, add_generation_prompt=False)
    said = '[user] {"role": "user", "content": "She said \\"hi\\" & é"}</s>'
    assert text == f'<s>{said}[assistant] {{"role": "assistant", "content": "ok"}}</s> {datetime.now():%Y}'


def test_a_template_that_refuses_is_bad_input(model_folder) -> None:
    with pytest.raises(BadInput, match=re.escape("refuses turns of system, user, assistant: no system turn")):
        Tokens.load(model_folder(STRICT)).chat_text(CHAT, add_generation_prompt=False)


def test_a_template_cannot_reach_out(model_folder) -> None:
    tokens = Tokens.load(model_folder("{{ ''.__class__.__mro__[1].__subclasses__() }}"))
    with pytest.raises(BadInput, match="unsafe"):
        tokens.chat_text(CHAT, add_generation_prompt=False)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "tokenizer.json").unlink(), "has no tokenizer.json"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "tokenizer_config.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "chat_template.jinja").unlink(), "has no chat template"),
        (lambda folder: (folder / "chat_template.jinja").write_text("{% for %}"), "broken chat template"),
    ],
)
def test_a_folder_that_is_no_chat_model(model_folder, damage, message) -> None:
    folder = model_folder(CHATML)
    damage(folder)
    with pytest.raises(BadInput, match=message):
        Tokens.load(folder)


@pytest.mark.real
@pytest.mark.parametrize("template", [CHATML, DATED], ids=["chatml", "dated"])
@pytest.mark.parametrize("generation", [True, False])
def test_transformers_gives_the_same(trl_environment, model_folder, template, generation) -> None:
    folder = model_folder(template)
    turns = [{"role": turn.role, "content": turn.content} for turn in CHAT]
    code = (
        "import json, sys\n"
        "from transformers import AutoTokenizer\n"
        "folder, turns, generation = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3] == 'True'\n"
        "tokenizer = AutoTokenizer.from_pretrained(folder)\n"
        "text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=generation)\n"
        "ids = tokenizer(text, add_special_tokens=False, truncation=False, padding=False)['input_ids']\n"
        "print(json.dumps([text, len(ids)]))\n"
    )
    done = subprocess.run(
        [str(trl_environment.python), "-c", code, str(folder), json.dumps(turns), str(generation)],
        capture_output=True,
        text=True,
        check=True,
    )
    text, count = json.loads(done.stdout.splitlines()[-1])
    tokens = Tokens.load(folder)
    assert tokens.chat_text(CHAT, add_generation_prompt=generation) == text
    assert tokens.count([text]) == [count]
