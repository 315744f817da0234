"""ccxt's calls for positions: size, entry, leverage, margin, hedge mode, inverse contracts, funding paid."""

from collections.abc import Iterator
from typing import Any

import ccxt
import pytest

from bot.simulator.child import SimulatorProcess
from bot.simulator.control_client import ControlClient
from tests.simulator.clients.ccxt_client import INVERSE, OTHER_SWAP, SWAP, away, ccxt_client
from tests.simulator.clients.conftest import Connect, settings_for
from tests.simulator.server.pybit_clients import eventually


@pytest.fixture
def book(connect: Connect) -> Iterator[Any]:
    client = connect("books")
    yield client
    for symbol in (SWAP, INVERSE):
        close(client, symbol)


def close(client: Any, symbol: str, **params: Any) -> None:
    for position in client.fetch_positions([symbol]):
        if position["contracts"]:
            side = "sell" if position["side"] == "long" else "buy"
            client.create_order(symbol, "market", side, position["contracts"], None, {"reduceOnly": True} | params)


def balance_of(client: Any, coin: str) -> dict[str, float]:
    balance: dict[str, float] = client.fetch_balance()[coin]
    return balance


def test_a_long_position(book: Any) -> None:
    book.set_leverage(5, SWAP)
    placed = book.create_order(SWAP, "market", "buy", 0.03)
    fill = book.fetch_order(placed["id"], SWAP, {"acknowledged": True})
    position = book.fetch_position(SWAP)
    assert (position["side"], position["contracts"], position["contractSize"]) == ("long", 0.03, 1)
    assert position["entryPrice"] == pytest.approx(fill["average"], abs=1e-8)
    assert position["leverage"] == 5
    assert position["hedged"] is False
    assert position["notional"] == pytest.approx(fill["cost"])
    assert position["markPrice"] == pytest.approx(fill["average"], rel=0.02)
    assert position["unrealizedPnl"] == pytest.approx((position["markPrice"] - position["entryPrice"]) * 0.03, abs=1e-6)
    assert position["initialMargin"] == pytest.approx(position["markPrice"] * 0.03 / 5, rel=0.01)
    assert position["maintenanceMargin"] == pytest.approx(position["markPrice"] * 0.03 * 0.005, rel=0.15)
    assert position["realizedPnl"] == pytest.approx(-fill["fee"]["cost"])
    assert [each["symbol"] for each in book.fetch_positions()] == [SWAP]
    assert book.fetch_leverage(SWAP)["longLeverage"] == 5


def test_a_short_position_and_the_pnl_of_closing_it(book: Any) -> None:
    before = balance_of(book, "USDT")["total"]
    book.create_order(SWAP, "market", "sell", 0.02)
    assert (book.fetch_position(SWAP)["side"], book.fetch_position(SWAP)["contracts"]) == ("short", 0.02)
    close(book, SWAP)
    closed = book.fetch_positions_history([SWAP], limit=1)[0]
    assert (closed["side"], closed["contracts"]) == ("short", 0.02)
    opened, reduced = book.fetch_my_trades(SWAP, limit=2)
    gain = opened["cost"] - reduced["cost"] - opened["fee"]["cost"] - reduced["fee"]["cost"]
    assert closed["realizedPnl"] == pytest.approx(gain, abs=1e-6)
    assert balance_of(book, "USDT")["total"] == pytest.approx(before + gain, abs=1e-6)


def test_the_balance_shows_what_a_position_binds(book: Any) -> None:
    before = balance_of(book, "USDT")
    assert before["free"] == before["total"]
    book.set_leverage(10, SWAP)
    placed = book.create_order(SWAP, "market", "buy", 0.1)
    fee = book.fetch_order(placed["id"], SWAP, {"acknowledged": True})["fee"]["cost"]
    after = balance_of(book, "USDT")
    assert after["total"] == pytest.approx(before["total"] - fee, abs=1e-6)
    assert after["used"] == pytest.approx(book.fetch_position(SWAP)["initialMargin"], rel=0.05)
    assert after["free"] == pytest.approx(after["total"] - after["used"], rel=0.01)


def test_leverage_is_changed_and_bounded(book: Any) -> None:
    book.set_leverage(7, OTHER_SWAP)
    assert book.fetch_leverage(OTHER_SWAP)["shortLeverage"] == 7
    with pytest.raises(ccxt.BadRequest, match="110043"):
        book.set_leverage(7, OTHER_SWAP)
    with pytest.raises(ccxt.BadRequest, match="110013"):
        book.set_leverage(101, OTHER_SWAP)


def test_hedge_mode_holds_both_sides(connect: Connect) -> None:
    client = connect("hedge")
    client.set_position_mode(True, SWAP)
    client.create_order(SWAP, "market", "buy", 0.03, None, {"hedged": True})
    client.create_order(SWAP, "market", "sell", 0.02, None, {"hedged": True})
    sides = {each["side"]: each for each in client.fetch_positions([SWAP])}
    assert {side: each["contracts"] for side, each in sides.items()} == {"long": 0.03, "short": 0.02}
    assert all(each["hedged"] for each in sides.values())
    with pytest.raises(ccxt.ExchangeError, match="10001"):
        client.create_order(SWAP, "market", "buy", 0.01, None, {"positionIdx": 0})
    with pytest.raises(ccxt.ExchangeError, match="110024"):
        client.set_position_mode(False, SWAP)
    client.create_order(SWAP, "market", "sell", 0.03, None, {"hedged": True, "reduceOnly": True})
    client.create_order(SWAP, "market", "buy", 0.02, None, {"hedged": True, "reduceOnly": True})
    assert [each["contracts"] for each in client.fetch_positions([SWAP])] == [0, 0]
    client.set_position_mode(False, SWAP)
    assert len(client.fetch_positions([SWAP])) == 1


