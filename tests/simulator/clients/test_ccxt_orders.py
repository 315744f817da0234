"""ccxt's calls for orders: every kind, created, edited, cancelled and found again."""

from collections.abc import Iterator
from typing import Any

import ccxt
import pytest

from tests.simulator.clients.ccxt_client import OTHER_SWAP, SWAP, away
from tests.simulator.clients.conftest import Connect
from tests.simulator.server.pybit_clients import eventually

AT_ONCE = {"acknowledged": True}
"""ccxt wants it said that order/realtime holds recent orders only."""


@pytest.fixture
def client(connect: Connect) -> Iterator[Any]:
    trader = connect("orders")
    yield trader
    trader.cancel_all_orders(SWAP)
    flatten(trader, SWAP)


def flatten(client: Any, symbol: str) -> None:
    position = client.fetch_position(symbol)
    if position["contracts"]:
        side = "sell" if position["side"] == "long" else "buy"
        client.create_order(symbol, "market", side, position["contracts"], None, {"reduceOnly": True})


def order(client: Any, placed: Any, symbol: str = SWAP) -> Any:
    return client.fetch_order(placed["id"], symbol, AT_ONCE)


def test_a_market_order_is_filled_at_the_ask(client: Any) -> None:
    placed = client.create_order(SWAP, "market", "buy", 0.02)
    filled = order(client, placed)
    assert (filled["status"], filled["type"], filled["side"]) == ("closed", "market", "buy")
    assert (filled["amount"], filled["filled"], filled["remaining"]) == (0.02, 0.02, 0)
    assert filled["cost"] == pytest.approx(filled["average"] * 0.02)
    assert filled["fee"] == {"cost": pytest.approx(filled["cost"] * 0.00055, abs=1e-8), "currency": "USDT"}
    trades = client.fetch_order_trades(placed["id"], SWAP)
    assert sum(each["amount"] for each in trades) == pytest.approx(0.02)
    assert {each["order"] for each in trades} == {placed["id"]}
    assert {each["takerOrMaker"] for each in trades} == {"taker"}
    assert sum(each["fee"]["cost"] for each in trades) == pytest.approx(filled["fee"]["cost"])
    mine = client.fetch_my_trades(SWAP)
    assert {each["id"] for each in trades} <= {each["id"] for each in mine}


def test_a_limit_order_rests_is_edited_and_cancelled(client: Any) -> None:
    price = away(client, SWAP, -0.1)
    placed = client.create_order(SWAP, "limit", "buy", 0.01, price, {"clientOrderId": "ccxt-1"})
    assert placed["clientOrderId"] == "ccxt-1"
    resting = client.fetch_open_order(placed["id"], SWAP)
    assert (resting["status"], resting["price"], resting["amount"], resting["remaining"]) == ("open", price, 0.01, 0.01)
    assert (resting["clientOrderId"], resting["timeInForce"], resting["reduceOnly"]) == ("ccxt-1", "GTC", False)
    assert [each["id"] for each in client.fetch_open_orders(SWAP)] == [placed["id"]]
    client.edit_order(placed["id"], SWAP, "limit", "buy", 0.03, price - 10)
    edited = client.fetch_open_order(placed["id"], SWAP)
    assert (edited["price"], edited["amount"]) == (pytest.approx(price - 10), 0.03)
    client.cancel_order(placed["id"], SWAP)
    gone = order(client, placed)
    assert (gone["status"], gone["filled"]) == ("canceled", 0)
    assert client.fetch_open_orders(SWAP) == []
    assert placed["id"] in {each["id"] for each in client.fetch_canceled_orders(SWAP)}
    assert placed["id"] not in {each["id"] for each in client.fetch_closed_orders(SWAP)}


def test_a_limit_order_through_the_market_is_filled_at_once(client: Any) -> None:
    limit = away(client, SWAP, 0.005)
    filled = order(client, client.create_order(SWAP, "limit", "buy", 0.01, limit))
    assert filled["status"] == "closed"
    assert filled["average"] < limit
    assert filled["id"] in {each["id"] for each in client.fetch_closed_orders(SWAP)}
    assert client.fetch_closed_order(filled["id"], SWAP)["average"] == filled["average"]


def test_post_only_rests_or_is_cancelled(client: Any) -> None:
    resting = client.create_order(SWAP, "limit", "buy", 0.01, away(client, SWAP, -0.1), {"postOnly": True})
    assert order(client, resting)["postOnly"]
    crossing = client.create_order(SWAP, "limit", "buy", 0.01, away(client, SWAP, 0.005), {"postOnly": True})
    refused = order(client, crossing)
    assert (refused["status"], refused["filled"]) == ("canceled", 0)
    assert refused["info"]["rejectReason"] == "EC_PostOnlyWillTakeLiquidity"


@pytest.mark.parametrize(
    ("time_in_force", "reason"), [("IOC", "EC_NoImmediateQtyToFill"), ("FOK", "EC_NoEnoughQtyToFill")]
)
def test_orders_that_must_not_rest(client: Any, time_in_force: str, reason: str) -> None:
    params = {"timeInForce": time_in_force}
    away_from_market = order(client, client.create_order(SWAP, "limit", "buy", 0.01, away(client, SWAP, -0.1), params))
    assert (away_from_market["status"], away_from_market["filled"]) == ("canceled", 0)
    assert away_from_market["timeInForce"] == time_in_force
    assert away_from_market["info"]["rejectReason"] == reason
    through = order(client, client.create_order(SWAP, "limit", "buy", 0.01, away(client, SWAP, 0.005), params))
    assert (through["status"], through["filled"]) == ("closed", 0.01)


