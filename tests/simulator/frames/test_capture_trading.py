"""Accounts on recorded frames: what orders take, when they fill, what triggers them, what positions pay."""

from decimal import Decimal
from pathlib import Path

from tests.simulator.frames.lines import FIRST_BOOK, START_MS, Player, book, played, ticker, trade, write


def test_a_market_order_takes_the_recorded_levels_until_they_are_updated(tmp_path: Path) -> None:
    player = played(tmp_path, book(1000, 2, [], [("100.2", "3")]), book(2000, 3, [("98", "1")], []))
    player.play_to(0)
    player.order("Buy", "7")
    assert player.fills() == [("100.2", "5"), ("100.4", "2")]
    assert player.get("market/orderbook")["a"] == [["100.4", "3"]]
    player.play_to(1000)
    assert player.get("market/orderbook")["a"] == [["100.2", "3"], ["100.4", "3"]]
    player.order("Buy", "3")
    player.play_to(2000)
    player.order("Buy", "1")
    assert player.fills()[2:] == [("100.2", "3"), ("100.4", "1")]


def test_what_was_taken_comes_back_with_a_snapshot_that_tells_of_something_new_only(tmp_path: Path) -> None:
    again = book(1000, 2, [("100", "5")], [("100.2", "5"), ("100.4", "6")], "snapshot")
    player = played(tmp_path, again)
    player.play_to(0)
    player.order("Buy", "7")
    player.play_to(1000)
    assert player.get("market/orderbook")["a"] == [["100.4", "6"]]


def test_without_trades_and_ticker_the_price_is_the_middle_of_the_recorded_book(tmp_path: Path) -> None:
    player = played(tmp_path, book(1000, 2, [("99", "1")], []), book(2000, 3, [], [("100.2", "0")]))
    player.play_to(0)
    player.order("Buy", "7")
    prices = []
    for at_ms in (1000, 2000):
        player.play_to(at_ms)
        prices.append(player.exchange.last_price("BTCUSDT"))
    assert prices == [Decimal("100.1"), Decimal("100.2")]  # what an account takes does not move it


def test_a_market_order_larger_than_the_book_is_cancelled_for_the_rest(tmp_path: Path) -> None:
    player = played(tmp_path, trade(1000, "100"))
    player.play_to(0)
    order = player.order("Buy", "12")
    assert player.fills() == [("100.2", "5"), ("100.4", "5")]
    assert player.status(order) == "Cancelled"


def test_a_resting_bid_is_filled_by_a_trade_below_it_not_by_one_at_its_price(tmp_path: Path) -> None:
    player = played(tmp_path, trade(1000, "100", side="Sell"), trade(2000, "99.9", side="Sell"))
    player.play_to(0)
    order = player.order("Buy", "1", "100")
    player.play_to(1999)
    assert player.status(order) == "New"
    player.play_to(2000)
    assert player.status(order) == "Filled"
    assert player.fills() == [("100", "1")]


def test_a_bid_within_the_spread_is_not_filled_by_trades_that_were_before_it(tmp_path: Path) -> None:
    player = played(tmp_path, trade(1000, "100", side="Sell"), book(2000, 2, [("99", "4")], []))
    player.play_to(1500)
    order = player.order("Buy", "1", "100.1")
    player.play_to(2000)
    assert player.status(order) == "New"


def test_a_resting_order_is_filled_when_the_book_comes_to_it(tmp_path: Path) -> None:
    player = played(
        tmp_path,
        book(1000, 2, [("100.2", "0.1")], [("100.2", "0")]),
        book(2000, 3, [("100.4", "1")], [("100.4", "0"), ("100.5", "1")]),
    )
    player.play_to(0)
    order = player.order("Sell", "1", "100.3")
    player.play_to(1999)
    assert player.status(order) == "New"
    player.play_to(2000)
    assert player.status(order) == "Filled"
    assert player.fills() == [("100.3", "1")]


