"""MinHash signatures of the rows' inputs over pairs of words, and which rows share a band of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from wrapper.data.normalise import words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

# 64 bands of 4: rows that share 0.52 of their word pairs (3 of 20 words changed, far apart) meet with
# probability 0.99, such that share 0.65 with 0.99999; unrelated ones (0.03 in gsm8k) with 0.00005
PERMUTATIONS = 256
_BAND_ROWS = 4
_SEED = 20261125
_CHUNK = 4096
_PAIRS_AT_ONCE = 500_000
_FRAME_SAMPLE = 2000
_FRAME_SHARE = 0.3  # three words that stand in so many of the rows belong to a template
_FRAME_LEAST_ROWS = 50
_NEIGHBOURS = 24  # in a band that many rows share, each is held against so many before it, and the first


class _Vocabulary(dict[str, int]):
    """A number for each word, in the order of their first use."""

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self) + 1
        return number


class Texts:
    """The inputs of rows as word ids; the words of a template that most rows share are left out."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._vocabulary = _Vocabulary()
        self.frame = self._find_frame()

    def __len__(self) -> int:
        return len(self._texts)

    def only(self, places: Sequence[int]) -> Texts:
        """Some of the texts, with the same words and template."""
        part = copy(self)
        part._texts = [self._texts[place] for place in places]
        return part

    def ids(self, index: int) -> tuple[list[int], list[int]]:
        """Word ids of one text, and those of them that are not the template's; all where nothing else is left."""
        flat, offsets = self._flat([self._texts[index]])
        kept = flat[~self._framed(flat, offsets)]
        return flat.tolist(), (kept if len(kept) else flat).tolist()

    def framed_share(self) -> float:
        """The part of the sample's words that belongs to a template."""
        flat, offsets = self._flat(self._sample())
        return float(self._framed(flat, offsets).mean()) if len(flat) else 0.0

    def pair_hashes(self) -> Iterator[tuple[Hashes, NDArray[np.uint64]]]:
        """Hashes of word pairs (of the word, where there is one only), flat, and where each text's begin."""
        for start in range(0, len(self._texts), _CHUNK):
            yield self._pairs(*self._flat(self._texts[start : start + _CHUNK]))

    def _flat(self, texts: Sequence[str]) -> tuple[Hashes, NDArray[np.int64]]:
        found = [words(text) or [text.strip()] for text in texts]
        offsets = np.zeros(len(found) + 1, dtype=np.int64)
        np.cumsum([len(one) for one in found], out=offsets[1:])
        number = self._vocabulary.__getitem__
        return np.fromiter(map(number, chain.from_iterable(found)), np.uint64, int(offsets[-1])), offsets

    def _pairs(self, flat: Hashes, offsets: NDArray[np.int64]) -> tuple[Hashes, NDArray[np.uint64]]:
        framed = self._framed(flat, offsets)
        following = np.roll(flat, -1)
        following[offsets[1:] - 1] = 0  # a text's last word has no follower
        hashes = _mixed(flat * np.uint64(0x9E3779B97F4A7C15) + following)
        lengths = np.diff(offsets)
        kept = np.ones(len(flat), dtype=bool)
        kept[offsets[1:] - 1] = lengths == 1
        if self.frame.size:
            wanted = kept & ~(framed & np.roll(framed, -1))
            some_left = np.logical_or.reduceat(wanted, offsets[:-1])
            kept &= wanted | ~np.repeat(some_left, lengths)
        starts = np.zeros(len(offsets), dtype=np.uint64)
        np.cumsum(np.add.reduceat(kept, offsets[:-1], dtype=np.uint64), out=starts[1:])
        return hashes[kept], starts

    def _sample(self) -> list[str]:
        step = max(1, len(self._texts) // _FRAME_SAMPLE)
        return list(self._texts[::step])[:_FRAME_SAMPLE]

    def _find_frame(self) -> Hashes:
        """Hashes of three words in a row that stand in many of the texts."""
        sample = self._sample()
        if len(sample) < _FRAME_LEAST_ROWS:
            return np.zeros(0, dtype=np.uint64)
        triples, inside = _triples(*self._flat(sample))
        once_a_row = np.unique(np.stack([np.repeat(np.arange(len(sample)), inside[0]), triples[inside[1]]]), axis=1)
        found, rows = np.unique(once_a_row[1], return_counts=True)
        return found[rows >= _FRAME_SHARE * len(sample)]

    def _framed(self, flat: Hashes, offsets: NDArray[np.int64]) -> NDArray[np.bool_]:
        """True for each word inside a frame's three."""
        framed = np.zeros(len(flat), dtype=bool)
        if self.frame.size and len(flat) >= 3:
            triples, (_, whole) = _triples(flat, offsets)
            hit = np.isin(triples, self.frame) & whole
            for shift in range(3):
                framed[shift : len(flat)] |= hit[: len(flat) - shift]
        return framed


def _triples(flat: Hashes, offsets: NDArray[np.int64]) -> tuple[Hashes, tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """A hash of each word with the two behind it; how many of a row's lie inside it, and which."""
    second, third = np.roll(flat, -1), np.roll(flat, -2)
    hashes = _mixed(flat * np.uint64(0x9E3779B97F4A7C15) + second * np.uint64(0xC2B2AE3D27D4EB4F) + third)
    whole = np.ones(len(flat), dtype=bool)
    lengths = np.diff(offsets)
    whole[offsets[1:] - 1] = False
    whole[np.maximum(offsets[1:] - 2, offsets[:-1])] = False
    return hashes, (np.maximum(lengths - 2, 0), whole)


def _mixed(value: Hashes) -> Hashes:
    """The finaliser of splitmix64 (Steele, Lea, Flood 2014): every bit of the input moves every bit of the output."""
    value ^= value >> np.uint64(30)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    value ^= value >> np.uint64(27)
    value *= np.uint64(0x94D049BB133111EB)
    value ^= value >> np.uint64(31)
    return value


def candidate_pairs(texts: Texts, least_share: float) -> NDArray[np.int64]:
    """Pairs (earlier, later) of texts that seem to share at least so much of their word pairs; shape (pairs, 2)."""
    signatures, bands = _signatures(texts)
    found: list[Hashes] = [np.zeros(0, dtype=np.uint64)]
    for number, band in enumerate(bands):
        pairs = _sharing(band)
        for start in range(0, len(pairs), _PAIRS_AT_ONCE):
            some = pairs[start : start + _PAIRS_AT_ONCE]
            some = some[(signatures[some[:, 0]] == signatures[some[:, 1]]).mean(axis=1) >= least_share]
            found.append(some[:, 0].astype(np.uint64) << np.uint64(32) | some[:, 1].astype(np.uint64))
        if number % 8 == 7:  # one pair shares many bands: not all of its copies are kept
            found = [np.unique(np.concatenate(found))]
    packed = np.unique(np.concatenate(found))
    return np.stack([packed >> np.uint64(32), packed & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64)


def _signatures(texts: Texts) -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """The low byte of each slot (two unrelated texts agree in 1 of 256 by chance), and a hash of each band."""
    from rensa import RMinHash

    count = len(texts)
    low = np.empty((count, PERMUTATIONS), dtype=np.uint8)
    bands = np.empty((PERMUTATIONS // _BAND_ROWS, count), dtype=np.uint64)
    start = 0
    for hashes, starts in texts.pair_hashes():
        matrix: Any = RMinHash.digest_matrix_from_flat_token_hashes(hashes, starts, PERMUTATIONS, _SEED)
        rows = len(starts) - 1
        slots = np.fromiter(chain.from_iterable(matrix.to_rows()), np.uint64, rows * PERMUTATIONS)
        slots = slots.reshape(rows, -1, _BAND_ROWS)
        low[start : start + rows] = slots.reshape(rows, PERMUTATIONS)
        combined = slots[:, :, 0]
        for column in range(1, _BAND_ROWS):
            combined = combined * np.uint64(0x9E3779B97F4A7C15) + slots[:, :, column]
        bands[:, start : start + rows] = _mixed(combined).T
        start += rows
    return low, bands


def _sharing(band: Hashes) -> NDArray[np.int64]:
    """Pairs of rows with one hash: each with its neighbours before it, and with the first."""
    order = np.argsort(band, kind="stable")
    ordered = band[order]
    opens = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    place = np.arange(len(order))
    first = np.maximum.accumulate(np.where(opens, place, 0))
    found = []
    for distance in range(1, _NEIGHBOURS + 1):
        later = place[place - first >= distance]
        if not len(later):
            break
        found.append(np.stack([order[later - distance], order[later]], axis=1))
    far = place[place - first > _NEIGHBOURS]
    found.append(np.stack([order[first[far]], order[far]], axis=1))
    return np.concatenate(found)
