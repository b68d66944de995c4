"""Token lengths with the model's own tokenizer and chat template, without torch or transformers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from wrapper.data.chat_frames import words_that_matter
from wrapper.data.rows import Message, Row
from wrapper.errors import BadInput

BATCH = 2048
_SPECIAL = ("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token")


class Tokens:
    """The tokenizer and chat template of one local model folder."""

    def __init__(
        self, tokenizer: Tokenizer, template: jinja2.Template, special: Mapping[str, str], special_cases: Sequence[str]
    ) -> None:
        self._tokenizer = tokenizer
        self._template = template
        self._special_cases = tuple(special_cases)
        self._special = dict(special)

    @classmethod
    def load(cls, folder: Path) -> Tokens:
        """Read tokenizer.json and the template; raises BadInput where the folder lacks either."""
        file = folder / "tokenizer.json"
        if not file.is_file():
            raise BadInput(f"{folder} has no tokenizer.json", hint="give a model with a fast tokenizer")
        try:
            tokenizer = Tokenizer.from_file(str(file))
        except Exception as fault:  # tokenizers raises bare Exception
            raise BadInput(f"{file} cannot be read: {fault}", hint="fetch the model again") from None
        tokenizer.no_truncation()
        tokenizer.no_padding()
        config = _read_config(folder)
        template, special_cases = _compile(_template_source(folder, config), folder)
        return cls(tokenizer, template, _special_tokens(config), special_cases)

    def chat_text(self, messages: Sequence[Message], *, add_generation_prompt: bool) -> str:
        """The chat as the model sees it; raises BadInput where the template refuses it."""
        turns = [{"role": turn.role, "content": turn.content} for turn in messages]
        try:
            return self._template.render(
                messages=turns,
                add_generation_prompt=add_generation_prompt,
                tools=None,
                documents=None,
                **self._special,
            )
        except jinja2.TemplateError as fault:
            roles = ", ".join(turn.role for turn in messages)
            raise BadInput(
                f"the model's chat template refuses turns of {roles}: {fault}",
                hint="bring the rows into the turns that the model knows, or choose another model",
            ) from None

    def end_of_turn(self) -> str:
        """What the template puts behind an answer, such as `<|im_end|>`; empty where it puts nothing."""
        mark = "thriftune-answer"
        turns = (Message(role="user", content="?"), Message(role="assistant", content=mark))
        behind = self.chat_text(turns, add_generation_prompt=False).rpartition(mark)[2].split()
        return behind[0] if behind else ""

    def end_tokens(self) -> tuple[str, ...]:
        """The texts that end an answer: the template's first, then the tokenizer's own."""
        found = (self.end_of_turn(), self._special.get("eos_token", ""))
        return tuple(dict.fromkeys(token for token in found if token))

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text; special tokens count only where the text spells them."""
        return [
            len(one)
            for start in range(0, len(texts), BATCH)  # what a batch holds in memory is many times its text
            for one in self._tokenizer.encode_batch_fast(list(texts[start : start + BATCH]), add_special_tokens=False)
        ]

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """From where to where in the text each token stands; those without text of their own are left out."""
        found = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return [(start, end) for start, end in found if end > start]

    def pieces(self, texts: Sequence[str], limit: int) -> list[str]:
        """The texts cut between tokens into pieces of at most `limit` tokens; together they are the texts."""
        found = []
        for text in texts:
            ends = [end for _, end in self._tokenizer.encode(text, add_special_tokens=False).offsets]
            places = [0, *(ends[index] for index in range(limit - 1, len(ends) - 1, limit)), len(text)]
            found += [text[start:end] for start, end in pairwise(places) if end > start]
        return found

    def row_text(self, row: Row, system_prompt: str = "") -> str:
        """The whole chat of a row, the answer included."""
        chat = (*row.prompt(system_prompt), Message(role="assistant", content=row.answer))
        return self.chat_text(chat, add_generation_prompt=False)

    def special_texts(self) -> tuple[str, ...]:
        """The tokens at which every text is cut: nothing before one is ever joined with what stands behind it."""
        return tuple(
            token.content
            for token in self._tokenizer.get_added_tokens_decoder().values()
            if token.special and not (token.lstrip or token.rstrip or token.single_word)
        )

    def special_cases(self) -> tuple[str, ...]:
        """Texts that the chat template compares turns with, such as `</think>`."""
        return self._special_cases


class _Generation(Extension):
    """`{% generation %}` marks what is trained on; in plain text the mark leaves no trace."""

    tags = {"generation"}  # noqa: RUF012 - as jinja2 declares it

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return list(parser.parse_statements(("name:endgeneration",), drop_needle=True))


def _compile(source: str, folder: Path) -> tuple[jinja2.Template, tuple[str, ...]]:
    """The template as transformers renders it: sandboxed, with its two functions and its `tojson`.

    Beside it the texts that it compares turns with.
    """
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = _now
    try:
        return environment.from_string(source), words_that_matter(environment.parse(source))
    except jinja2.TemplateError as fault:
        raise BadInput(f"{folder}: broken chat template: {fault}", hint="fetch the model again") from None


def _refuse(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _now(form: str) -> str:
    return datetime.now().strftime(form)


def _to_json(
    value: object,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """transformers' filter: no HTML escapes, unlike jinja2's own."""
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _read_config(folder: Path) -> dict[str, Any]:
    """tokenizer_config.json over special_tokens_map.json; either may be missing."""
    config: dict[str, Any] = {}
    for name in ("special_tokens_map.json", "tokenizer_config.json"):
        file = folder / name
        if file.is_file():
            try:
                config |= json.loads(file.read_bytes())
            except (ValueError, TypeError) as fault:
                raise BadInput(f"{file} cannot be read: {fault}", hint="fetch the model again") from None
    return config


def _special_tokens(config: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _SPECIAL:
        token = config.get(name)
        if isinstance(token, dict):
            token = token.get("content")
        if isinstance(token, str):
            found[name] = token
    return found


def _template_source(folder: Path, config: Mapping[str, Any]) -> str:
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    template = config.get("chat_template")
    if isinstance(template, list):
        named = {entry.get("name"): entry.get("template") for entry in template if isinstance(entry, dict)}
        template = named.get("default")
    if not isinstance(template, str):
        raise BadInput(
            f"{folder} has no chat template", hint="choose an instruction-tuned model: a base model has none"
        )
    return template
