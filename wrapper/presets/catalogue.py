"""Rows of SkyPilot's catalogue, https://github.com/skypilot-org/skypilot-catalog, as prices of the GPUs that are known.

Nothing in such a file is trusted: a row that cannot be read is skipped and counted.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated

from msgspec import Meta

from wrapper.presets.gpu import SPOT, CatalogueName, GpuPreset, Price

CATALOGUE = "https://raw.githubusercontent.com/skypilot-org/skypilot-catalog/master/catalogs/v8/{provider}/vms.csv"
TIERS = {  # what a price that is not spot is called, by provider
    "aws": "on-demand",
    "gcp": "on-demand",
    "lambda": "on-demand",
    "nebius": "on-demand",
    "runpod": "secure",
    "vast": "marketplace",
}

_MOST_USD = 1000.0
_LEAST_USD = 0.01  # a GPU's hour for less is a mistake, and would disarm every cap in dollars
_MOST_GPUS = 64
_LONGEST_NAME = 100
_COLUMNS = ("InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "SpotPrice", "Region", "GpuInfo")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?")
_MEMORY_MIB = re.compile(r"'TotalGpuMemoryInMiB': ([0-9]{1,9})\b")

Usd = Annotated[float, Meta(ge=_LEAST_USD, le=_MOST_USD)]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class NoPrices(Exception):
    """A provider's file did not come or says nothing that can be used; the text goes on after its name."""


class Cached(Price, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price that was fetched, on a day that is known."""

    usd_per_hour: Usd
    date: Day


@dataclass(frozen=True, kw_only=True)
class _Offer:
    """A row of a catalogue: what a whole machine costs, None where the row does not say."""

    instance: str
    region: str
    gpus: int
    usd: float | None
    spot_usd: float | None


def read_catalogue(
    body: bytes, provider: str, presets: Iterable[GpuPreset], day: str
) -> tuple[dict[str, list[Cached]], int]:
    """The cheapest price and spot price of each GPU, for one GPU, and how many rows cannot be read.

    Raises NoPrices for what is no such catalogue, and for one without a price of any GPU that is known.
    """
    names = [(preset.name, name) for preset in presets for name in preset.catalogue if name.provider == provider]
    best: dict[tuple[str, str], tuple[float, _Offer]] = {}
    rows, skipped = _rows(body)
    hosts, broken = _hosts(rows, {name.host for _, name in names if name.host})
    skipped += broken
    for row in rows:
        try:
            offers = _offers(row, names, hosts)
        except ValueError:
            skipped += 1
            continue
        for gpu, offer in offers:
            for tier, usd in _a_gpu(offer, provider):
                if (gpu, tier) not in best or usd < best[gpu, tier][0]:
                    best[gpu, tier] = (usd, offer)
    if not best:
        raise NoPrices(f"its file has no price of a GPU that is known, and {many(skipped, 'row')} that cannot be read")
    found: dict[str, list[Cached]] = {}
    for (gpu, tier), (usd, offer) in sorted(best.items()):
        source = f"{CATALOGUE.format(provider=provider)} {offer.instance}"
        price = Cached(
            provider=provider, tier=tier, usd_per_hour=round(usd, 4), source=source, date=day, region=offer.region
        )
        found.setdefault(gpu, []).append(price)
    return found, skipped


def _rows(body: bytes) -> tuple[list[dict[str, str]], int]:
    """Rows with every column, and how many have more or fewer; raises NoPrices."""
    try:
        reader = csv.DictReader(io.StringIO(body.decode("utf-8"), newline=""), strict=True)
        missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise NoPrices(f"its file has no column `{missing[0]}`")
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error):
        raise NoPrices("its file is no CSV") from None
    whole = [row for row in rows if None not in row and None not in row.values()]
    return whole, len(rows) - len(whole)


def _hosts(rows: Iterable[Mapping[str, str]], names: set[str]) -> tuple[dict[tuple[str, str], _Offer], int]:
    """Machines that are priced apart from their GPUs, by name and zone, and how many rows cannot be read."""
    hosts, skipped = {}, 0
    for row in rows:
        if row["InstanceType"] in names and not row["AcceleratorName"]:
            try:
                usd, spot = _usd(row["Price"]), _usd(row["SpotPrice"])
            except ValueError:
                skipped += 1
                continue
            hosts[row["InstanceType"], _zone(row)] = _Offer(
                instance=row["InstanceType"], region="", gpus=0, usd=usd, spot_usd=spot
            )
    return hosts, skipped


def _offers(
    row: Mapping[str, str], names: Iterable[tuple[str, CatalogueName]], hosts: Mapping[tuple[str, str], _Offer]
) -> list[tuple[str, _Offer]]:
    """The GPUs that a row offers; raises ValueError for a row of a known GPU that cannot be read."""
    found = []
    for gpu, name in names:
        if row["AcceleratorName"] == name.accelerator and fnmatchcase(row["InstanceType"], name.instance):
            offer = _offer(row, name, hosts)
            if offer is not None:
                found.append((gpu, offer))
    return found


def _offer(row: Mapping[str, str], name: CatalogueName, hosts: Mapping[tuple[str, str], _Offer]) -> _Offer | None:
    """The row as an offer of that GPU, None where it is none; raises ValueError for one that cannot be read."""
    gpus = _number(row["AcceleratorCount"])
    usd, spot = _usd(row["Price"]), _usd(row["SpotPrice"])
    if not 0 < gpus <= _MOST_GPUS:
        raise ValueError
    if gpus != int(gpus) or (name.gpus is not None and gpus != name.gpus):
        return None  # a share of a GPU, or a machine that another name stands for
    if name.marketed_gib is not None:
        memory = _MEMORY_MIB.search(row["GpuInfo"])
        if memory is None:
            raise ValueError
        low, high = name.marketed_gib
        if not low <= int(memory[1]) / 1024 / gpus <= high:
            return None
    instance, region = _word(row["InstanceType"]), _word(row["Region"])
    if name.host:
        host = hosts.get((name.host, _zone(row)))
        if host is None:
            return None
        instance, usd, spot = name.host, _sum(usd, host.usd), _sum(spot, host.spot_usd)
    return _Offer(instance=instance, region=region, gpus=int(gpus), usd=usd, spot_usd=spot)


def _a_gpu(offer: _Offer, provider: str) -> list[tuple[str, float]]:
    """Tier and dollars of one GPU; a spot price that saves nothing is how these files say that there is none."""
    wanted = [(TIERS[provider], offer.usd)]
    if offer.spot_usd is not None and (offer.usd is None or offer.spot_usd < offer.usd):
        wanted.append((SPOT, offer.spot_usd))
    found = [(tier, usd / offer.gpus) for tier, usd in wanted if usd is not None]
    return [(tier, usd) for tier, usd in found if _LEAST_USD <= usd <= _MOST_USD]


def many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _word(text: str) -> str:
    """A name that will be shown; raises ValueError for one that would do something to a terminal."""
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise ValueError
    return text.strip(", ")


def _zone(row: Mapping[str, str]) -> str:
    return row.get("AvailabilityZone") or row["Region"]


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def _number(text: str) -> float:
    """Raises ValueError for what is no plain number: signs, `nan` and `inf` too."""
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError
    return float(text)


def _usd(text: str) -> float | None:
    """Dollars, None where nothing or 0 stands for a price that was not recorded; raises ValueError."""
    if not text.strip():
        return None
    value = _number(text)
    if value > _MOST_USD:
        raise ValueError
    return value or None