@pytest.mark.usefixtures("standstill")
def test_fok_fills_all_or_nothing_and_ioc_what_it_can(client: Any) -> None:
    price, there = client.fetch_order_book(SWAP, 1)["asks"][0]
    too_much = float(client.amount_to_precision(SWAP, there + 0.5))
    fok, ioc = ({"timeInForce": each} for each in ("FOK", "IOC"))
    client.set_leverage(100, SWAP)
    whole = order(client, client.create_order(SWAP, "limit", "buy", too_much, price, fok))
    assert (whole["status"], whole["filled"]) == ("canceled", 0)
    part = order(client, client.create_order(SWAP, "limit", "buy", too_much, price, ioc))
    assert (part["status"], part["filled"]) == ("canceled", pytest.approx(there))
    flatten(client, SWAP)
    client.set_leverage(10, SWAP)


def test_reduce_only_needs_something_to_reduce(client: Any) -> None:
    with pytest.raises(ccxt.InvalidOrder, match="110017"):
        client.create_order(SWAP, "market", "sell", 0.01, None, {"reduceOnly": True})
    client.create_order(SWAP, "market", "buy", 0.01)
    cut = client.create_order(SWAP, "market", "sell", 0.5, None, {"reduceOnly": True})
    assert order(client, cut)["filled"] == 0.01
    assert client.fetch_position(SWAP)["contracts"] == 0


@pytest.mark.parametrize("kind", ["market", "limit"])
def test_a_trigger_order_waits(client: Any, kind: str) -> None:
    trigger = away(client, SWAP, 0.1)
    price = None if kind == "market" else trigger + 5
    params = {"triggerPrice": trigger, "triggerDirection": "ascending"}
    placed = client.create_order(SWAP, kind, "buy", 0.01, price, params)
    waiting = client.fetch_open_order(placed["id"], SWAP)
    assert (waiting["status"], waiting["triggerPrice"], waiting["type"]) == ("open", trigger, kind)
    assert waiting["price"] == price
    assert waiting["info"]["orderStatus"] == "Untriggered"
    assert waiting["info"]["stopOrderType"] == "Stop"
    client.cancel_order(placed["id"], SWAP, {"trigger": True})
    assert order(client, placed)["info"]["orderStatus"] == "Deactivated"
    assert order(client, placed)["status"] == "canceled"


def test_a_trigger_near_the_market_strikes(client: Any) -> None:
    ids = []
    for direction, offset in (("ascending", 3), ("descending", -3)):
        trigger = float(client.price_to_precision(SWAP, client.fetch_ticker(SWAP)["last"] + offset))
        params = {"triggerPrice": trigger, "triggerDirection": direction}
        try:
            ids.append(client.create_order(SWAP, "market", "buy", 0.01, None, params)["id"])
        except ccxt.InvalidOrder:  # the market has moved past the trigger already
            continue
    assert ids
    eventually(lambda: any(order(client, {"id": each})["status"] != "open" for each in ids), "no trigger was reached")
    struck = [each for each in (order(client, {"id": each}) for each in ids) if each["status"] != "open"]
    assert {each["info"]["orderStatus"] for each in struck} == {"Filled"}, struck


def test_batches_have_an_outcome_for_each_order(client: Any) -> None:
    price = away(client, SWAP, -0.2)
    new = {"symbol": SWAP, "type": "limit", "side": "buy", "amount": 0.01}
    placed = client.create_orders([new | {"price": price}, new | {"price": price + 1}])
    ids = [each["id"] for each in placed]
    assert len(set(ids)) == 2
    changes = [
        {"id": each, "symbol": SWAP, "type": "limit", "side": "buy", "amount": 0.02, "price": price + 5} for each in ids
    ]
    assert [each["id"] for each in client.edit_orders(changes)] == ids
    resting = {each["id"]: each for each in client.fetch_open_orders(SWAP)}
    assert [(resting[each]["amount"], resting[each]["price"]) for each in ids] == [(0.02, pytest.approx(price + 5))] * 2
    client.cancel_orders(ids[:1], SWAP)
    assert [each["id"] for each in client.fetch_open_orders(SWAP)] == ids[1:]
    client.cancel_orders_for_symbols([{"id": ids[1], "symbol": SWAP}])
    assert client.fetch_open_orders(SWAP) == []


def test_cancel_all_takes_one_symbol_only(client: Any) -> None:
    here = [client.create_order(SWAP, "limit", "buy", 0.01, away(client, SWAP, -0.1))["id"] for _ in range(3)]
    there = client.create_order(OTHER_SWAP, "limit", "buy", 0.1, away(client, OTHER_SWAP, -0.1))["id"]
    cancelled = client.cancel_all_orders(SWAP)
    assert {each["id"] for each in cancelled} == set(here)
    assert [each["id"] for each in client.fetch_open_orders(OTHER_SWAP)] == [there]
    client.cancel_all_orders(OTHER_SWAP)
    cancelled_before = {each["id"] for each in client.fetch_canceled_and_closed_orders(SWAP)}
    assert set(here) <= cancelled_before


def test_a_dead_mans_switch_is_set(client: Any) -> None:
    assert client.cancel_all_orders_after(40_000, {"product": "DERIVATIVES"})["retCode"] == 0
