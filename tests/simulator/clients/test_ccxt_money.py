"""ccxt's calls for money and pairs: balance, fees, ledger, transfers, spot orders."""

from typing import Any

import pytest

from tests.simulator.clients.ccxt_client import INVERSE, OTHER_SWAP, PAIR, SWAP, away
from tests.simulator.clients.conftest import Connect
from tests.simulator.clients.test_ccxt_positions import balance_of

AT_ONCE = {"acknowledged": True}


@pytest.fixture
def spot(connect: Connect) -> Any:
    return connect("spot")


def test_a_pair_is_bought_by_cost(spot: Any) -> None:
    before = spot.fetch_balance()
    placed = spot.create_market_buy_order_with_cost(PAIR, 1000)
    assert placed["id"].isdigit(), "orders of pairs have plain numbers"
    order = spot.fetch_order(placed["id"], PAIR, AT_ONCE)
    assert (order["side"], order["type"], order["status"]) == ("buy", "market", "closed")
    assert 990 < order["cost"] <= 1000
    assert order["fee"]["currency"] == "BTC"
    after = spot.fetch_balance()
    assert after["USDT"]["total"] == pytest.approx(before["USDT"]["total"] - order["cost"], abs=1e-6)
    gained = order["filled"] - order["fee"]["cost"]
    assert after["BTC"]["total"] == pytest.approx(before["BTC"]["total"] + gained, abs=1e-8)
    trade = spot.fetch_my_trades(PAIR)[-1]
    assert (trade["symbol"], trade["takerOrMaker"], trade["fee"]["rate"]) == (PAIR, "taker", 0.001)


def test_a_pair_is_bought_and_sold_by_amount(spot: Any) -> None:
    bought = spot.create_order(PAIR, "market", "buy", 0.01)
    sold = spot.create_order(PAIR, "market", "sell", 0.005)
    assert spot.fetch_order(bought["id"], PAIR, AT_ONCE)["status"] == "closed"
    order = spot.fetch_order(sold["id"], PAIR, AT_ONCE)
    assert (order["status"], order["filled"], order["fee"]["currency"]) == ("closed", 0.005, "USDT")


def test_a_limit_order_for_a_pair_locks_what_it_sells(spot: Any) -> None:
    before = balance_of(spot, "BTC")
    price = away(spot, PAIR, 0.05)
    placed = spot.create_order(PAIR, "limit", "sell", 0.1, price)
    locked = balance_of(spot, "BTC")
    assert locked["total"] == before["total"]
    assert locked["used"] == pytest.approx(before["used"] + 0.1)
    open_order = spot.fetch_open_orders(PAIR)[0]
    assert (open_order["id"], open_order["price"], open_order["amount"]) == (placed["id"], price, 0.1)
    spot.edit_order(placed["id"], PAIR, "limit", "sell", 0.05, price + 1)
    assert balance_of(spot, "BTC")["used"] == pytest.approx(before["used"] + 0.05)
    spot.cancel_all_orders(PAIR)
    assert spot.fetch_open_orders(PAIR) == []
    assert balance_of(spot, "BTC") == before
    assert spot.fetch_order(placed["id"], PAIR, AT_ONCE)["status"] == "canceled"


@pytest.mark.parametrize(("kind", "side", "offset"), [("market", "buy", 0.05), ("limit", "sell", -0.05)])
def test_a_trigger_order_for_a_pair_waits(spot: Any, kind: str, side: str, offset: float) -> None:
    trigger = away(spot, PAIR, offset)
    price = trigger if kind == "limit" else None
    placed = spot.create_order(PAIR, kind, side, 0.01, price, {"triggerPrice": trigger})
    (waiting,) = spot.fetch_open_orders(PAIR, None, None, {"trigger": True})
    assert (waiting["id"], waiting["triggerPrice"], waiting["side"]) == (placed["id"], trigger, side)
    assert waiting["info"]["orderStatus"] == "Untriggered"
    spot.cancel_order(placed["id"], PAIR, {"trigger": True})
    assert spot.fetch_open_orders(PAIR, None, None, {"trigger": True}) == []


@pytest.mark.parametrize("params", [{"timeInForce": "IOC"}, {"timeInForce": "FOK"}, {"postOnly": True}])
def test_a_pair_knows_every_time_in_force(spot: Any, params: dict[str, Any]) -> None:
    far = spot.create_order(PAIR, "limit", "buy", 0.01, away(spot, PAIR, -0.05), params)
    through = spot.create_order(PAIR, "limit", "sell", 0.001, away(spot, PAIR, -0.002), params)
    states = [spot.fetch_order(each["id"], PAIR, AT_ONCE)["status"] for each in (far, through)]
    assert states == (["open", "canceled"] if "postOnly" in params else ["canceled", "closed"])
    spot.cancel_all_orders(PAIR)


@pytest.mark.parametrize(
    ("symbol", "taker", "maker"), [(SWAP, 0.00055, 0.0002), (INVERSE, 0.00055, 0.0002), (PAIR, 0.001, 0.001)]
)
def test_fees(spot: Any, symbol: str, taker: float, maker: float) -> None:
    fee = spot.fetch_trading_fee(symbol)
    assert (fee["symbol"], fee["taker"], fee["maker"]) == (symbol, taker, maker)


def test_fees_of_every_contract(spot: Any) -> None:
    assert {name: fee["taker"] for name, fee in spot.fetch_trading_fees().items()} == {
        SWAP: 0.00055,
        OTHER_SWAP: 0.00055,
    }


def test_a_transfer_changes_the_balance_and_is_listed(spot: Any) -> None:
    before = balance_of(spot, "USDT")["total"]
    made = spot.transfer("USDT", 25, "unified", "funding")
    assert (made["status"], made["amount"], made["currency"]) == ("ok", 25, "USDT")
    assert balance_of(spot, "USDT")["total"] == pytest.approx(before - 25)
    listed = next(each for each in spot.fetch_transfers("USDT") if each["id"] == made["id"])
    assert (listed["amount"], listed["fromAccount"], listed["status"]) == (25, "unified", "ok")
    assert spot.fetch_balance({"type": "funding"})["USDT"]["total"] == 25
    spot.transfer("USDT", 25, "funding", "unified")
    assert balance_of(spot, "USDT")["total"] == pytest.approx(before)


def test_the_ledger_tells_every_change(connect: Connect) -> None:
    client = connect("spot")
    before = client.fetch_balance()["USDT"]["total"]
    client.create_order(SWAP, "market", "buy", 0.01)
    client.create_order(SWAP, "market", "sell", 0.01, None, {"reduceOnly": True})
    sold, bought = (each for each in client.fetch_ledger("USDT", limit=2)[::-1])
    assert bought["type"] == sold["type"] == "trade"
    assert sold["after"] == client.fetch_balance()["USDT"]["total"]
    changes = sum(float(each["info"]["change"]) for each in (bought, sold))
    assert before + changes == pytest.approx(sold["after"])
    assert bought["fee"]["cost"] > 0
