"""ccxt's calls that protect a position: attached and separate stops, trailing."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator.clients.ccxt_client import SWAP, away, last_price
from tests.simulator.clients.conftest import Connect
from tests.simulator.clients.test_ccxt_orders import flatten


@pytest.fixture
def client(connect: Connect) -> Iterator[Any]:
    trader = connect("stops")
    yield trader
    flatten(trader, SWAP)
    trader.cancel_all_orders(SWAP)


def waiting(client: Any) -> dict[str, Any]:
    """The conditional orders of the symbol by what they are."""
    return {each["info"]["stopOrderType"]: each for each in client.fetch_open_orders(SWAP)}


def test_stops_attached_to_an_order_protect_the_whole_position(client: Any) -> None:
    last = last_price(client, SWAP)
    stop, profit = (float(client.price_to_precision(SWAP, last * factor)) for factor in (0.9, 1.1))
    params = {"stopLoss": {"triggerPrice": stop}, "takeProfit": {"triggerPrice": profit}}
    client.create_order(SWAP, "market", "buy", 0.01, None, params)
    position = client.fetch_position(SWAP)
    assert (position["stopLossPrice"], position["takeProfitPrice"]) == (stop, profit)
    stops = waiting(client)
    assert set(stops) == {"StopLoss", "TakeProfit"}
    for kind, price in (("StopLoss", stop), ("TakeProfit", profit)):
        each = stops[kind]
        assert (each["side"], each["triggerPrice"], each["amount"]) == ("sell", price, 0.01)
        assert each["reduceOnly"]
    flatten(client, SWAP)
    assert waiting(client) == {}, "the stops go with the position"


def test_attached_stops_with_a_limit_are_of_a_part(client: Any) -> None:
    last = last_price(client, SWAP)
    stop, profit = (float(client.price_to_precision(SWAP, last * factor)) for factor in (0.9, 1.1))
    params = {
        "stopLoss": {"triggerPrice": stop, "price": stop - 100},
        "takeProfit": {"triggerPrice": profit, "price": profit - 100},
    }
    client.create_order(SWAP, "market", "buy", 0.01, None, params)
    stops = waiting(client)
    assert {kind: (each["type"], each["triggerPrice"], each["price"]) for kind, each in stops.items()} == {
        "PartialStopLoss": ("limit", stop, pytest.approx(stop - 100)),
        "PartialTakeProfit": ("limit", profit, pytest.approx(profit - 100)),
    }


def test_stops_attached_to_an_order_that_rests_come_with_its_fill(client: Any) -> None:
    price = away(client, SWAP, -0.05)
    stop = float(client.price_to_precision(SWAP, price * 0.9))
    placed = client.create_order(SWAP, "limit", "buy", 0.01, price, {"stopLoss": {"triggerPrice": stop}})
    resting = client.fetch_open_order(placed["id"], SWAP)
    assert resting["stopLossPrice"] == stop
    assert set(waiting(client)) == {""}


@pytest.mark.parametrize(("name", "factor"), [("stopLossPrice", 0.9), ("takeProfitPrice", 1.1)])
def test_a_separate_stop_for_a_position(client: Any, name: str, factor: float) -> None:
    client.create_order(SWAP, "market", "buy", 0.01)
    trigger = float(client.price_to_precision(SWAP, last_price(client, SWAP) * factor))
    placed = client.create_order(SWAP, "market", "sell", 0.01, None, {name: trigger})
    order = client.fetch_open_order(placed["id"], SWAP)
    assert (order["triggerPrice"], order["side"], order["reduceOnly"]) == (trigger, "sell", True)
    assert order["info"]["orderStatus"] == "Untriggered"
    assert order["info"]["triggerDirection"] == (2 if name == "stopLossPrice" else 1)
    client.cancel_order(placed["id"], SWAP, {"trigger": True})
    assert waiting(client) == {}


def test_a_trailing_stop_follows_by_its_distance(client: Any) -> None:
    client.create_order(SWAP, "market", "buy", 0.01)
    last = last_price(client, SWAP)
    client.create_order(SWAP, "market", "sell", 0.01, None, {"trailingAmount": 900.0, "reduceOnly": True})
    assert client.fetch_position(SWAP)["info"]["trailingStop"] == "900"
    order = waiting(client)["TrailingStop"]
    assert order["triggerPrice"] == pytest.approx(last - 900, abs=300)
    assert (order["side"], order["amount"]) == ("sell", 0.01)


def test_a_trailing_stop_that_is_not_active_yet(client: Any) -> None:
    client.create_order(SWAP, "market", "buy", 0.01)
    active = away(client, SWAP, 0.05)
    params = {"trailingAmount": 900.0, "trailingTriggerPrice": active, "reduceOnly": True}
    client.create_order(SWAP, "market", "sell", 0.01, None, params)
    assert client.fetch_position(SWAP)["info"]["trailingStop"] == "900"
    assert waiting(client)["TrailingStop"]["info"]["orderStatus"] == "Untriggered"


def test_an_order_that_strikes_a_stop_closes_the_position(client: Any) -> None:
    client.create_order(SWAP, "market", "buy", 0.01)
    last = last_price(client, SWAP)
    stop = {"triggerPrice": float(client.price_to_precision(SWAP, last * 0.7))}
    client.create_order(SWAP, "market", "buy", 0.01, None, {"stopLoss": stop})
    before = waiting(client)["StopLoss"]
    assert before["amount"] == 0.02, "a stop for the full position grows with it"
    client.edit_order(before["id"], SWAP, "market", "sell", None, None, {"triggerPrice": away(client, SWAP, -0.2)})
    assert waiting(client)["StopLoss"]["triggerPrice"] > before["triggerPrice"]
