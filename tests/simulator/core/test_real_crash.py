"""The flash crash of 2025-10-10, 21:20 UTC, from recorded candles, mark prices and funding rates."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.simulator.feeds.candles import CandleFeed
from tests.simulator.core.traders import Traders

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "bybit_linear_5m_20250924_20260430"
ADA = {"category": "linear", "symbol": "ADAUSDT"}
D = Decimal

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recorded candles of 2025-10-10 are not here")


def utc_ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def before_the_crash(stop_loss: str | None = None) -> tuple[Traders, Decimal]:
    """A 10x long of ADA that 900 of 1,000 USDT stand for, ten minutes before; and its entry price."""
    feed = CandleFeed(FOLDER, ("ADAUSDT",), utc_ms("2025-10-10T21:10:00"), utc_ms("2025-10-11T02:00:00"))
    traders = Traders(feed, balance="1000")
    attached = {} if stop_loss is None else {"stopLoss": stop_loss}
    traders.order("a", "Buy", "12000", symbol="ADAUSDT", **attached)
    return traders, D(traders.position("a", "ADAUSDT")["avgPrice"])


def test_a_long_at_ten_times_is_liquidated() -> None:
    traders, entry = before_the_crash()
    liquidation = D(traders.position("a", "ADAUSDT")["liqPrice"])
    assert entry * D("0.85") < liquidation < entry
    traders.play(240)
    taken = [row for row in traders.rows("execution", "a") if row["execType"] == "BustTrade"]
    assert sum(D(row["execQty"]) for row in taken) == 12_000
    assert D(taken[0]["markPrice"]) <= liquidation
    assert utc_ms("2025-10-10T21:10:00") < int(taken[0]["execTime"]) < utc_ms("2025-10-10T21:25:00")
    assert traders.position("a", "ADAUSDT")["size"] == "0"
    assert 0 <= traders.wallet("a") < 60
    traders.check_ledger()


def test_a_stop_is_filled_where_the_market_was_not_where_it_was_set() -> None:
    entry = before_the_crash()[1]
    stop = (entry * D("0.97")).quantize(D("0.0001"))
    traders, _ = before_the_crash(str(stop))
    traders.play(240)
    closed = [row for row in traders.rows("execution", "a") if row["side"] == "Sell"]
    assert {row["stopOrderType"] for row in closed} == {"StopLoss"}
    assert sum(D(row["execQty"]) for row in closed) == 12_000
    value = sum(D(row["execPrice"]) * D(row["execQty"]) for row in closed)
    assert value / 12_000 < stop
    assert traders.wallet("a") > 300
    traders.check_ledger()


def test_recorded_funding_is_charged_at_its_times() -> None:
    feed = CandleFeed(FOLDER, ("ADAUSDT",), utc_ms("2025-10-01T00:00:00"), utc_ms("2025-10-02T00:05:00"))
    traders = Traders(feed, balance="10000")
    traders.order("a", "Buy", "1000", symbol="ADAUSDT")
    traders.order("b", "Sell", "1000", symbol="ADAUSDT")
    traders.play(24 * 60 + 1)
    paid = [row for row in traders.rows("execution", "a") if row["execType"] == "Funding"]
    got = [row for row in traders.rows("execution", "b") if row["execType"] == "Funding"]
    assert [row["execTime"] for row in paid] == [
        str(utc_ms(f"2025-10-0{day}T{hour}:00:00")) for day, hour in ((1, "08"), (1, "16"), (2, "00"))
    ]
    for ours, theirs in zip(paid, got, strict=True):
        expected = D(ours["execQty"]) * D(ours["markPrice"]) * D(ours["feeRate"])
        assert D(ours["execFee"]) == -D(theirs["execFee"]) == expected.quantize(D("1e-8"))
    assert any(D(row["feeRate"]) != D("0.0001") for row in paid)
    traders.check_ledger()
