"""Rows that nobody can train on, by kind, each made from a clean chat."""

from __future__ import annotations

import json
from collections.abc import Callable

from planted_sources import Chat, answer, line_of, question


def _row(*turns: object) -> bytes:
    return json.dumps({"messages": turns}, ensure_ascii=False).encode()


def _user(content: object) -> dict[str, object]:
    return {"role": "user", "content": content}


def _assistant(content: object) -> dict[str, object]:
    return {"role": "assistant", "content": content}


def _inside(chat: Chat, put: bytes) -> bytes:
    return line_of(chat).replace(b'"content": "', b'"content": "' + put, 1)


MALFORMED: dict[str, Callable[[Chat], bytes]] = {
    "truncated JSON": lambda chat: line_of(chat)[:-9],
    "empty messages": lambda chat: _row(),
    "missing messages": lambda chat: json.dumps({"id": 7}).encode(),
    "number as messages": lambda chat: json.dumps({"messages": 7}).encode(),
    "null messages": lambda chat: json.dumps({"messages": None}).encode(),
    "empty question": lambda chat: _row(_user(""), chat[-1]),
    "empty answer": lambda chat: _row(chat[-2], _assistant("")),
    "blank answer": lambda chat: _row(chat[-2], _assistant(" \n ")),
    "null question": lambda chat: _row(_user(None), chat[-1]),
    "null answer": lambda chat: _row(chat[-2], _assistant(None)),
    "missing content": lambda chat: _row({"role": "user"}, chat[-1]),
    "answer before question": lambda chat: _row(chat[-1], chat[-2]),
    "assistant first": lambda chat: _row(_assistant("Hello"), chat[-2], chat[-1]),
    "two user turns": lambda chat: _row(chat[-2], _user("And?"), chat[-1]),
    "two assistant turns": lambda chat: _row(chat[-2], chat[-1], _assistant("And.")),
    "system turn in the middle": lambda chat: _row(chat[-2], {"role": "system", "content": "Be brief."}, chat[-1]),
    "no assistant turn": lambda chat: _row(chat[-2]),
    "unknown role": lambda chat: _row(chat[-2], {**chat[-1], "role": "oracle"}),
    "missing role": lambda chat: _row({"content": question(chat)}, chat[-1]),
    "image as content": lambda chat: _row(_user([{"type": "image", "url": "x.png"}]), chat[-1]),
    "turn as text": lambda chat: _row(question(chat), chat[-1]),
    "list in place of object": lambda chat: json.dumps([question(chat), answer(chat)]).encode(),
    "bare string": lambda chat: json.dumps(question(chat)).encode(),
    "no JSON": lambda chat: b"question: " + " ".join(question(chat).split()).encode(),
    "invalid UTF-8": lambda chat: _inside(chat, b"\xe9\xff"),
    "raw control character": lambda chat: _inside(chat, b"\x07"),
    "escaped control character": lambda chat: _inside(chat, b"\\u0007"),
    "half a surrogate pair": lambda chat: _inside(chat, b"\\ud83d"),
    "key of the row twice": lambda chat: line_of(chat)[:-1] + b', "messages": []}',
    "key of a turn twice": lambda chat: line_of(chat).replace(b'"role": "user"', b'"role": "user", "role": "user"', 1),
    "NaN": lambda chat: line_of(chat)[:-1] + b', "score": NaN}',
    "nested too deeply": lambda chat: line_of(chat)[:-1] + b', "more": ' + b"[" * 3000 + b"]" * 3000 + b"}",
}
