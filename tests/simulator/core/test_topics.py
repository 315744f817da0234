"""Public topics of all categories besides candles and books."""

from decimal import Decimal
from typing import Any

from bot.simulator.push import Push
from tests.simulator.core.support import MINUTE_MS, START_MS, ListedFeed, Session, synthetic

STILL = (100.0, 100.0, 100.0, 100.0)


def _session(*markets: str) -> Session:
    session = synthetic(*(markets or ("BTCUSDT", "BTCUSD", "spot:BTCUSDT")))
    session.exchange.detail = True
    return session


def _frames(pushes: list[Push], topic: str, category: str = "linear") -> list[dict[str, Any]]:
    return [push.frame() for push in pushes if push.topic == topic and push.category == category]


def _first(session: Session, topic: str, category: str = "linear") -> dict[str, Any]:
    assert session.exchange.subscribe(topic, category)
    push = session.exchange.snapshot(topic, category)
    assert push is not None
    assert push.category == category
    return push.frame()


def test_a_pair_and_a_contract_of_one_symbol_have_topics_of_their_own() -> None:
    session = _session()
    linear, spot = (_first(session, "orderbook.50.BTCUSDT", category) for category in ("linear", "spot"))
    assert linear["data"]["a"] != spot["data"]["a"]
    session.exchange.unsubscribe("orderbook.50.BTCUSDT", "spot")
    categories = {push.category for push in session.play(0.2)}
    assert categories == {"linear"}
    assert not session.exchange.subscribe("orderbook.50.BTCUSDT", "inverse")
    assert not session.exchange.subscribe("orderbook.50.BTCUSDT", "option")
    assert not session.exchange.subscribe("allLiquidation.BTCUSDT", "spot")


def test_the_ticker_of_a_pair_is_always_whole() -> None:
    session = _session()
    first = _first(session, "tickers.BTCUSDT", "spot")
    fields = {
        "symbol", "lastPrice", "highPrice24h", "lowPrice24h", "prevPrice24h", "volume24h", "turnover24h",
        "price24hPcnt", "usdIndexPrice",
    }  # fmt: skip
    assert set(first["data"]) == fields
    frames = _frames(session.play(0.5), "tickers.BTCUSDT", "spot")
    assert len(frames) > 10
    assert all((frame["type"], set(frame["data"])) == ("snapshot", fields) for frame in frames)


def test_the_ticker_of_a_contract_tells_changes_only() -> None:
    session = _session()
    ticker = dict(_first(session, "tickers.BTCUSD", "inverse")["data"])
    assert ticker["nextFundingTime"] == str(START_MS + 8 * 60 * MINUTE_MS)
    for frame in _frames(session.play(0.5), "tickers.BTCUSD", "inverse"):
        assert frame["type"] == "delta"
        changed = {name: value for name, value in frame["data"].items() if name != "symbol"}
        assert changed
        assert all(ticker[name] != value for name, value in changed.items())
        ticker |= changed
    rest = session.get("market/tickers", category="inverse", symbol="BTCUSD")["list"][0]
    assert {name: value for name, value in ticker.items() if name != "tickDirection"}.items() <= rest.items()
    assert float(rest["openInterestValue"]) < float(rest["openInterest"])


def test_pushed_trades_are_those_that_queries_find() -> None:
    session = _session("BTCUSDT", "spot:BTCUSDT")
    for category in ("linear", "spot"):
        session.exchange.subscribe("publicTrade.BTCUSDT", category)
    pushes = session.play(3.2)
    for category, limit in (("linear", 300), ("spot", 60)):
        rows = [row for frame in _frames(pushes, "publicTrade.BTCUSDT", category) for row in frame["data"]]
        assert [row["T"] for row in rows] == sorted(row["T"] for row in rows)
        assert len(rows) / len(_frames(pushes, "publicTrade.BTCUSDT", category)) > 2
        assert {row["S"] for row in rows} == {"Buy", "Sell"}
        assert all(("L" in row) == (category == "linear") for row in rows)
        asked = {"category": category, "symbol": "BTCUSDT", "limit": str(limit)}
        listed = session.get("market/recent-trade", **asked)["list"]
        assert [row["execId"] for row in listed[::-1]] == [row["i"] for row in rows][-limit:]
        assert [row["price"] for row in listed[::-1]] == [row["p"] for row in rows][-limit:]


def test_trades_add_up_to_about_the_volume_of_the_bar() -> None:
    session = _session("BTCUSDT")
    session.exchange.subscribe("publicTrade.BTCUSDT")
    rows = [row for frame in _frames(session.play(60), "publicTrade.BTCUSDT") for row in frame["data"]]
    bars = session.get("market/kline", category="linear", symbol="BTCUSDT", interval="60", start=str(START_MS))["list"]
    assert 0.9 < sum(float(row["v"]) for row in rows) / float(bars[-1][5]) < 1.1


