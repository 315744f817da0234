"""Which files make a capture, in which order they are played, and how mistakes in them are told."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.simulator.build import make_exchange
from bot.simulator.errors import SimulatorError
from bot.simulator.feeds.contract import FeedError
from bot.simulator.frames.capture import CaptureFeed
from bot.simulator.settings import SimulatorSettings
from tests.simulator.frames.lines import FIRST_BOOK, START_MS, SYMBOL, book, played, trade, write

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "orderbook_and_trades"


def test_files_of_a_folder_are_played_by_time(tmp_path: Path) -> None:
    write(tmp_path / "linear/book.jsonl", [FIRST_BOOK, book(3000, 2, [], [])])
    write(tmp_path / "linear/trades.jsonl", [trade(1000, "100"), trade(4000, "101")])
    write(tmp_path / "bybit_spot_trades.jsonl", [trade(2000, "99.99")])
    (tmp_path / "notes.txt").write_text("not a capture")
    feed = CaptureFeed(tmp_path, (SYMBOL, f"spot:{SYMBOL}"))
    frames = list(feed.frames())
    assert [sent.frame.ts_ms - START_MS for sent in frames] == [0, 1000, 2000, 3000, 4000]
    assert [sent.category for sent in frames] == ["linear", "linear", "spot", "linear", "linear"]
    assert (feed.start_ms, feed.end_ms) == (START_MS, START_MS + 4000)
    assert str(feed.first_price(f"spot:{SYMBOL}")) == "99.99"
    assert feed.book_topic(f"spot:{SYMBOL}") == ""


def test_answers_and_empty_lines_are_left_out(tmp_path: Path) -> None:
    file = write(
        tmp_path / "f.jsonl", [{"success": True, "op": "subscribe"}, FIRST_BOOK, {"op": "pong", "args": ["1"]}]
    )
    file.write_bytes(file.read_bytes() + b"\n\n")
    assert len(list(CaptureFeed(file, (SYMBOL,)).frames())) == 1


def test_prices_finer_than_the_known_tick_make_it_finer(tmp_path: Path) -> None:
    player = played(tmp_path, trade(1000, "100.125"))
    rules = player.get("market/instruments-info")["list"][0]
    assert rules["priceFilter"]["tickSize"] == "0.001"


def test_start_and_end_cut_the_capture(tmp_path: Path) -> None:
    lines = [FIRST_BOOK, trade(1000, "100"), trade(2000, "100.1"), trade(9000, "100.2")]
    file = write(tmp_path / "f.jsonl", lines)
    times: dict[str, Any] = {"start": START_MS + 1500, "end": START_MS + 5000}
    exchange = make_exchange(SimulatorSettings(feed="capture", folder=str(file), symbols=(SYMBOL,), **times))
    assert exchange.now_ms == START_MS + 1500
    assert str(exchange.last_price(SYMBOL)) == "100.0"
    exchange.advance(START_MS + 20_000)
    assert exchange.finished
    assert str(exchange.last_price(SYMBOL)) == "100.1"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{oops", "f.jsonl:2: not JSON"),
        (b'"text"', "f.jsonl:2: not a V5 frame"),
        (b'{"topic":"publicTrade.BTCUSDT","data":[]}', "f.jsonl:2: not a V5 frame: publicTrade.BTCUSDT has no ts"),
        (b'{"topic":"tickers.BTCUSDT","ts":1}', "f.jsonl:2: not a V5 frame: tickers.BTCUSDT has no data"),
        (
            b'{"topic":"orderbook.50.BTCUSDT","ts":1,"data":{"b":[]}}',
            "f.jsonl:2: not a V5 frame: orderbook.50.BTCUSDT: ",
        ),
        (
            b'{"topic":"orderbook.50.BTCUSDT","ts":1,"data":{"b":[["-1","1"]],"a":[],"u":1}}',
            "f.jsonl:2: not a V5 frame: orderbook.50.BTCUSDT: '-1' is not a price or size",
        ),
        (b'{"topic":"tickers.BTCUSDT","ts":1,"data":{"lastPrice":"1e5"}}', "'1e5' is not a price or size"),
        (b"\xff\xfe", "f.jsonl:2: not JSON"),
        (b'{"topic":"tickers.BTCUSDT","ts":1767571200000000,"data":{}}', "has the ts 1767571200000000"),
    ],
)
def test_a_line_that_is_no_frame_is_named(tmp_path: Path, line: bytes, said: str) -> None:
    file = write(tmp_path / "f.jsonl", [FIRST_BOOK])
    file.write_bytes(file.read_bytes() + line + b"\n")
    with pytest.raises(FeedError) as caught:
        CaptureFeed(file, (SYMBOL,))
    assert said in str(caught.value)
    assert str(file) in str(caught.value)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="nothing: there is no such file or folder of recorded frames"):
        CaptureFeed(tmp_path / "nothing", (SYMBOL,))
    with pytest.raises(FeedError, match="no file of recorded frames"):
        CaptureFeed(tmp_path, (SYMBOL,))
    write(tmp_path / "f.jsonl", [FIRST_BOOK])
    with pytest.raises(FeedError, match="no frame with a price for ETHUSDT"):
        CaptureFeed(tmp_path, (SYMBOL, "ETHUSDT"))
    with pytest.raises(FeedError, match=r"f.jsonl:1: is BTCUSDT linear or spot\? Put the category into the name"):
        CaptureFeed(tmp_path, (SYMBOL, f"spot:{SYMBOL}"))
    with pytest.raises(SimulatorError, match="folder: the capture feed needs a file or folder of recorded frames"):
        SimulatorSettings(feed="capture").check()


def _real(name: str) -> Path:
    file = REAL / name
    if not file.exists():
        pytest.skip(f"the recorded frames of {name} are not on this machine")
    return file


@pytest.mark.parametrize(
    ("name", "market", "depth"),
    [
        ("2024-12-01_XRPUSDT_ob500.data.jsonl", "XRPUSDT", 500),
        ("bybit_spot_BTCUSDT_orderbook50_ws.jsonl", "spot:BTCUSDT", 50),
    ],
)
def test_real_books_are_played_as_they_were(name: str, market: str, depth: int) -> None:
    file = _real(name)
    recorded = [line for line in map(msgspec.json.decode, file.read_bytes().splitlines()) if "topic" in line]
    settings = SimulatorSettings(feed="capture", folder=str(file), symbols=(market,), speed="lockstep")
    exchange = make_exchange(settings)
    category, symbol = ("spot" if market.startswith("spot:") else "linear"), market.removeprefix("spot:")
    topic = f"orderbook.{depth}.{symbol}"
    assert exchange.subscribe(topic, category)
    frames = []
    while pushes := exchange.step():
        frames += [push.frame() for push in pushes]
    assert frames == recorded
    sides: dict[str, dict[str, str]] = {"b": {}, "a": {}}
    for line in recorded:
        for side, levels in sides.items():
            levels.update(line["data"][side])
    snapshot = exchange.snapshot(topic, category)
    assert snapshot is not None
    data = snapshot.frame()["data"]
    for side, levels in sides.items():
        left = [[price, size] for price, size in levels.items() if float(size)]
        assert data[side] == sorted(left, key=lambda level: float(level[0]), reverse=side == "b")
    assert data["u"] == recorded[-1]["data"]["u"]


def test_a_real_book_is_traded_on() -> None:
    file = _real("2024-12-01_XRPUSDT_ob500.data.jsonl")
    exchange = make_exchange(SimulatorSettings(feed="capture", folder=str(file), symbols=("XRPUSDT",)))
    exchange.advance(exchange.now_ms)
    order = {"category": "linear", "symbol": "XRPUSDT", "side": "Sell", "orderType": "Market", "qty": "9000"}
    envelope, pushes = exchange.request("main", "POST", "/v5/order/create", order, exchange.now_ms)
    assert envelope["retCode"] == 0
    rows = [row for push in pushes if push.topic == "execution" for row in push.frame()["data"]]
    assert [(row["execPrice"], row["execQty"]) for row in rows] == [
        ("1.9531", "6203"),
        ("1.953", "2409"),
        ("1.9529", "388"),
    ]


@pytest.mark.parametrize("name", ["gocryptotrader_bybit_frames.json", "tardis_bybit_frames.json"])
def test_real_frames_of_every_kind_are_read(name: str, tmp_path: Path) -> None:
    found = msgspec.json.decode(_real(name).read_bytes())
    listed = [frame for value in found.values() for frame in (value if isinstance(value, list) else [value])]
    v5 = [frame for frame in listed if "topic" in frame and isinstance(frame.get("ts"), int)]
    known = ("orderbook.", "publicTrade.", "tickers.", "kline.")
    wanted = [frame for frame in v5 if frame["topic"].startswith(known) and frame["topic"].endswith("BTCUSDT")]
    assert len(wanted) >= 3
    feed = CaptureFeed(write(tmp_path / "frames.jsonl", wanted), ("BTCUSDT",))
    assert len(list(feed.frames())) == len(wanted)
