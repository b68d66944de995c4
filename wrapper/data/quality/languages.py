"""Rows in another language, or another script, than the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from wrapper.data.quality.findings import RULES, Finding, finding, short
from wrapper.data.quality.prose import Frame, middle, prose, script_of
from wrapper.data.rows import Row

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_SAMPLE = 600
_LEAST_JUDGED = 20  # texts of a sample, before a language is the main one
_MAIN_SHARE = 0.8
_MOST_LIKELY = 0.01  # the main language's probability, below which a text is in another; English reads above 0.05
_COMMON_WORDS = 150
_COMMON_SHARE, _LEAST_COMMON = 0.3, 3  # of a text's words: so many common ones, and it needs no closer look
# languages and their close kin, which a few words do not tell apart
_KIN = (
    ("da", "no", "nn"), ("hr", "bs", "sr"), ("id", "ms", "jv"), ("cs", "sk"), ("zh", "yue", "wuu"), ("en", "pcm"),
    ("es", "gl", "an", "ext"), ("pt", "gl"), ("ca", "oc"), ("it", "vec", "lij"), ("de", "lb"),
    ("fr", "wa", "gcr", "gcf"), ("ar", "arz", "ary"), ("uz", "uzs"), ("lv", "ltg"), ("fa", "tg"), ("af", "nl"),
)  # fmt: skip
_SIDES: tuple[tuple[str, Callable[[Row], str]], ...] = (
    ("input", lambda row: row.input_text),
    ("answer", lambda row: row.answer),
)


@dataclass(frozen=True, kw_only=True)
class Main:
    """What most texts of one side are in; a language or script is empty where none is most texts'.

    `shares` are those of the languages, the greatest first; `common` are frequent words of the main language.
    """

    language: str
    shares: tuple[tuple[str, float], ...]
    script: str
    common: frozenset[str]
    frame: Frame


def find_other_languages(rows: Sequence[Row]) -> list[Finding]:
    """At most one finding a row, in the order of the rows; inputs are held against inputs, answers against answers.

    Where no language is that of most texts, one finding says so of the data as a whole.
    """
    if not rows:
        return []
    notes: list[Finding] = []
    differing: dict[int, list[tuple[str, str]]] = {}
    for side, text_of in _SIDES:
        main = _main(text_of(row) for row in rows[:: max(1, len(rows) // _SAMPLE)])
        if main.shares and not main.language:
            notes.append(_note(rows[0].file, side, main))
        for index, row in enumerate(rows):
            if said := _difference(text_of(row), main):
                differing.setdefault(index, []).append((side, said))
    return [*notes, *(_found(rows[index], said) for index, said in sorted(differing.items()))]


def _found(row: Row, said: Sequence[tuple[str, str]]) -> Finding:
    detail = "; ".join(f"the {side} {words}" for side, words in said)
    return finding("language", row, detail, example=short(dict(_SIDES)[said[0][0]](row), 80))


def _note(file: str, side: str, main: Main) -> Finding:
    shares = ", ".join(f"`{language}` {100 * share:.0f} %" for language, share in main.shares[:5])
    detail = f"no language is that of most {side}s: {shares}; rows are not held against one"
    return Finding(rule="language", severity=RULES["language"].severity, file=file, line=0, detail=detail)


def _main(sample: Iterable[str]) -> Main:
    texts = list(sample)
    frame = Frame(texts)
    bare = [frame.strip(text) for text in texts]
    scripts = Counter(filter(None, map(script_of, bare)))
    parts = list(filter(None, map(prose, bare)))
    likely = [_likely(part) for part in parts]
    counts = Counter(_best(one) for one in likely)
    judged = len(parts) if len(parts) >= _LEAST_JUDGED else 0
    shares = tuple((name, count / judged) for name, count in counts.most_common()) if judged else ()
    language = shares[0][0] if shares and shares[0][1] >= _MAIN_SHARE else ""
    return Main(
        language=language,
        shares=shares,
        script=next((name for name, count in scripts.items() if count >= _MAIN_SHARE * scripts.total()), ""),
        common=_common(parts, [_of(one, language) for one in likely]) if language else frozenset(),
        frame=frame,
    )


def _common(parts: Sequence[str], likely: Sequence[float]) -> frozenset[str]:
    """The most frequent words of texts in the main language, but for those that texts in others have too."""
    counts: Counter[str] = Counter()
    foreign: set[str] = set()
    for part, probability in zip(parts, likely, strict=True):
        found = {word for word in part.lower().split() if len(word) > 2}
        if probability < _MOST_LIKELY:
            foreign |= found
        else:
            counts.update(found)
    return frozenset(word for word, _ in counts.most_common(_COMMON_WORDS)) - foreign


def _difference(text: str, main: Main) -> str:
    """What is other than the main language or script, in words, or nothing."""
    if not main.language and not main.script:
        return ""
    bare = main.frame.strip(text)
    if main.language and not _reads_common(bare, main.common) and (part := prose(bare)):
        best, _ = _identifier().classify(part)
        if best not in _kin(main.language) and _of(likely := _likely(part), main.language) < _MOST_LIKELY:
            return f"reads as `{_best(likely)}`, the rest as `{main.language}`"
    script = main.script and script_of(bare)
    if script and script not in (main.script, "Latin"):  # a name or a unit in Latin letters stands in any text
        return f"is in {script} script, the rest in {main.script}"
    return ""


def _reads_common(text: str, common: frozenset[str]) -> bool:
    found = list(filter(str.isalpha, middle(text).lower().split()))
    known = sum(word in common for word in found)
    return known >= _LEAST_COMMON and known >= _COMMON_SHARE * len(found)


def _likely(part: str) -> dict[str, float]:
    """The probability of each language."""
    return dict(_identifier().rank(part))


def _of(likely: dict[str, float], language: str) -> float:
    """The probability of a language or its close kin."""
    return sum(likely.get(name, 0.0) for name in _kin(language))


@cache
def _kin(language: str) -> frozenset[str]:
    return frozenset((language, *(name for group in _KIN if language in group for name in group)))


def _best(likely: dict[str, float]) -> str:
    """The likeliest language; of close kin the one that its group names first."""
    best = max(likely, key=likely.__getitem__)
    return next((group[0] for group in _KIN if best in group), best)


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
