"""What small hosted models ask for a million tokens: what a fine-tuned model is held against."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from wrapper.documents import read_document
from wrapper.errors import BadInput
from wrapper.resources import presets_dir

Text = Annotated[str, Meta(min_length=1)]
Usd = Annotated[float, Meta(gt=0, le=1000)]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]

_REMEDY = "restore the file, or install thriftune again"


class ApiPrice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Dollars of one hosted model, without discounts for batches or cached prompts.

    `name` is what litellm calls it, `date` when the price was read, `withdrawn` when the provider says it goes.
    """

    name: Text
    provider: Text
    usd_per_million_input: Usd
    usd_per_million_output: Usd
    source: Text
    date: Day
    withdrawn: Day | None = None


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: Literal[1]
    prices: tuple[ApiPrice, ...]


def load_api_prices() -> tuple[ApiPrice, ...]:
    """All prices of presets/api_prices.yaml; raises BadInput that names the field of a broken file."""
    file = presets_dir() / "api_prices.yaml"
    document = read_document(file)
    if document.faults:
        raise BadInput(f"the file `{file}` is broken", hint=_REMEDY, faults=document.faults)
    try:
        return msgspec.convert(document.value, _File).prices
    except msgspec.ValidationError as failure:
        raise BadInput(f"the file `{file}` is broken: {failure}", hint=_REMEDY) from None
