"""What an hour of a GPU costs: the prices that travel with thriftune, and newer ones that the user has fetched.

Live prices come from SkyPilot's public catalogue, https://github.com/skypilot-org/skypilot-catalog. Only
`refresh_prices` reaches a network; everything else reads one file of the user's cache, and does without it.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

import msgspec
from msgspec import Struct

from wrapper.errors import EnvironmentFault
from wrapper.presets.catalogue import CATALOGUE, TIERS, Cached, NoPrices, many, read_catalogue
from wrapper.presets.gpu import SPOT, GpuPreset, Price, gpu_names, load_gpu_preset
from wrapper.resources import cache_dir

if TYPE_CHECKING:
    import httpx

_SECONDS = 10.0
_MOST_BYTES = 20 * 1024 * 1024
_DATE = re.compile(r"\d{4}(-\d{2}-\d{2})?")

Fetch = Callable[[str], bytes]


class Cache(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file of fetched prices, by the name of the GPU preset."""

    version: Literal[1]
    prices: dict[str, tuple[Cached, ...]]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one provider: how many prices were kept, rows that could not be read, and a sentence."""

    provider: str
    prices: int
    skipped_rows: int
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """Where fetched prices lie, whether that file was written now, and what each provider said."""

    file: Path
    written: bool
    outcomes: tuple[Outcome, ...]


def prices_of(preset: GpuPreset) -> tuple[Price, ...]:
    """All prices of a GPU, cheapest first; a fetched one replaces that of its provider and tier unless it is older."""
    fetched = {(price.provider, price.tier): price for price in _read()[0].get(preset.name, ())}
    kept: list[Price] = []
    for shipped in preset.prices:
        live = fetched.get((shipped.provider, shipped.tier))
        if live is None or live.date < _day(shipped.date):
            kept.append(shipped)
            fetched.pop((shipped.provider, shipped.tier), None)
    return tuple(sorted([*kept, *fetched.values()], key=lambda price: (price.usd_per_hour, price.provider)))


def cheapest_of(preset: GpuPreset) -> Price | None:
    """The lowest price of a GPU that nobody takes away: spot prices do not count."""
    return next((price for price in prices_of(preset) if price.tier != SPOT), None)


def cache_note() -> str | None:
    """Why the fetched prices are not used, None where they are or where there are none."""
    return _read()[1]


def prices_file() -> Path:
    return cache_dir() / "gpu-prices.json"


def fetch_catalogue(url: str, *, transport: httpx.BaseTransport | None = None) -> bytes:
    """One file, whole: no redirect is followed, time and size are bounded; raises NoPrices."""
    import httpx

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    began, body = time.monotonic(), bytearray()
    try:
        with (
            httpx.Client(timeout=_SECONDS, follow_redirects=False, transport=transport) as http,
            http.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise NoPrices(f"its file answers with status {answer.status_code}")
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise NoPrices(f"its file is larger than {_MOST_BYTES >> 20} MiB")
                if time.monotonic() - began > _SECONDS:
                    raise NoPrices(f"its file did not come within {_SECONDS:.0f} s")
    except (httpx.HTTPError, httpx.InvalidURL, ImportError, ValueError, OSError) as failure:
        raise NoPrices(f"its file cannot be fetched ({type(failure).__name__})") from None
    return bytes(body)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def refresh_prices(*, fetch: Fetch = fetch_catalogue, now: Callable[[], datetime] = _utc_now) -> Refreshed:
    """Fetch what every provider asks now; the earlier prices of one that fails stay.

    Raises EnvironmentFault where the cache cannot be written.
    """
    from concurrent.futures import ThreadPoolExecutor

    presets = [load_gpu_preset(name) for name in gpu_names()]
    prices = {gpu: list(known) for gpu, known in _read()[0].items()}
    day = now().date().isoformat()
    outcomes = []
    with ThreadPoolExecutor(max_workers=len(TIERS)) as pool:
        bodies = {provider: pool.submit(fetch, CATALOGUE.format(provider=provider)) for provider in TIERS}
    for provider, body in bodies.items():
        try:
            found, skipped = read_catalogue(body.result(), provider, presets, day)
        except (NoPrices, OSError) as failure:
            sentence = f"{provider}: {failure}; what was known of it stays"
            outcomes.append(Outcome(provider=provider, prices=0, skipped_rows=0, sentence=sentence))
            continue
        outcomes.append(_outcome(provider, found, skipped))
        for gpu in {*prices, *found}:
            others = [price for price in prices.get(gpu, ()) if price.provider != provider]
            prices[gpu] = [*others, *found.get(gpu, ())]
    written = any(outcome.prices for outcome in outcomes)
    if written:
        _write(Cache(version=1, prices={gpu: tuple(known) for gpu, known in sorted(prices.items()) if known}))
    return Refreshed(file=prices_file(), written=written, outcomes=tuple(outcomes))


def _outcome(provider: str, found: Mapping[str, Sequence[Price]], skipped: int) -> Outcome:
    count = sum(map(len, found.values()))
    sentence = f"{provider}: {many(count, 'price')} of {many(len(found), 'GPU')}"
    if skipped:
        sentence += f"; {many(skipped, 'row')} cannot be read"
    return Outcome(provider=provider, prices=count, skipped_rows=skipped, sentence=sentence)


def _day(date: str) -> str:
    """What can be compared of a date in words: its day or at least its year."""
    found = _DATE.search(date)
    return found[0] if found else ""


def _read() -> tuple[dict[str, tuple[Cached, ...]], str | None]:
    """Fetched prices by GPU, and why they cannot be read."""
    file = prices_file()
    try:
        return msgspec.json.decode(file.read_bytes(), type=Cache).prices, None
    except (FileNotFoundError, NotADirectoryError):
        return {}, None
    except (OSError, ValueError) as failure:  # msgspec's errors are ValueErrors
        return {}, f"the fetched prices in `{file}` are not used: {failure}"


def _write(cache: Cache) -> None:
    """Whole or not at all; raises EnvironmentFault."""
    file = prices_file()
    draft = file.with_name(f".{file.name}-{uuid4().hex}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(cache), indent=2) + b"\n")
        draft.replace(file)
    except OSError as failure:
        raise EnvironmentFault(
            f"the prices cannot be kept in `{file}`: {failure.strerror or failure}",
            hint="set `THRIFTUNE_CACHE` to a folder that can be written",
        ) from failure
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
