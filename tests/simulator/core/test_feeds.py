"""Market feeds: the same seed is the same market; bad files are told apart in one sentence."""

from pathlib import Path

import pytest

from bot.simulator.feeds import CandleFeed, FeedError, SyntheticFeed

HEADER = "timestamp,open,high,low,close,volume\n"
ROW = "1767571200000,100,101,99,100.5,10\n"


def test_bars_follow_from_the_seed_and_the_symbol_alone() -> None:
    alone, together = SyntheticFeed(["ETHUSDT"], 7), SyntheticFeed(["BTCUSDT", "ETHUSDT"], 7)
    together.extend()
    assert alone.bars("ETHUSDT").close == together.bars("ETHUSDT").close[: len(alone.bars("ETHUSDT"))]
    assert SyntheticFeed(["ETHUSDT"], 8).bars("ETHUSDT").close != alone.bars("ETHUSDT").close


def test_synthetic_bars_are_a_market() -> None:
    feed = SyntheticFeed(["BTCUSDT", "FOOUSDT"], 3)
    for symbol in feed.symbols:
        bars, tick = feed.bars(symbol), float(feed.instrument(symbol).tick_size)
        assert sum(at < feed.start_ms for at in bars.start) >= 3000
        for open_, high, low, close in zip(bars.open, bars.high, bars.low, bars.close, strict=True):
            assert 0 < low <= min(open_, close) <= max(open_, close) <= high
            assert abs(close / tick - round(close / tick)) < 1e-6


def test_synthetic_symbols_move_together() -> None:
    feed = SyntheticFeed(["BTCUSDT", "ETHUSDT"], 3)
    moves = [
        [after / before for before, after in zip(bars.close, bars.close[1:], strict=False)]
        for bars in (feed.bars("BTCUSDT"), feed.bars("ETHUSDT"))
    ]
    same_way = sum((a > 1) == (b > 1) for a, b in zip(*moves, strict=True)) / len(moves[0])
    assert 0.6 < same_way < 0.95


def test_a_synthetic_market_can_end() -> None:
    feed = SyntheticFeed(["BTCUSDT"], 1, end_ms=1_767_571_200_000 + 600_000)
    assert not feed.extend()
    assert feed.bars("BTCUSDT").start[-1] == 1_767_571_200_000 + 540_000


def test_candles_are_read_from_csv(tmp_path: Path) -> None:
    (tmp_path / "BTCUSDT_1m.csv").write_text(HEADER + ROW + ROW.replace("1767571200000", "1767571320000"))
    feed = CandleFeed(tmp_path)
    assert feed.symbols == ("BTCUSDT",)
    assert feed.bars("BTCUSDT").close == [100.5, 100.5]
    assert (feed.start_ms, feed.end_ms) == (1_767_571_200_000, 1_767_571_380_000)


def test_recorded_prices_finer_than_the_tick_make_it_finer(tmp_path: Path) -> None:
    (tmp_path / "BTCUSDT_1m.csv").write_text(HEADER + ROW.replace("100.5", "100.55"))
    assert str(CandleFeed(tmp_path).instrument("BTCUSDT").tick_size) == "0.01"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("timestamp,open,high,low,close\n1767571200000,1,1,1,1\n", "column 'volume' is missing"),
        (HEADER + "1767571200000,100,101,inf,100,10\n", "has a low that is no positive number"),
        (HEADER + "1767571200000,100,101,-1,100,10\n", "has a low that is no positive number"),
        (HEADER + "1767571200000,100,99,98,100,10\n", "outside its own low and high"),
        (HEADER + ROW + ROW, "is there twice"),
        (HEADER + "1767571200001,100,101,99,100,10\n", "does not open on a multiple"),
        (HEADER + "soon,100,101,99,100,10\n", "column 'timestamp' holds string"),
        (HEADER, "column"),
        ("", "cannot be read as csv"),
    ],
)
def test_bad_candles_are_told(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "BTCUSDT_1m.csv"
    path.write_text(content)
    with pytest.raises(FeedError, match=complaint) as raised:
        CandleFeed(tmp_path)
    assert str(path) in str(raised.value)


def test_missing_candles_are_told(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="no such folder"):
        CandleFeed(tmp_path / "nowhere")
    with pytest.raises(FeedError, match="no file named like"):
        CandleFeed(tmp_path)
    (tmp_path / "BTCUSDT_1m.csv").write_text(HEADER + ROW)
    with pytest.raises(FeedError, match="no candle file for ETHUSDT"):
        CandleFeed(tmp_path, ["ETHUSDT"])
    with pytest.raises(FeedError, match="no candle in the chosen range"):
        CandleFeed(tmp_path, start_ms=1_900_000_000_000)
    (tmp_path / "BTCUSDT_1m.parquet").write_bytes(b"PAR1 no")
    (tmp_path / "BTCUSDT_1m.csv").unlink()
    with pytest.raises(FeedError, match="cannot be read as parquet"):
        CandleFeed(tmp_path)
