"""The control port as a person's hand and the venue's: positions, money, prices, rules."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from bot.simulator.errors import SimulatorError
from bot.simulator.settings import SimulatorSettings

D = Decimal
LINEAR = {"category": "linear", "symbol": "BTCUSDT"}


@pytest.fixture
def hand() -> Iterator[ControlClient]:
    settings = SimulatorSettings(symbols=("BTCUSDT", "BTCUSD", "spot:BTCUSDT"), accounts={"other": {"USDT": D(500)}})
    with SimulatorProcess(settings) as process, ControlClient(process.endpoints) as client:
        yield client


def ask(hand: ControlClient, method: str, path: str, **params: Any) -> Any:
    envelope = hand.request("POST", "request", {"method": method, "path": f"/v5/{path}", "params": params})
    assert envelope["retCode"] == 0, envelope
    return envelope["result"]


def buy(hand: ControlClient, qty: str) -> None:
    ask(hand, "POST", "order/create", **LINEAR, side="Buy", orderType="Market", qty=qty)


def position(hand: ControlClient) -> dict[str, Any]:
    return dict(ask(hand, "GET", "position/list", **LINEAR)["list"][0])


def test_a_position_is_opened_shrunk_and_closed_by_hand(hand: ControlClient) -> None:
    buy(hand, "0.03")
    hand.request("POST", "close", {"symbol": "BTCUSDT", "qty": "0.01"})
    assert position(hand)["size"] == "0.02"
    ask(hand, "POST", "position/trading-stop", **LINEAR, tpslMode="Full", positionIdx=0, stopLoss="10000")
    assert position(hand)["stopLoss"] == "10000"
    hand.request("POST", "close", {"symbol": "BTCUSDT"})
    assert position(hand)["size"] == "0"
    with pytest.raises(SimulatorError, match="holds nothing"):
        hand.request("POST", "close", {"symbol": "BTCUSDT"})


def test_money_is_put_in_and_taken_out(hand: ControlClient) -> None:
    hand.request("POST", "deposit", {"account": "other", "amount": "25.5"})
    hand.request("POST", "deposit", {"account": "other", "amount": "-0.5"})
    hand.request("POST", "deposit", {"account": "other", "amount": "2", "coin": "BTC"})
    coins = hand.books("other")["coins"]
    assert (coins["USDT"]["wallet_balance"], coins["BTC"]["wallet_balance"]) == ("525", "2")
    with pytest.raises(SimulatorError, match="does not have"):
        hand.request("POST", "deposit", {"account": "other", "amount": "-1000"})
    with pytest.raises(SimulatorError, match="no account"):
        hand.request("POST", "deposit", {"account": "nobody", "amount": "1"})


def test_positions_are_liquidated_and_deleveraged(hand: ControlClient) -> None:
    buy(hand, "0.03")
    hand.request("POST", "adl", {"symbol": "BTCUSDT", "qty": "0.01"})
    assert position(hand)["size"] == "0.02"
    hand.request("POST", "liquidate", {"symbol": "BTCUSDT"})
    assert position(hand)["size"] == "0"
    kinds = [row["exec_type"] for row in hand.books("main")["executions"]]
    assert kinds == ["Trade", "AdlTrade", "BustTrade"]
    with pytest.raises(SimulatorError, match="holds nothing"):
        hand.request("POST", "liquidate", {})


def test_the_price_is_moved(hand: ControlClient) -> None:
    hand.request("POST", "pause")
    before = D(ask(hand, "GET", "market/tickers", **LINEAR)["list"][0]["lastPrice"])
    hand.request("POST", "price", {"symbol": "BTCUSDT", "percent": "-5"})
    after = D(ask(hand, "GET", "market/tickers", **LINEAR)["list"][0]["lastPrice"])
    assert abs(after / before - D("0.95")) < D("0.0001")
    hand.request("POST", "price", {"symbol": "BTCUSDT", "price": "80000"})
    assert ask(hand, "GET", "market/tickers", **LINEAR)["list"][0]["lastPrice"] == "80000"
    for body in ({}, {"price": "1", "percent": "1"}, {"percent": "-100"}, {"price": "-5"}):
        with pytest.raises(SimulatorError, match="400"):
            hand.request("POST", "price", {"symbol": "BTCUSDT", **body})


def test_rules_and_status_are_changed(hand: ControlClient) -> None:
    hand.request("POST", "rules", {"symbol": "BTCUSDT", "tick_size": "0.5", "qty_step": "0.01"})
    rules = ask(hand, "GET", "market/instruments-info", **LINEAR)["list"][0]
    assert rules["priceFilter"]["tickSize"] == "0.5"
    assert rules["lotSizeFilter"]["qtyStep"] == "0.01"
    buy(hand, "0.03")
    hand.request("POST", "status", {"symbol": "BTCUSDT", "status": "Closed", "settle": True})
    assert ask(hand, "GET", "market/instruments-info", **LINEAR)["list"] == []
    refusal = hand.request(
        "POST",
        "request",
        {"path": "/v5/order/create", "params": {**LINEAR, "side": "Buy", "orderType": "Market", "qty": "0.01"}},
    )
    assert refusal["retCode"] == 110074
    assert [row["exec_type"] for row in hand.books("main")["executions"]] == ["Trade", "Delivery"]
    hand.request("POST", "status", {"symbol": "BTCUSDT", "status": "Trading"})
    buy(hand, "0.03")
    with pytest.raises(SimulatorError, match="no symbol"):
        hand.request("POST", "status", {"symbol": "NOPE", "status": "Closed"})


def test_an_empty_insurance_fund_is_seen_in_the_public_figures(hand: ControlClient) -> None:
    hand.request("POST", "insurance", {"amount": "0"})
    rows = ask(hand, "GET", "market/insurance", coin="USDT")["list"]
    assert D(rows[0]["balance"]) == 0
    assert hand.request("GET", "accounts") == ["main", "other"]


OUT_OF_PROPORTION: tuple[tuple[str, dict[str, Any]], ...] = (
    ("deposit", {"amount": "1e999999"}),
    ("deposit", {"amount": "NaN"}),
    ("insurance", {"amount": "NaN"}),
    ("insurance", {"amount": "-1e40"}),
    ("price", {"symbol": "BTCUSDT", "percent": "NaN"}),
    ("price", {"symbol": "BTCUSDT", "percent": "1e9"}),
    ("price", {"symbol": "BTCUSDT", "price": "1e40"}),
    ("price", {"symbol": "BTCUSDT", "price": "1e-40"}),
    ("rules", {"symbol": "BTCUSDT", "tick_size": "1e9"}),
    ("rules", {"symbol": "BTCUSDT", "tick_size": "0.000000001"}),
    ("rules", {"symbol": "BTCUSDT", "qty_step": "1e-40"}),
    ("keys/expire", {"api_key": "any", "at_ms": 10**30}),
    ("faults", {"fault": "skew", "skew_ms": 10**30}),
    ("faults", {"fault": "ret_code", "code": 10**30}),
)


def test_numbers_that_would_break_the_books_or_the_clock_are_refused(hand: ControlClient) -> None:
    before = hand.books("main")["wallet_balance"]
    for action, body in OUT_OF_PROPORTION:
        with pytest.raises(SimulatorError, match=f"control {action}: 400"):
            hand.request("POST", action, body)
    assert hand.books("main")["wallet_balance"] == before
