"""Headings of plain-text markup: Markdown's `#` and underlined ones, and reStructuredText's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LONGEST_TITLE = 200  # characters; what is longer is text, and the expression for hashes takes long over it
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HASHES = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_UNDERLINE = re.compile(r"([=\-~^\"'`#*+.:_])\1{2,}[ \t]*")
_NO_TITLE = re.compile(r" {0,3}(?:[-*+>|] |\d+[.)] )| {4}|\t")


@dataclass(frozen=True, kw_only=True)
class Heading:
    """Where its lines start and the text after them starts, and the titles from the top down to its own."""

    start: int
    end: int
    path: tuple[str, ...]


def headings_of(text: str, markup: str) -> list[Heading]:
    """The headings of a text in order; none of plain text."""
    if markup == "plain":
        return []
    found: list[Heading] = []
    open_titles: list[tuple[int, str]] = []  # level, title
    for start, end, level, title in _underlined(text) if markup == "rst" else _markdown(text):
        while open_titles and open_titles[-1][0] >= level:
            open_titles.pop()
        open_titles.append((level, " ".join(title.split())))
        found.append(Heading(start=start, end=end, path=tuple(title for _, title in open_titles)))
    return found


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end with the line break, and the text of each line."""
    start = 0
    for line in text.split("\n"):
        end = min(start + len(line) + 1, len(text))
        yield start, end, line
        start = end


def _markdown(text: str) -> Iterator[tuple[int, int, int, str]]:
    """Start, end, level and title; not inside code fences."""
    fence = ""
    above, above_start, blank_before = "", 0, True
    for start, end, line in _lines(text):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
            line = ""  # no title
        elif mark:
            fence = mark[1]
        elif len(line) <= _LONGEST_TITLE and (hashes := _HASHES.fullmatch(line)):
            if title := hashes[2]:
                yield start, end, len(hashes[1]), title
            line = ""
        elif blank_before and (under := _UNDERLINE.fullmatch(line)) and under[1] in "=-" and _may_be_title(above):
            yield above_start, end, 1 if under[1] == "=" else 2, above
            line = ""
        blank_before, above, above_start = not above.strip(), line, start


def _underlined(text: str) -> Iterator[tuple[int, int, int, str]]:
    """As reStructuredText has it: the level of a mark is the place of its first use."""
    levels: dict[str, int] = {}
    above, above_start = "", 0
    over, over_start = "", 0
    for start, end, line in _lines(text):
        under = _UNDERLINE.fullmatch(line)
        is_title = _is_short_text(above) and not above.startswith("   ") and not _UNDERLINE.fullmatch(above)
        if under and is_title and len(line.rstrip()) >= len(above.rstrip()):
            has_over = over.rstrip() == line.rstrip()
            mark = under[1] * (2 if has_over else 1)
            yield over_start if has_over else above_start, end, levels.setdefault(mark, len(levels)), above
            line = ""
        over, over_start, above, above_start = above, above_start, line, start


def _may_be_title(line: str) -> bool:
    """Whether a line of Markdown is a title when it is underlined: no item of a list, no quote, no code."""
    return _is_short_text(line) and _NO_TITLE.match(line) is None


def _is_short_text(line: str) -> bool:
    return len(line) <= _LONGEST_TITLE and line.strip() != ""
