"""How long the exchange remembers, and what it lets go of so that a long run does not fill the memory."""

from decimal import Decimal
from typing import Any

from bot.simulator.trading.account import Account
from tests.simulator.core.floor import FLAT, floor
from tests.simulator.core.support import MINUTE_MS, START_MS, Session, synthetic

DAY_MIN = 24 * 60
HOUR_MS = 60 * MINUTE_MS
ORDER: dict[str, Any] = {"category": "linear", "symbol": "BTCUSDT"}


def _account(session: Session) -> Account:
    """No endpoint tells what is kept beyond what is found."""
    return session.exchange._state.accounts["main"]


def _cancelled(session: Session, link_id: str) -> None:
    session.order("Buy", "0.01", "80000", orderLinkId=link_id)
    session.post("order/cancel", **ORDER, orderLinkId=link_id)


def test_orders_that_never_traded_are_forgotten_after_a_day() -> None:
    session = synthetic("BTCUSDT")
    session.order("Buy", "0.01", orderLinkId="filled")
    resting = session.order("Buy", "0.01", "70000", orderLinkId="resting")
    _cancelled(session, "first")
    session.play(DAY_MIN)
    _cancelled(session, "second")
    assert len(_account(session).orders) == 4
    session.play(1)
    _cancelled(session, "third")
    assert set(_account(session).by_link_id) == {"filled", "resting", "second", "third"}
    assert len(_account(session).orders) == 4
    assert session.state_of(resting)["orderStatus"] == "New"
    assert session.get("order/realtime", category="linear", orderLinkId="first")["list"] == []


def test_accounts_of_the_past_leave_nothing_in_the_memory_of_margins() -> None:
    session = synthetic("BTCUSDT")
    session.order("Buy", "0.01")
    exchange = session.exchange
    remembered = exchange._state.margin._exposures
    for _ in range(3):
        past = exchange.remember()
        envelope, _ = exchange.request("main", "GET", "/v5/position/list", ORDER, exchange.now_ms, past)
        assert envelope["result"]["list"][0]["size"] == "0.01"
    assert len(remembered) == 1


def test_one_end_of_a_window_of_the_transaction_log_means_a_day() -> None:
    session = synthetic("BTCUSDT")

    def trades(**window: int) -> list[dict[str, Any]]:
        return list(session.get("account/transaction-log", type="TRADE", **window)["list"])

    for _ in range(3):
        session.order("Buy", "0.01")
        session.play(DAY_MIN)
    session.play(1)
    ends: tuple[dict[str, int], ...] = (
        {"startTime": START_MS - HOUR_MS},
        {"endTime": START_MS + 2 * DAY_MIN * MINUTE_MS + HOUR_MS},
        {},
    )
    assert [len(trades(**end)) for end in ends] == [1, 1, 0]
    assert len(trades(startTime=START_MS - HOUR_MS, endTime=session.exchange.now_ms)) == 3


def test_stops_of_a_part_grow_with_the_order_that_brought_them_along() -> None:
    market = floor(FLAT[0], FLAT[0])
    stops = {"tpslMode": "Partial", "takeProfit": "110", "stopLoss": "90"}
    bid = market.main.order("Buy", "3", "99.9", **stops)
    for sold, guarded in (("1", "1"), ("0.5", "1.5")):
        market.other.order("Sell", sold, "99.9")
        rows = market.main.get("order/realtime", **ORDER)["list"]
        sizes = {row["qty"] for row in rows if row["stopOrderType"].startswith("Partial")}
        assert sizes == {guarded}
    market.main.post("order/cancel", **ORDER, orderId=bid)
    assert Decimal(market.main.position()["size"]) == Decimal("1.5")