def test_conditional_orders_follow_last_mark_and_index(tmp_path: Path) -> None:
    player = played(
        tmp_path,
        ticker(1, "snapshot", lastPrice="100", markPrice="100.05", indexPrice="100.1"),
        trade(1000, "100"),
        ticker(2000, markPrice="99.5"),
        ticker(3000, indexPrice="99.4"),
        trade(4000, "99.3"),
    )
    player.play_to(10)
    by_price = {
        each: player.order("Buy", "1", triggerPrice="99.5", triggerDirection=2, triggerBy=each)
        for each in ("LastPrice", "MarkPrice", "IndexPrice")
    }
    seen = []
    for at_ms in (1000, 2000, 3000, 4000):
        player.play_to(at_ms)
        seen.append([name for name, order in by_price.items() if player.status(order) == "Filled"])
    assert seen == [[], ["MarkPrice"], ["MarkPrice", "IndexPrice"], ["LastPrice", "MarkPrice", "IndexPrice"]]


def test_each_trade_of_a_frame_counts(tmp_path: Path) -> None:
    dip = trade(1000, "100")
    dip["data"] += trade(1000, "99.3")["data"] + trade(1000, "100.5")["data"]
    player = played(tmp_path, dip)
    player.play_to(0)
    player.order("Buy", "1", triggerPrice="99.4", triggerDirection=2)
    player.play_to(1000)
    assert player.fills() == [("100.2", "1")]
    assert player.get("market/tickers")["list"][0]["lastPrice"] == "100.5"


def test_a_position_is_valued_and_liquidated_at_the_mark_price(tmp_path: Path) -> None:
    first = ticker(1, "snapshot", lastPrice="100", markPrice="100.123", indexPrice="100")
    lines = [FIRST_BOOK, first, ticker(1000, markPrice="92"), ticker(2000, markPrice="85"), trade(3000, "100")]
    player = Player(write(tmp_path / "f.jsonl", lines), balance="60")
    player.play_to(10)
    player.order("Buy", "5")
    assert player.get("position/list")["list"][0]["markPrice"] == "100.123"
    player.play_to(1999)
    assert player.get("position/list")["list"][0]["size"] == "5"
    player.play_to(2000)
    assert player.get("position/list")["list"][0]["size"] == "0"
    assert not any(player.exchange.imbalance().values())


def test_funding_is_charged_when_it_is_due_at_the_rate_known_then(tmp_path: Path) -> None:
    eight_hours = 8 * 3_600_000
    due_ms = START_MS + eight_hours
    known = {"lastPrice": "100", "markPrice": "100", "indexPrice": "100", "fundingIntervalHour": "8"}
    first = ticker(1, "snapshot", **known, fundingRate="0.0001", nextFundingTime=str(due_ms))
    later = ticker(eight_hours - 1000, fundingRate="0.001")
    after = ticker(eight_hours + 500, fundingRate="0.0002", nextFundingTime=str(due_ms + eight_hours))
    player = played(tmp_path, first, later, after, trade(eight_hours + 900, "100"))
    player.play_to(10)
    player.order("Buy", "5")
    player.play_to(eight_hours + 900)
    rows = player.get("account/transaction-log", accountType="UNIFIED", symbol="", type="SETTLEMENT")["list"]
    assert [(Decimal(row["funding"]), row["transactionTime"]) for row in rows] == [(Decimal("-0.5"), str(due_ms))]
    assert player.get("market/tickers")["list"][0]["fundingRate"] == "0.0002"
    assert player.get("market/funding/history")["list"][0]["fundingRate"] == "0.001"


def test_the_books_balance(tmp_path: Path) -> None:
    player = played(tmp_path, trade(1000, "99"), trade(2000, "102"))
    player.play_to(0)
    player.order("Buy", "2")
    player.order("Buy", "1", "99.5")
    player.play_to(1000)
    player.order("Sell", "3")
    player.play_to(2000)
    assert len(player.fills()) == 3
    assert not any(player.exchange.imbalance().values())


def test_the_first_price_is_known_before_the_first_frame_of_a_market(tmp_path: Path) -> None:
    player = played(tmp_path)
    assert player.exchange.now_ms == START_MS
    assert FIRST_BOOK["ts"] == START_MS
    assert player.exchange.last_price("BTCUSDT") == 100
