"""Order ids: never twice, never longer than Bybit takes, of letters it takes; and what an execution was for."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.trading import ExecutionConfig
from bot.domain.messages import EntryApproved, EntryWanted, PlaceOrder
from bot.domain.values import OrderType, Side, Symbol
from bot.orders.intents import ORDER_LINK_ID_LENGTH, IntentMaker, purpose_of
from tests.core.samples import BTC, NOW, RULES, execution

ALLOWED = re.compile(r"[A-Za-z0-9_-]{1,36}")  # Bybit V5 docs, order/create
LONGEST_SYMBOL = Symbol("1000000BABYDOGEUSDT")
PURPOSES = ("exit", "signal", "protection", "stop")
WANTED = EntryWanted(BTC, NOW, Side.SELL, Decimal(100), Decimal(110), Decimal(90), RULES, Decimal(5), Decimal("0.01"))


def entry(maker: IntentMaker) -> PlaceOrder:
    return maker.entry(EntryApproved(BTC, WANTED, Decimal(2)), NOW)


def test_an_entry_carries_its_stop_and_target() -> None:
    order = entry(IntentMaker("pyr", 1, BTC))
    assert (order.order_link_id, order.purpose, order.order_type) == ("pyr-1-BTCUSDT-1e", "entry", OrderType.MARKET)
    assert (order.side, order.qty, order.reduce_only) == (Side.SELL, Decimal(2), False)
    assert (order.stop_loss, order.take_profit) == (Decimal(110), Decimal(90))


@pytest.mark.parametrize(("size", "side"), [("1.5", Side.SELL), ("-1.5", Side.BUY)])
def test_a_close_only_reduces_and_carries_no_stop(size: str, side: Side) -> None:
    order = IntentMaker("pyr", 1, BTC).close(Decimal(size), "protection", NOW)
    assert (order.side, order.qty, order.reduce_only) == (side, Decimal("1.5"), True)
    assert (order.stop_loss, order.take_profit) == (None, None)  # Bybit takes none with reduceOnly


@given(
    prefix=st.from_regex(r"[a-z0-9]{1,4}", fullmatch=True),
    lives=st.lists(st.lists(st.sampled_from(("entry", *PURPOSES)), max_size=8), min_size=1, max_size=5),
    symbols=st.lists(
        st.sampled_from([BTC, Symbol("BTCUSDT1"), Symbol("1BTCUSDT"), LONGEST_SYMBOL]), min_size=1, unique=True
    ),
)
def test_no_id_comes_twice_in_all_lives_of_the_bot(prefix: str, lives: list[list[str]], symbols: list[Symbol]) -> None:
    used: list[str] = []
    for epoch, purposes in enumerate(lives, start=1):
        for symbol in symbols:
            maker = IntentMaker(prefix, epoch, symbol)
            for purpose in purposes:
                order = entry(maker) if purpose == "entry" else maker.close(Decimal(1), purpose, NOW)
                used.append(order.order_link_id)
    assert len(set(used)) == len(used)
    assert all(ALLOWED.fullmatch(each) for each in used)


def test_a_maker_made_anew_in_the_same_life_goes_on_where_it_is_told() -> None:
    first = IntentMaker("pyr", 7, BTC)
    used = [entry(first).order_link_id for _ in range(3)]
    second = IntentMaker("pyr", 7, BTC)
    second.next_sequence = len(used) + 1
    assert entry(second).order_link_id not in used


def test_a_long_symbol_leaves_room_for_many_runs_and_orders() -> None:
    maker = IntentMaker(ExecutionConfig().order_prefix, 9_999, LONGEST_SYMBOL)
    maker.next_sequence = 99_999
    assert len(entry(maker).order_link_id) <= ORDER_LINK_ID_LENGTH


def test_an_id_that_is_too_long_is_never_sent() -> None:
    with pytest.raises(ValueError, match="longer than 36"):
        entry(IntentMaker("x" * 30, 1, BTC))


@pytest.mark.parametrize(
    ("exec_type", "stop_order_type", "own", "purpose"),
    [
        ("Trade", "", "entry", "entry"),
        ("Trade", "", None, "external"),
        ("Trade", "StopLoss", None, "stop loss"),
        ("Trade", "PartialTakeProfit", None, "take profit"),
        ("Trade", "TrailingStop", None, "trailing stop"),
        ("Trade", "SomethingNew", None, "external"),
        ("BustTrade", "", None, "liquidation"),
        ("AdlTrade", "", None, "auto-deleveraging"),
        ("Settle", "", None, "settlement"),
        ("Funding", "", "entry", "funding"),
    ],
)
def test_what_an_execution_was_for(exec_type: str, stop_order_type: str, own: str | None, purpose: str) -> None:
    fill = execution("x", Side.BUY, "1", "100", exec_type=exec_type, stop_order_type=stop_order_type)
    assert purpose_of(fill, own) == purpose
