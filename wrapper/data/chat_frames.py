"""Token counts of chats without tokenising again what is the same in every row.

A chat template puts fixed text around the turns. Between two special tokens the tokenizer never joins anything, so
what stands between them is counted once. Where a template does not work so, rows are rendered and counted whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jinja2 import nodes

from wrapper.data.rows import Message
from wrapper.errors import BadInput

Render = Callable[[Sequence[Message]], str]  # a whole chat as text
Count = Callable[[Sequence[str]], list[int]]  # tokens of each text
_MARK = "\ue000turn{}\ue001"  # from the private use area: in no template


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The fixed text around the turns of one sequence of roles, without what is counted in `constant_tokens`."""

    pieces: tuple[str, ...]
    constant_tokens: int
    trims: bool

    def around(self, contents: Sequence[str]) -> str:
        parts = [self.pieces[0]]
        for content, piece in zip(contents, self.pieces[1:], strict=True):
            parts += (content.strip() if self.trims else content, piece)
        return "".join(parts)


def frame_of(
    roles: Sequence[str], system: str, *, render: Render, count: Count, specials: Sequence[str]
) -> Frame | None:
    """The frame of chats with these roles and this system prompt; None where the template has none.

    A first role `system` has its content in the frame.
    """
    marks = [_MARK.format(number) for number in range(len(roles))]
    fixed = 1 if roles[0] == "system" else 0
    contents = [system, *marks[1:]] if fixed else marks
    try:
        plain = render(_chat(roles, contents))
        padded = render(_chat(roles, [*contents[:fixed], *(f"  {mark}  " for mark in marks[fixed:])]))
    except BadInput:
        return None
    pieces = _parted(plain, marks[fixed:])
    trims = padded == plain
    if pieces is None or not (trims or padded == _with(pieces, [f"  {mark}  " for mark in marks[fixed:]])):
        return None
    kept, left_out = [], 0
    for number, piece in enumerate(pieces):
        head, middle, tail = _shortened(piece, specials, first=number == 0, last=number == len(pieces) - 1)
        kept.append(head + tail)
        left_out += count([middle])[0] if middle else 0
    return Frame(pieces=tuple(kept), constant_tokens=left_out, trims=trims)


def words_that_matter(template: nodes.Template) -> tuple[str, ...]:
    """Texts that a template compares something with: a turn that holds one of them may be rendered otherwise."""
    found = [
        constant.value
        for node in template.find_all((nodes.Compare, nodes.Call, nodes.Test))
        for constant in node.find_all(nodes.Const)
        if isinstance(constant.value, str) and len(constant.value.strip()) > 1
    ]
    roles = ("system", "user", "assistant", "tool", "role", "content")
    return tuple(word for word in dict.fromkeys(found) if word not in roles)


def _chat(roles: Sequence[str], contents: Sequence[str]) -> list[Message]:
    return [Message(role=role, content=content) for role, content in zip(roles, contents, strict=True)]


def _parted(text: str, marks: Sequence[str]) -> list[str] | None:
    """The text between the marks; None where one is missing, stands twice or out of order."""
    pieces = []
    for mark in marks:
        if text.count(mark) != 1:
            return None
        before, _, text = text.partition(mark)
        pieces.append(before)
    return [*pieces, text] if not any(mark in piece for piece in pieces for mark in marks) else None


def _with(pieces: Sequence[str], contents: Sequence[str]) -> str:
    return "".join(piece + content for piece, content in zip(pieces, [*contents, ""], strict=True))


def _shortened(piece: str, specials: Sequence[str], *, first: bool, last: bool) -> tuple[str, str, str]:
    """What stays before a turn's end, what may be counted apart, and what stays before the next turn."""
    starts = sorted({start for special in specials for start in _places(piece, special)})
    ends = sorted({start + len(special) for special in specials for start in _places(piece, special)})
    if not starts or (not first and not last and starts[-1] < ends[0]):
        return piece, "", ""
    head = "" if first else piece[: ends[0]]
    tail = "" if last else piece[starts[-1] :]
    return head, piece[len(head) : len(piece) - len(tail)], tail


def _places(text: str, part: str) -> list[int]:
    places, start = [], text.find(part)
    while start >= 0:
        places.append(start)
        start = text.find(part, start + len(part))
    return places