def test_isolated_margin(connect: Connect) -> None:
    client = connect("isolated")
    assert client.fetch_margin_mode(SWAP)["marginMode"] == "cross"
    client.set_margin_mode("isolated", SWAP)
    assert client.fetch_margin_mode(SWAP)["marginMode"] == "isolated"
    client.set_leverage(20, SWAP)
    client.create_order(SWAP, "market", "buy", 0.05)
    position = client.fetch_position(SWAP)
    liquidation = position["entryPrice"] * (1 - 1 / 20 + 0.005)
    assert position["liquidationPrice"] == pytest.approx(liquidation, rel=0.002)
    assert position["collateral"] is not None or position["initialMargin"] > 0
    with pytest.raises(ccxt.ExchangeError):
        client.set_margin_mode("cross", SWAP)
    close(client, SWAP)
    client.set_margin_mode("cross", SWAP)
    assert client.fetch_margin_mode(SWAP)["marginMode"] == "cross"


def test_an_inverse_position_is_counted_in_coin(connect: Connect) -> None:
    client = connect("coin")
    before = balance_of(client, "BTC")["total"]
    placed = client.create_order(INVERSE, "market", "buy", 500)
    fill = client.fetch_order(placed["id"], INVERSE, {"acknowledged": True})
    assert (fill["filled"], fill["fee"]["currency"]) == (500, "BTC")
    assert fill["cost"] == pytest.approx(500 / fill["average"], rel=1e-6)
    position = client.fetch_position(INVERSE)
    assert (position["side"], position["contracts"]) == ("long", 500)
    assert position["entryPrice"] == pytest.approx(fill["average"], rel=1e-5)
    assert position["notional"] == pytest.approx(500 / position["markPrice"], rel=1e-3)
    assert float(position["info"]["positionValue"]) == pytest.approx(fill["cost"], abs=1e-8)
    assert 0 < position["liquidationPrice"] < position["entryPrice"]
    resting = client.create_order(INVERSE, "limit", "sell", 500, away(client, INVERSE, 0.1), {"reduceOnly": True})
    assert client.fetch_open_order(resting["id"], INVERSE)["amount"] == 500
    close(client, INVERSE)
    assert client.fetch_open_orders(INVERSE) == [], "a reduce-only order has nothing left to reduce"
    trades = client.fetch_my_trades(INVERSE)
    gain = trades[0]["cost"] - trades[1]["cost"] - sum(each["fee"]["cost"] for each in trades)
    assert balance_of(client, "BTC")["total"] == pytest.approx(before + gain, abs=1e-7)


def test_a_liquidation_is_told(book: Any, hand: ControlClient) -> None:
    book.create_order(SWAP, "market", "buy", 0.01)
    hand.request("POST", "liquidate", {"account": "books", "symbol": "BTCUSDT"})
    assert book.fetch_position(SWAP)["contracts"] == 0
    (liquidation,) = book.fetch_my_liquidations(SWAP)
    assert (liquidation["contracts"], liquidation["symbol"]) == (0.01, SWAP)
    assert liquidation["price"] > 0
    assert liquidation["info"]["execType"] == "BustTrade"


def test_funding_is_paid_at_its_time(markets: Any) -> None:
    settings = settings_for("payer", start="2026-01-05T07:59")
    with SimulatorProcess(settings) as process, ControlClient(process.endpoints) as hand:
        hand.pause()
        client = ccxt_client(process.endpoints, "payer")
        client.set_markets(markets.markets, markets.currencies)
        client.create_order(SWAP, "market", "buy", 1)
        hand.resume()
        eventually(lambda: client.fetch_funding_history(SWAP), "no funding came")
        (payment,) = client.fetch_funding_history(SWAP)
        rate = client.fetch_funding_rate_history(SWAP, limit=1)[0]
        assert rate["timestamp"] == 1_767_600_000_000
        assert payment["timestamp"] == pytest.approx(rate["timestamp"], abs=1000)
        assert payment["code"] == "USDT"
        mark = float(payment["info"]["execPrice"])
        assert payment["amount"] == pytest.approx(mark * rate["fundingRate"], rel=1e-6)
        ledger = client.fetch_ledger("USDT")
        assert {each["info"]["type"] for each in ledger} == {"TRADE", "SETTLEMENT"}
        settled = next(each for each in ledger if each["info"]["type"] == "SETTLEMENT")
        assert float(settled["info"]["funding"]) == pytest.approx(-payment["amount"])
        before = next(each for each in ledger if each["info"]["type"] == "TRADE")
        assert settled["after"] == pytest.approx(before["after"] - payment["amount"])