def test_trades_of_accounts_are_printed_too() -> None:
    session = Session(ListedFeed({"BTCUSDT": [STILL] * 3}, volume=0.0))
    session.exchange.detail = True
    session.exchange.subscribe("publicTrade.BTCUSDT")
    session.play(0.1)
    session.exchange._state.markets["BTCUSDT"].tape.traded("t-1", "Buy", Decimal("0.5"), Decimal("100.1"))
    rows = [row for frame in _frames(session.play(1), "publicTrade.BTCUSDT") for row in frame["data"]]
    listed = session.get("market/recent-trade", category="linear", symbol="BTCUSDT")["list"]
    assert [(row["i"], row["S"], row["v"], row["p"]) for row in rows] == [("t-1", "Buy", "0.5", "100.1")]
    assert [row["execId"] for row in listed] == ["t-1"]


def test_liquidations_are_told_in_batches() -> None:
    session = _session()
    assert session.exchange.subscribe("allLiquidation.BTCUSDT")
    assert session.exchange.snapshot("allLiquidation.BTCUSDT") is None
    tape = session.exchange._state.markets["BTCUSDT"].tape
    session.play(0.1)
    tape.liquidated("Buy", Decimal("0.5"), Decimal("81000.5"))
    tape.liquidated("Sell", Decimal(2), Decimal(99000))
    frames = _frames(session.play(0.5), "allLiquidation.BTCUSDT")
    assert len(frames) == 1
    rows = [(row["s"], row["S"], row["v"], row["p"]) for row in frames[0]["data"]]
    assert rows == [("BTCUSDT", "Buy", "0.5", "81000.5"), ("BTCUSDT", "Sell", "2", "99000")]
    assert {row["T"] for row in frames[0]["data"]} == {START_MS + 6000}


def test_price_limits_are_told_when_they_move() -> None:
    session = _session()
    data = _first(session, "priceLimit.BTCUSDT")
    assert set(data) == {"topic", "data", "ts"}
    assert set(data["data"]) == {"symbol", "buyLmt", "sellLmt"}
    frames = _frames(session.play(1), "priceLimit.BTCUSDT")
    assert len(frames) > 30
    asked = session.get("market/price-limit", category="linear", symbol="BTCUSDT")
    assert {**frames[-1]["data"], "ts": asked["ts"]} == asked


def test_the_insurance_fund_is_told_by_coin() -> None:
    session = _session()
    first = _first(session, "insurance.USDT")
    assert [(row["coin"], row["symbols"]) for row in first["data"]] == [("USDT", "BTCUSDT")]
    assert _first(session, "insurance.inverse", "inverse")["data"][0]["coin"] == "BTC"
    assert not session.exchange.subscribe("insurance.inverse", "linear")
    assert not session.exchange.subscribe("insurance.DOGE", "linear")
    assert _frames(session.play(0.2), "insurance.USDT") == []
    session.exchange._state.ledger.house.insurance["USDT"] -= Decimal("0.25")
    frames = _frames(session.play(0.2), "insurance.USDT")
    assert [frame["type"] for frame in frames] == ["delta"]
    assert Decimal(first["data"][0]["balance"]) - Decimal(frames[0]["data"][0]["balance"]) == Decimal("0.25")


def test_deleveraging_alerts_come_every_second() -> None:
    session = _session("BTCUSDT", "ETHUSDT")
    first = _first(session, "adlAlert.USDT")
    assert [row["s"] for row in first["data"]] == ["BTCUSDT", "ETHUSDT"]
    assert set(first["data"][0]) == {"c", "s", "b", "mb", "i_pr", "pr", "adl_tt", "adl_sr"}
    times = [frame["ts"] for frame in _frames(session.play(0.5), "adlAlert.USDT")]
    assert len(times) == 30
    row = session.get("market/adlAlert", symbol="ETHUSDT")["list"][0]
    assert Decimal(row["balance"]) == session.exchange.insurance("USDT")


def test_after_a_long_pause_only_the_last_minutes_of_trades_are_told() -> None:
    session = _session("BTCUSDT")
    session.exchange.subscribe("publicTrade.BTCUSDT")
    session.exchange.detail = False
    session.play(3 * 1440)
    session.exchange.detail = True
    first = _frames(session.play(1), "publicTrade.BTCUSDT")[0]
    assert 0 < first["ts"] - first["data"][0]["T"] <= 5 * MINUTE_MS
