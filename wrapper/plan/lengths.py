"""The cap on a row's length, and the rows that fit under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wrapper.errors import BadInput

_MULTIPLE = 8  # matrix products are fastest on multiples of 8
_PACKED_TOKENS = 2048


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """The cap, the tokens of the rows under it, and how many training and validation rows are over it."""

    sequence_tokens: int
    train: tuple[int, ...]
    validation: tuple[int, ...]
    train_over: int
    validation_over: int
    reason: str


def lengths_of(
    train: Sequence[int], validation: Sequence[int], *, max_positions: int, override: int | None, packing: bool = False
) -> Lengths:
    """Raises BadInput where no training row is left."""
    if not train:
        raise BadInput("there are no training rows", hint="check `data.train`, or split off fewer rows")
    longest = max(*train, *validation, 1)
    rounded = -(-longest // _MULTIPLE) * _MULTIPLE
    if packing:
        rounded = max(rounded, _PACKED_TOKENS)
    needless = override is not None and override > rounded and not packing
    cap = min(rounded if needless or override is None else override, max_positions)
    if needless and cap == rounded:
        reason = f"longest row, {longest} tokens: the {override} set by you would hold memory for nothing"
    elif override is not None and override <= max_positions and not needless:
        reason = "set by you"
    elif cap == max_positions:
        reason = f"the model's context; the longest row has {longest} tokens"
    elif packing and cap == _PACKED_TOKENS:
        reason = f"rows are packed into sequences of {_PACKED_TOKENS} tokens"
    else:
        reason = f"longest row, {longest} tokens, rounded up to a multiple of {_MULTIPLE}"
    kept = tuple(tokens for tokens in train if tokens <= cap)
    if not kept:
        raise BadInput(
            f"every training row is longer than {cap} tokens",
            hint="raise `training.overrides.sequence_len`, shorten the rows, or take a longer context",
        )
    kept_validation = tuple(tokens for tokens in validation if tokens <= cap)
    return Lengths(
        sequence_tokens=cap,
        train=kept,
        validation=kept_validation,
        train_over=len(train) - len(kept),
        validation_over=len(validation) - len(kept_validation),
        reason=reason,
    )
