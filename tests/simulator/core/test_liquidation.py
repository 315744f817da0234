"""Positions whose margin is used up: when, at which price, and who pays."""

from decimal import Decimal

import pytest

from bot.simulator.errors import SimulatorError
from tests.simulator.core.support import ListedFeed, Ohlc
from tests.simulator.core.traders import Traders

D = Decimal
LEVERAGE = {"category": "linear", "symbol": "BTCUSDT", "buyLeverage": "25", "sellLeverage": "25"}


def falling(to: float = 90.0, bars: int = 12) -> ListedFeed:
    """From 100 down to `to` in straight bars."""
    prices = [round(100 - (100 - to) * number / bars, 1) for number in range(bars + 1)]
    rows: list[Ohlc] = [
        (first, first, last, last) for first, last in zip(prices, [*prices[1:], prices[-1]], strict=True)
    ]
    return ListedFeed({"BTCUSDT": [(100.0, 100.0, 100.0, 100.0), *rows]}, volume=10_000.0)


def isolated(traders: Traders, who: str) -> None:
    envelope = traders.post(who, "account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    assert envelope["retCode"] == 0


def test_a_cross_account_is_liquidated_when_its_maintenance_margin_reaches_its_equity() -> None:
    traders = Traders(falling(), balance="1000")
    traders.post("a", "position/set-leverage", **LEVERAGE)
    traders.order("a", "Buy", "150")
    resting = traders.order("a", "Buy", "1", "50")
    liquidation = D(traders.position("a")["liqPrice"])
    traders.play(12)
    assert traders.position("a")["size"] == "0"
    taken = [row for row in traders.rows("execution", "a") if row["execType"] == "BustTrade"]
    assert sum(D(row["execQty"]) for row in taken) == 150
    assert {row["createType"] for row in taken} == {"CreateByTakeOver_PassThrough"}
    assert all(row["side"] == "Sell" and row["orderLinkId"] == "" for row in taken)
    first = D(taken[0]["markPrice"])
    assert liquidation - D("0.2") <= first <= liquidation
    assert D(taken[0]["execPrice"]) < first
    assert 0 <= traders.wallet("a") < 5
    cancelled = [row for row in traders.rows("order", "a") if row["orderId"] == resting][-1]
    assert (cancelled["orderStatus"], cancelled["cancelType"]) == ("Cancelled", "CancelAllBeforeLiq")
    traders.check_ledger()


def test_an_isolated_position_loses_its_own_margin_and_nothing_more() -> None:
    traders = Traders(falling(), balance="10000")
    isolated(traders, "a")
    traders.post("a", "position/set-leverage", **LEVERAGE)
    traders.order("a", "Buy", "10")
    row = traders.position("a")
    entry, liquidation = D(row["avgPrice"]), D(row["liqPrice"])
    assert liquidation == pytest.approx(entry * (1 - D(1) / 25) / (1 - D("0.005")))
    traders.play(12)
    taken = [each for each in traders.rows("execution", "a") if each["execType"] == "BustTrade"]
    assert len(taken) == 1
    bankruptcy = entry * (1 - D(1) / 25)
    assert bankruptcy <= D(taken[0]["execPrice"]) < bankruptcy + D("0.1")
    fees = sum(D(each["execFee"]) for each in traders.rows("execution", "a"))
    lost = 10 * (entry - D(taken[0]["execPrice"])) + fees
    assert traders.wallet("a") == 10_000 - lost
    traders.check_ledger()


def test_margin_added_by_hand_moves_the_liquidation_away() -> None:
    traders = Traders(falling(95.0), balance="10000")
    isolated(traders, "a")
    traders.post("a", "position/set-leverage", **LEVERAGE)
    traders.order("a", "Buy", "10")
    before = D(traders.position("a")["liqPrice"])
    params = {"category": "linear", "symbol": "BTCUSDT", "positionIdx": 0}
    assert traders.post("a", "position/add-margin", **params, margin="-1")["retCode"] == 110012
    answer = traders.post("a", "position/add-margin", **params, margin="20")
    assert D(answer["result"]["liqPrice"]) == pytest.approx(before - D(2) / (1 - D("0.005")))
    traders.play(12)
    assert traders.position("a")["size"] == "10"
    assert traders.post("a", "position/add-margin", **params, margin="-20")["retCode"] == 110012
    traders.check_ledger()


def test_a_short_is_liquidated_by_a_rise() -> None:
    traders = Traders(falling(110.0), balance="10000")
    isolated(traders, "a")
    traders.post("a", "position/set-leverage", **LEVERAGE)
    traders.order("a", "Sell", "10")
    traders.play(12)
    taken = [each for each in traders.rows("execution", "a") if each["execType"] == "BustTrade"]
    assert [each["side"] for each in taken] == ["Buy"]
    assert traders.position("a")["size"] == "0"
    traders.check_ledger()


def test_without_insurance_the_other_side_is_deleveraged_most_profitable_first() -> None:
    traders = Traders(falling(), balance="10000")
    for who in ("a", "b", "c"):
        isolated(traders, who)
    traders.post("a", "position/set-leverage", **LEVERAGE)
    traders.post("b", "position/set-leverage", **LEVERAGE)
    traders.order("a", "Buy", "10")
    traders.order("b", "Sell", "6")
    traders.order("c", "Sell", "8")
    traders.intervene(lambda venue: venue.set_insurance("USDT", D(0)))
    traders.play(12)
    for who, closed in (("b", 6), ("c", 4)):
        rows = [row for row in traders.rows("execution", who) if row["execType"] == "AdlTrade"]
        assert sum(D(row["execQty"]) for row in rows) == closed
        assert {row["createType"] for row in rows} == {"CreateByAdl_PassThrough"}
        assert {row["execFee"] for row in rows} == {"0"}
    taken = next(row for row in traders.rows("execution", "a") if row["execType"] == "BustTrade")
    deleveraged = next(row for row in traders.rows("execution", "b") if row["execType"] == "AdlTrade")
    assert deleveraged["execPrice"] == taken["execPrice"]
    assert traders.position("c")["size"] == "4"
    traders.check_ledger()


def test_a_large_position_is_first_reduced_tier_by_tier() -> None:
    feed = ListedFeed({"BTCUSDT": [(60_000.0,) * 4, *[(60_000.0 - 20 * n,) * 4 for n in range(1, 180)]]}, volume=5e5)
    traders = Traders(feed, balance="100000")
    traders.post("a", "position/set-leverage", **(LEVERAGE | {"buyLeverage": "50", "sellLeverage": "50"}))
    traders.order("a", "Buy", "60")
    assert traders.position("a")["riskId"] > 1
    traders.play(170)
    kinds = [row["createType"] for row in traders.rows("execution", "a") if row["execType"] == "BustTrade"]
    assert kinds[0] == "CreateByLiq"
    traders.check_ledger()


def test_a_gap_through_the_bankruptcy_price_drains_the_fund_not_the_account() -> None:
    feed = ListedFeed({"BTCUSDT": [(100.0,) * 4, (80.0,) * 4, (80.0,) * 4, (80.0,) * 4]}, volume=10_000.0)
    traders = Traders(feed, balance="1000")
    isolated(traders, "a")
    traders.post("a", "position/set-leverage", **LEVERAGE)
    traders.order("a", "Buy", "100")
    before = traders.exchange.insurance("USDT")
    traders.play(3)
    assert traders.position("a")["size"] == "0"
    assert traders.wallet("a") >= 0
    assert traders.exchange.insurance("USDT") < before
    traders.check_ledger()


def test_the_venue_can_liquidate_deleverage_and_settle_by_hand() -> None:
    traders = Traders(falling(), balance="10000")
    for who in ("a", "b", "c"):
        traders.order(who, "Buy", "10")
    traders.intervene(lambda venue: venue.liquidate("a"))
    assert traders.position("a")["size"] == "0"
    traders.intervene(lambda venue: venue.deleverage("b", "BTCUSDT", qty=D(4)))
    assert traders.position("b")["size"] == "6"
    assert traders.rows("execution", "b")[-1]["execType"] == "AdlTrade"
    traders.intervene(lambda venue: venue.settle_market("BTCUSDT"))
    assert traders.position("b")["size"] == traders.position("c")["size"] == "0"
    assert traders.rows("execution", "c")[-1]["execType"] == "Delivery"
    with pytest.raises(SimulatorError, match="holds nothing"):
        traders.intervene(lambda venue: venue.liquidate("a"))
    traders.intervene(lambda venue: venue.deposit("a", "USDT", D(50)))
    with pytest.raises(SimulatorError, match="does not have"):
        traders.intervene(lambda venue: venue.deposit("a", "USDT", D(-100_000)))
    traders.check_ledger()


def test_no_order_of_a_liquidated_account_is_left_to_open_something_new() -> None:
    traders = Traders(falling(), balance="1000")
    traders.post("a", "position/set-leverage", **LEVERAGE)
    waits = traders.order("a", "Buy", "1", triggerPrice="91", triggerDirection=2)
    rests = traders.order("a", "Buy", "1", "80", triggerPrice="99.5", triggerDirection=2)
    traders.order("a", "Buy", "150")
    traders.play(13)
    told = {row["orderId"]: (row["orderStatus"], row["cancelType"]) for row in traders.rows("order", "a")}
    assert told[waits] == ("Deactivated", "CancelAllBeforeLiq")
    assert told[rests] == ("Cancelled", "CancelAllBeforeLiq")
    assert traders.position("a")["size"] == "0"


def test_the_end_of_a_market_leaves_no_conditional_order_behind() -> None:
    traders = Traders(falling())
    waits = traders.order("a", "Buy", "1", triggerPrice="91", triggerDirection=2)
    traders.intervene(lambda venue: venue.settle_market("BTCUSDT"))
    (row,) = traders.get("a", "order/realtime", category="linear", orderId=waits)["list"]
    assert (row["orderStatus"], row["cancelType"]) == ("Deactivated", "CancelBySettle")


def test_an_isolated_position_costs_no_more_than_its_margin_however_wide_the_gap() -> None:
    gap: list[Ohlc] = [(100.0, 100.0, 100.0, 100.0), (70.0, 70.0, 70.0, 70.0)]
    traders = Traders(ListedFeed({"BTCUSDT": gap}, volume=10_000.0))
    isolated(traders, "a")
    traders.order("a", "Buy", "100")
    traders.play(2)
    assert traders.position("a")["size"] == "0"
    assert D(10_000 - 1_000 - 12) < traders.wallet("a") < D(10_000 - 1_000)
    traders.check_ledger()


def test_margin_added_to_a_position_goes_with_what_is_closed() -> None:
    traders = Traders(falling())
    isolated(traders, "a")
    traders.order("a", "Buy", "10")
    base = {"category": "linear", "symbol": "BTCUSDT", "positionIdx": 0}
    assert traders.post("a", "position/add-margin", **base, margin="40")["retCode"] == 0
    with_margin = D(traders.position("a")["positionIM"])
    traders.order("a", "Sell", "5")
    assert D(traders.position("a")["positionIM"]) == with_margin / 2
    traders.order("a", "Sell", "5")
    traders.order("a", "Buy", "5")
    assert D(traders.position("a")["positionIM"]) == with_margin / 2 - 20


def test_leverage_that_would_liquidate_an_isolated_position_is_refused() -> None:
    traders = Traders(falling())
    isolated(traders, "a")
    base = {"category": "linear", "symbol": "BTCUSDT"}
    traders.order("a", "Buy", "10")
    traders.play(4)
    before = traders.position("a")
    answer = traders.post("a", "position/set-leverage", **base, buyLeverage="50", sellLeverage="50")
    assert answer["retCode"] == 110011
    assert traders.position("a")["liqPrice"] == before["liqPrice"] != ""


def test_who_has_less_to_spare_is_looked_at_sooner_even_inside_a_bar() -> None:
    dip: list[Ohlc] = [(100.0, 100.0, 100.0, 100.0), (100.0, 100.0, 94.0, 100.0), (100.0, 100.0, 100.0, 100.0)]
    traders = Traders(ListedFeed({"BTCUSDT": dip}, volume=10_000.0), balance="3000")
    traders.order("a", "Buy", "100")
    traders.play(1.01)
    traders.intervene(lambda venue: venue.deposit("a", "USDT", D(-2600)))
    traders.play(1)
    assert traders.position("a")["size"] == "0"
