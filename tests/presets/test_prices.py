"""Live prices: what is kept of a catalogue, what a network that fails or lies leaves, and which price is used."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.errors import EnvironmentFault
from wrapper.presets.catalogue import CATALOGUE, TIERS, NoPrices, read_catalogue
from wrapper.presets.gpu import Price, gpu_names, load_gpu_preset
from wrapper.presets.prices import (
    Refreshed,
    cache_note,
    cheapest_of,
    fetch_catalogue,
    prices_file,
    prices_of,
    refresh_prices,
)

HEADER = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,GpuInfo,SpotPrice\n"
# Rows as the files of 2026 have them, shortened.
RUNPOD = """\
InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Region,SpotPrice,Price,AvailabilityZone,GpuInfo
1x_RTX4090_SECURE,RTX4090,1.0,8.0,41.0,US,0.69,0.69,US-TX-1,"{'TotalGpuMemoryInMiB': 24}"
5x_RTX4090_SECURE,RTX4090,5.0,40.0,205.0,RO,3.3,3.3,EU-RO-1,"{'TotalGpuMemoryInMiB': 120}"
1x_H100_SECURE,H100,1.0,8.0,117.0,CA,2.39,2.39,CA-MTL-1,"{'TotalGpuMemoryInMiB': 80}"
1x_MI300X_SECURE,MI300X,1.0,8.0,117.0,RO,2.0,2.0,EU-RO-1,"{'TotalGpuMemoryInMiB': 192}"
"""
LAMBDA = """\
InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,GpuInfo,SpotPrice
cpu_4x_general,,,4.0,16.0,0.2,us-east-1,,
gpu_1x_h100_pcie,H100,1.0,26.0,200.0,3.29,us-east-1,"{'TotalGpuMemoryInMiB': 81920}",
gpu_1x_h100_sxm5,H100,1.0,26.0,200.0,4.29,us-east-1,"{'TotalGpuMemoryInMiB': 81920}",
gpu_8x_h100_sxm5,H100,8.0,208.0,1800.0,31.92,us-east-1,"{'TotalGpuMemoryInMiB': 81920}",
"""
VAST = """\
InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region
1x-A100_SXM4-32-65536,A100,1,32,64.0,"{'TotalGpuMemoryInMiB': 40960}",0.70,0.00,"Georgia, US, NA"
2x-A100_SXM4-32-65536,A100,2,32,64.0,"{'TotalGpuMemoryInMiB': 81920}",1.30,0.00,"Slovenia, SI, EU"
1x-A100_PCIE-32-65536,A100,1,32,64.0,"{'TotalGpuMemoryInMiB': 81920}",0.87,0.00,"Oklahoma, US, NA"
1x-RTX_4090-32-65536,RTX4090,1,32,64.0,"{'TotalGpuMemoryInMiB': 49140}",0.10,0.00,"Hong Kong, HK, AS"
1x-RTX_4090-32-65536,RTX4090,1,32,64.0,"{'TotalGpuMemoryInMiB': 24564}",0.42,0.00,", US, NA"
1x-H100_NVL-32-65536,H100,1,32,64.0,"{'TotalGpuMemoryInMiB': 95830}",2.08,0.00,"Bulgaria, BG, EU"
"""
AWS = """\
InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone,Arch
a1.2xlarge,,,8.0,16.0,,0.2568,0.256800,ap-northeast-1,apne1-az2,arm64
g6f.large,L4,0.125,2.0,8.0,"{'TotalGpuMemoryInMiB': 2861}",0.202,0.05,us-east-1,use1-az1,x86_64
g6.xlarge,L4,1.0,4.0,16.0,"{'TotalGpuMemoryInMiB': 22888}",0.8048,0.401100,us-east-1,use1-az1,x86_64
g6.xlarge,L4,1.0,4.0,16.0,"{'TotalGpuMemoryInMiB': 22888}",0.848,0.0913,eu-south-2,eus2-az3,x86_64
g5.xlarge,A10G,1.0,4.0,16.0,"{'TotalGpuMemoryInMiB': 22888}",1.006,,us-east-1,use1-az1,x86_64
"""
GCP = """\
InstanceType,vCPUs,MemoryGiB,AcceleratorName,AcceleratorCount,GpuInfo,Region,AvailabilityZone,Price,SpotPrice
a2-ultragpu-1g,12.0,170.0,,,,us-central1,us-central1-a,1.09962,0.54978
a2-ultragpu-1g,12.0,170.0,,,,us-east4,us-east4-c,1.23833,0.49613
,,,A100-80GB,1,{'Gpus': [{'MemoryInfo': {'SizeInMiB': 81920}}]},us-central1,us-central1-a,4.0,1.964
,,,A100-80GB,1,{'Gpus': [{'MemoryInfo': {'SizeInMiB': 81920}}]},us-east4,us-east4-c,4.0,1.7697
,,,A100-80GB,1,{'Gpus': [{'MemoryInfo': {'SizeInMiB': 81920}}]},nowhere,nowhere-a,0.5,0.1
,,,A100-80GB,8,{'Gpus': [{'MemoryInfo': {'SizeInMiB': 81920}}]},us-central1,us-central1-a,8.0,2.0
,,,tpu-v6e-1,1,tpu-v6e-1,us-central2,us-central2-b,700.0,700.0
"""
NEBIUS = HEADER + (
    "gpu-h100-sxm_8gpu-128vcpu-1600gb,H100,8,128,1600,23.60,eu-north1,\"{'TotalGpuMemoryInMiB': 655360}\",10.00\n"
)
WHOLE = {"runpod": RUNPOD, "lambda": LAMBDA, "vast": VAST, "aws": AWS, "gcp": GCP, "nebius": NEBIUS}
TODAY = datetime(2026, 11, 25, 15, tzinfo=UTC)

Kept = dict[tuple[str, str, str], tuple[float, str, str]]


def refresh(files: dict[str, str | bytes | Exception], now: datetime = TODAY) -> Refreshed:
    """A refresh that finds these files, and nothing of the other providers."""

    def fetch(url: str) -> bytes:
        provider = next(provider for provider in TIERS if url == CATALOGUE.format(provider=provider))
        answer = files.get(provider, NoPrices("its file cannot be fetched (ConnectError)"))
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, bytes) else answer.encode()

    return refresh_prices(fetch=fetch, now=lambda: now)


def kept(provider: str, text: str) -> Kept:
    found, _ = read_catalogue(text.encode(), provider, [load_gpu_preset(name) for name in gpu_names()], "2026-11-25")
    return {
        (gpu, price.provider, price.tier): (price.usd_per_hour, price.source.rpartition(" ")[2], price.region)
        for gpu, prices in found.items()
        for price in prices
    }


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        (
            "runpod",
            {
                ("rtx-4090", "runpod", "secure"): (0.66, "5x_RTX4090_SECURE", "RO"),
                ("h100-pcie", "runpod", "secure"): (2.39, "1x_H100_SECURE", "CA"),
            },
        ),
        (
            "lambda",
            {
                ("h100-pcie", "lambda", "on-demand"): (3.29, "gpu_1x_h100_pcie", "us-east-1"),
                ("h100-sxm", "lambda", "on-demand"): (3.99, "gpu_8x_h100_sxm5", "us-east-1"),
            },
        ),
        (
            "vast",
            {
                ("a100-40gb", "vast", "marketplace"): (0.65, "2x-A100_SXM4-32-65536", "Slovenia, SI, EU"),
                ("a100-80gb", "vast", "marketplace"): (0.87, "1x-A100_PCIE-32-65536", "Oklahoma, US, NA"),
                ("rtx-4090", "vast", "marketplace"): (0.42, "1x-RTX_4090-32-65536", "US, NA"),
                ("h100-nvl", "vast", "marketplace"): (2.08, "1x-H100_NVL-32-65536", "Bulgaria, BG, EU"),
            },
        ),
        (
            "aws",
            {
                ("l4", "aws", "on-demand"): (0.8048, "g6.xlarge", "us-east-1"),
                ("l4", "aws", "spot"): (0.0913, "g6.xlarge", "eu-south-2"),
                ("a10g", "aws", "on-demand"): (1.006, "g5.xlarge", "us-east-1"),
            },
        ),
        (
            "gcp",
            {
                ("a100-80gb", "gcp", "on-demand"): (5.0996, "a2-ultragpu-1g", "us-central1"),
                ("a100-80gb", "gcp", "spot"): (2.2658, "a2-ultragpu-1g", "us-east4"),
            },
        ),
        (
            "nebius",
            {
                ("h100-sxm", "nebius", "on-demand"): (2.95, "gpu-h100-sxm_8gpu-128vcpu-1600gb", "eu-north1"),
                ("h100-sxm", "nebius", "spot"): (1.25, "gpu-h100-sxm_8gpu-128vcpu-1600gb", "eu-north1"),
            },
        ),
    ],
)
def test_the_cheapest_of_every_gpu_is_kept_for_one_gpu(provider, expected):
    assert kept(provider, WHOLE[provider]) == expected


def test_a_refresh_says_what_every_provider_gave():
    done = refresh(WHOLE)
    assert done.written
    assert done.file == prices_file()
    assert [outcome.sentence for outcome in done.outcomes] == [
        "aws: 3 prices of 2 GPUs",
        "gcp: 2 prices of 1 GPU",
        "lambda: 2 prices of 2 GPUs",
        "nebius: 2 prices of 1 GPU",
        "runpod: 2 prices of 2 GPUs",
        "vast: 4 prices of 4 GPUs",
    ]
    assert [file.name for file in done.file.parent.iterdir()] == [done.file.name]


def test_fetched_prices_replace_those_of_their_provider_and_tier_and_say_their_day():
    preset = load_gpu_preset("rtx-4090")
    assert [(price.provider, price.usd_per_hour) for price in prices_of(preset)] == [("vast", 0.4), ("runpod", 0.74)]
    refresh(WHOLE)
    vast, runpod = prices_of(preset)
    assert (vast.usd_per_hour, runpod.usd_per_hour) == (0.42, 0.66)
    assert runpod.date == "2026-11-25"
    assert runpod.source == f"{CATALOGUE.format(provider='runpod')} 5x_RTX4090_SECURE"
    assert preset.cheapest_usd_per_hour == 0.42
    assert preset.prices == load_gpu_preset("rtx-4090").prices


def test_what_was_not_fetched_stays_as_it_was_shipped():
    refresh({"runpod": RUNPOD})
    sources = {price.provider: price.source for price in prices_of(load_gpu_preset("rtx-4090"))}
    assert sources["runpod"].startswith("https://")
    assert sources["vast"].startswith("skypilot-catalog ")


def test_a_gpu_without_a_shipped_price_gets_one():
    t4 = "g4dn.xlarge,T4,1.0,4.0,16.0,0.526,us-east-1,\"{'TotalGpuMemoryInMiB': 16384}\",0.2\n"
    refresh({"aws": HEADER + t4})
    assert load_gpu_preset("t4").cheapest_usd_per_hour == 0.526


def test_spot_prices_are_shown_but_nothing_is_counted_with_them():
    refresh(WHOLE)
    preset = load_gpu_preset("l4")
    assert prices_of(preset)[0].tier == "spot"
    assert preset.cheapest_usd_per_hour == 0.49
    cheapest = cheapest_of(preset)
    assert cheapest is not None
    assert (cheapest.provider, cheapest.tier) == ("runpod", "secure")


@pytest.mark.parametrize(
    ("date", "used"),
    [
        ("unknown, catalogue of 2026", "fetched"),
        ("2026-11-24", "fetched"),
        ("2026-11-25", "fetched"),
        ("2026-11-26", "shipped"),
        ("unknown, catalogue of 2027", "shipped"),
        ("unknown", "fetched"),
    ],
)
def test_the_newer_price_is_used(date, used):
    refresh(WHOLE)
    shipped = Price(provider="runpod", tier="secure", usd_per_hour=9.0, source="shipped", date=date)
    preset = msgspec.structs.replace(load_gpu_preset("rtx-4090"), prices=(shipped,))
    runpod = [price.usd_per_hour for price in prices_of(preset) if price.provider == "runpod"]
    assert runpod == [9.0 if used == "shipped" else 0.66]


LIES = {
    "dead": (NoPrices("its file cannot be fetched (ConnectError)"), "its file cannot be fetched (ConnectError)"),
    "timeout": (TimeoutError("timed out"), "timed out"),
    "empty": (b"", "its file has no column `InstanceType`"),
    "page": (b"<!DOCTYPE html><html><body>Not found</body></html>", "its file has no column `InstanceType`"),
    "columns": (RUNPOD.replace("Price,", "Cost,"), "its file has no column `Price`"),
    "bytes": (RUNPOD.encode() + b"\xff\xfe", "its file is no CSV"),
    "cut": (RUNPOD[:-30], "its file is no CSV"),
    "no rows": (HEADER, "its file has no price of a GPU that is known, and 0 rows that cannot be read"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_network_that_fails_or_lies_leaves_everything_as_it_was(lie):
    refresh(WHOLE)
    before = prices_file().read_bytes()
    answer, reason = LIES[lie]
    done = refresh(dict.fromkeys(TIERS, answer), now=TODAY.replace(year=2027))
    assert not done.written
    assert [outcome.sentence for outcome in done.outcomes] == [
        f"{provider}: {reason}; what was known of it stays" for provider in TIERS
    ]
    assert prices_file().read_bytes() == before


def test_a_network_that_fails_at_first_leaves_nothing():
    assert not refresh({}).written
    assert not prices_file().exists()
    assert cache_note() is None


@pytest.mark.parametrize("price", ["-1", "nan", "inf", "1000.01", "1e9", "0.001", "1_0", "free", "0", ""])
def test_an_absurd_price_is_no_price(price):
    row = "1x_RTX4090_SECURE,RTX4090,1.0,8,41,{},US,\"{{'TotalGpuMemoryInMiB': 24}}\",{}\n"
    text = HEADER + row.format(price, "") + row.format("0.7", "")
    assert kept("runpod", text) == {("rtx-4090", "runpod", "secure"): (0.7, "1x_RTX4090_SECURE", "US")}


@pytest.mark.parametrize(
    "row",
    [
        "1x_RTX4090_SECURE,RTX4090,1.0,8,41,-1,US,x,",
        "1x_RTX4090_SECURE,RTX4090,1.0,8,41,nan,US,x,",
        "1x_RTX4090_SECURE,RTX4090,1.0,8,41,2000,US,x,",
        "1x_RTX4090_SECURE,RTX4090,0,8,41,0.1,US,x,",
        "1x_RTX4090_SECURE,RTX4090,1000000,8,41,0.1,US,x,",
        "1x_RTX4090_SECURE,RTX4090,,8,41,0.1,US,x,",
        "1x_RTX4090_SECURE,RTX4090,1.0,8,41,0.1,\x1b[31mUS,x,",
        "1x_RTX4090_SECURE,RTX4090,1.0,8,41,0.1",
        "1x_RTX4090_SECURE,RTX4090,1.0,8,41,0.1,US,x,,more",
    ],
)
def test_a_bad_row_is_skipped_and_counted(row):
    done = refresh({"runpod": f"{HEADER}{row}\n1x_RTX4090_SECURE,RTX4090,1.0,8,41,0.7,US,x,\n"})
    outcome = next(outcome for outcome in done.outcomes if outcome.provider == "runpod")
    assert outcome.sentence == "runpod: 1 price of 1 GPU; 1 row cannot be read"
    assert (outcome.prices, outcome.skipped_rows) == (1, 1)
    assert prices_of(load_gpu_preset("rtx-4090"))[-1].usd_per_hour == 0.7


def test_a_row_that_two_gpus_may_be_counts_once():
    text = VAST.replace("{'TotalGpuMemoryInMiB': 40960}", "{}")
    _, skipped = read_catalogue(text.encode(), "vast", [load_gpu_preset(name) for name in gpu_names()], "2026-11-25")
    assert skipped == 1


def test_the_provider_that_fails_keeps_its_earlier_prices():
    refresh(WHOLE)
    later = refresh({"runpod": RUNPOD.replace("3.3,3.3", "3.0,3.0")}, now=TODAY.replace(day=26))
    assert later.written
    dates = {price.provider: (price.usd_per_hour, price.date) for price in prices_of(load_gpu_preset("rtx-4090"))}
    assert dates == {"runpod": (0.6, "2026-11-26"), "vast": (0.42, "2026-11-25")}


def test_what_a_provider_no_longer_offers_is_forgotten():
    refresh(WHOLE)
    refresh({"aws": "\n".join(line for line in AWS.splitlines() if "A10G" not in line)})
    (shipped,) = prices_of(load_gpu_preset("a10g"))
    assert shipped.date == "2026-06-17"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"version": 2, "prices": {}}',
        '{"version": 1, "prices": {"l4": [{"provider": "x", "tier": "y", "usd_per_hour": -1, "source": "s", '
        '"date": "2026-11-25"}]}}',
        '{"version": 1, "prices": {"l4": [{"provider": "x", "tier": "y", "usd_per_hour": 0.1, "source": "s", '
        '"date": "today"}]}}',
        "\x00",
    ],
)
def test_a_broken_cache_is_not_used_and_says_so(text):
    prices_file().parent.mkdir(parents=True)
    prices_file().write_text(text, encoding="utf-8")
    assert load_gpu_preset("l4").cheapest_usd_per_hour == 0.49
    note = cache_note()
    assert note is not None
    assert note.startswith(f"the fetched prices in `{prices_file()}` are not used: ")
    refresh(WHOLE)
    assert cache_note() is None


def test_a_cache_that_is_a_folder_is_not_used():
    prices_file().mkdir(parents=True)
    assert load_gpu_preset("l4").cheapest_usd_per_hour == 0.49
    assert cache_note() is not None


def test_a_cache_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    monkeypatch.setenv("THRIFTUNE_CACHE", str(tmp_path / "file"))
    with pytest.raises(EnvironmentFault, match="the prices cannot be kept"):
        refresh(WHOLE)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_a_file_is_replaced_whole_or_not_at_all(monkeypatch):
    refresh(WHOLE)
    before = prices_file().read_bytes()

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(EnvironmentFault, match="No space left on device"):
        refresh({"runpod": RUNPOD}, now=TODAY.replace(year=2027))
    assert prices_file().read_bytes() == before
    assert list(prices_file().parent.iterdir()) == [prices_file()]


@given(st.binary() | st.text().map(lambda text: (HEADER + text).encode()))
def test_no_file_does_more_than_give_prices_or_none(body):
    try:
        found, _ = read_catalogue(body, "runpod", [load_gpu_preset("rtx-4090")], "2026-11-25")
    except NoPrices:
        return
    assert all(0.01 <= price.usd_per_hour <= 1000 for prices in found.values() for price in prices)


field = st.sampled_from(["", "RTX4090", "1", "0.5", "8.0", "-1", "nan", "0.69", "1e3", "1e400", "999", "x", "\x1b[0m"])


@given(st.lists(st.lists(field, min_size=9, max_size=9).map(",".join), max_size=5))
def test_no_row_gives_a_price_that_cannot_be_one(rows):
    body = (HEADER + "\n".join(rows)).encode()
    try:
        found, _ = read_catalogue(body, "runpod", [load_gpu_preset("rtx-4090")], "2026-11-25")
    except NoPrices:
        return
    assert all(0.01 <= price.usd_per_hour <= 1000 for prices in found.values() for price in prices)


URL = CATALOGUE.format(provider="runpod")


def served(answer: httpx.Response | Exception) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx.MockTransport(handle), asked


def test_a_file_is_fetched_whole():
    transport, asked = served(httpx.Response(200, text=RUNPOD))
    assert fetch_catalogue(URL, transport=transport) == RUNPOD.encode()
    assert [(request.method, str(request.url)) for request in asked] == [("GET", URL)]
    assert asked[0].extensions["timeout"] == {"connect": 10.0, "read": 10.0, "write": 10.0, "pool": 10.0}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(500), "its file answers with status 500"),
        (httpx.Response(404, text=RUNPOD), "its file answers with status 404"),
        (httpx.Response(302, headers={"Location": "https://elsewhere.example/vms.csv"}), "answers with status 302"),
        (httpx.Response(200, content=b"x" * (20 * 1024 * 1024 + 1)), "its file is larger than 20 MiB"),
        (httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip")), "DecodingErr"),
        (httpx.ConnectError("no route"), r"its file cannot be fetched \(ConnectError\)"),
        (httpx.ReadTimeout("slow"), r"its file cannot be fetched \(ReadTimeout\)"),
        (httpx.RemoteProtocolError("cut"), r"its file cannot be fetched \(RemoteProtocolError\)"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_does_not_come_whole_is_refused(answer, reason):
    transport, asked = served(answer)
    with pytest.raises(NoPrices, match=reason):
        fetch_catalogue(URL, transport=transport)
    assert len(asked) == 1


def test_a_file_that_trickles_is_given_up(monkeypatch):
    ticks = iter([0.0, 5.0, 11.0])
    monkeypatch.setattr("wrapper.presets.prices.time", SimpleNamespace(monotonic=lambda: next(ticks)))

    class Trickle(httpx.SyncByteStream):
        def __iter__(self):
            while True:
                yield b"a"

    transport, _ = served(httpx.Response(200, stream=Trickle()))
    with pytest.raises(NoPrices, match="did not come within 10 s"):
        fetch_catalogue(URL, transport=transport)
