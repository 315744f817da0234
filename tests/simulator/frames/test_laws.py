"""Whatever frames come and whatever accounts do: the ledgers balance, and the street is what its frames add up to."""

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.simulator.frames.lines import START_MS, SYMBOL, Line, Player, book, ticker, trade, write

PRICES = st.integers(950, 1050).map(lambda ticks: f"{ticks / 10:.1f}")
LEVELS = st.lists(st.tuples(PRICES, st.sampled_from(["0", "0.5", "1", "4"])), max_size=6)
FRAMES = st.one_of(
    st.tuples(st.just("book"), LEVELS, LEVELS, st.sampled_from(["delta", "delta", "delta", "snapshot"])),
    st.tuples(st.just("trade"), PRICES),
    st.tuples(st.just("ticker"), PRICES, PRICES),
)
ORDERS = st.fixed_dictionaries(
    {"side": st.sampled_from(["Buy", "Sell"]), "qty": st.sampled_from(["0.5", "3", "20"]), "price": st.none() | PRICES},
    optional={
        "timeInForce": st.sampled_from(["GTC", "IOC", "FOK", "PostOnly"]),
        "reduceOnly": st.booleans(),
        "triggerPrice": PRICES,
        "triggerBy": st.sampled_from(["LastPrice", "MarkPrice", "IndexPrice"]),
    },
)


def lines_of(drawn: list[tuple[Any, ...]]) -> list[Line]:
    lines = [book(0, 1, [("99.9", "5")], [("100.1", "5")], "snapshot")]
    update_id = 1
    for number, (kind, *what) in enumerate(drawn, start=1):
        at_ms = number * 7_000
        if kind == "book":
            update_id += 1
            bids, asks, form = what
            lines.append(book(at_ms, update_id, bids, asks, form))
        elif kind == "trade":
            lines.append(trade(at_ms, what[0]))
        else:
            mark, index = what
            funding = {"fundingRate": "0.0007", "nextFundingTime": str(START_MS + 60_000)}
            lines.append(ticker(at_ms, "snapshot", lastPrice=mark, markPrice=mark, indexPrice=index, **funding))
    return lines


def street(lines: list[Line], until_ms: int) -> dict[str, dict[str, str]]:
    sides: dict[str, dict[str, str]] = {"b": {}, "a": {}}
    for line in lines:
        if line["ts"] > START_MS + until_ms or not line["topic"].startswith("orderbook"):
            continue
        for side, levels in sides.items():
            if line["type"] == "snapshot":
                levels.clear()
            levels.update(line["data"][side])
    return sides


@settings(max_examples=60, deadline=None)
@given(st.lists(FRAMES, max_size=25), st.lists(st.tuples(st.integers(0, 26), ORDERS), max_size=12))
def test_ledgers_and_books(drawn: list[tuple[Any, ...]], orders: list[tuple[int, dict[str, Any]]]) -> None:
    lines = lines_of(drawn)
    with tempfile.TemporaryDirectory() as folder:
        player = Player(write(Path(folder) / "f.jsonl", lines), balance="150")
        plan = {at: [order for when, order in orders if when == at] for at in range(27)}
        for at, wanted in plan.items():
            player.play_to(at * 7_000)
            for order in wanted:
                rising = {} if "triggerPrice" not in order else {"triggerDirection": 1}
                kind = {"orderType": "Market"} if order["price"] is None else {"orderType": "Limit"}
                given_ = {name: value for name, value in order.items() if value is not None}
                player.ask("POST", "order/create", category="linear", symbol=SYMBOL, **given_, **kind, **rising)
            assert not any(player.exchange.imbalance().values())
            depth = player.get("market/orderbook", limit=500)
            assert_in_order(depth["b"], rising=False)
            assert_in_order(depth["a"], rising=True)


def assert_in_order(levels: list[list[str]], *, rising: bool) -> None:
    prices = [Decimal(price) for price, _ in levels]
    assert prices == sorted(set(prices), reverse=not rising)
    assert all(Decimal(size) > 0 for _, size in levels)


@settings(max_examples=60, deadline=None)
@given(st.lists(FRAMES, max_size=25))
@example([("book", [], [("95.0", "0.5"), ("95.0", "0")], "snapshot")])
def test_the_street_is_what_its_frames_add_up_to(drawn: list[tuple[Any, ...]]) -> None:
    lines = lines_of(drawn)
    with tempfile.TemporaryDirectory() as folder:
        player = Player(write(Path(folder) / "f.jsonl", lines))
        for at in range(len(lines)):
            player.play_to(at * 7_000)
            depth = player.get("market/orderbook", limit=500)
            for side, levels in street(lines, at * 7_000).items():
                assert {Decimal(price): Decimal(size) for price, size in depth[side]} == {
                    Decimal(price): Decimal(size) for price, size in levels.items() if Decimal(size)
                }
