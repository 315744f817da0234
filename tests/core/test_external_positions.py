"""Positions that somebody else opens, and what fills say of themselves."""

from decimal import Decimal

import msgspec
import pytest

from bot.core.position_books import ExternalPositions
from bot.core.position_decisions import LEFT_ALONE
from bot.core.position_manager import PositionManagerCore
from bot.domain.messages import (
    AlertRaised,
    CancelEntriesWanted,
    ClosePositionWanted,
    Direction,
    EntryRefused,
    EntryWanted,
    FillBooked,
    FlattenWanted,
    InstrumentLoaded,
    LedgerLoaded,
    Message,
    PlaceOrder,
    PrivateStreamUp,
    SetTradingStop,
    Started,
    TimePassed,
    WakeAt,
)
from bot.domain.values import OrderStatus, Side
from tests.core.managers import ADDRESS, SETTINGS, after, kinds, ledger, only, send_entry, signal, synchronised
from tests.core.samples import BTC, NOW, RULES, execution, intent, order_update, position


def manager(policy: ExternalPositions, loaded: LedgerLoaded | None = None) -> PositionManagerCore:
    core = PositionManagerCore(BTC, msgspec.structs.replace(SETTINGS, external_positions=policy))
    synchronised(core, loaded or ledger())
    core.handle(position("0", by_rest=True), NOW)
    return core


def opened_by_hand(core: PositionManagerCore) -> list[Message]:
    out = list(core.handle(execution("by hand", Side.BUY, "1", "100"), after(10)))
    out += core.handle(position("1"), after(20))
    for ms in (1_100, 5_100, 7_200):
        out += core.handle(TimePassed(ADDRESS, after(ms)), after(ms))
    return out


def orders(messages: list[Message]) -> list[PlaceOrder]:
    return [each for each in messages if isinstance(each, PlaceOrder)]


def test_an_adopted_position_is_protected_and_managed() -> None:
    core = manager(ExternalPositions.ADOPT)
    assert SetTradingStop in kinds(opened_by_hand(core))
    out = core.handle(signal(Direction.SHORT), after(8_000))
    assert not [each for each in out if isinstance(each, EntryRefused)]


def test_a_position_that_is_to_be_ignored_is_booked_and_left_alone() -> None:
    core = manager(ExternalPositions.IGNORE)
    out = opened_by_hand(core)
    assert FillBooked in kinds(out)
    assert SetTradingStop not in kinds(out)
    assert not orders(out)
    assert only(EntryRefused, core.handle(signal(Direction.LONG), after(8_000))).reason == LEFT_ALONE
    assert not core.handle(signal(Direction.FLAT), after(8_000))
    assert not orders(list(core.handle(FlattenWanted(after(8_000), "drawdown"), after(8_000))))


def test_after_the_ignored_position_is_gone_the_symbol_is_traded_again() -> None:
    core = manager(ExternalPositions.IGNORE)
    opened_by_hand(core)
    core.handle(execution("out again", Side.SELL, "1", "101"), after(9_000))
    core.handle(position("0"), after(9_010))
    assert EntryWanted in kinds(
        core.handle(msgspec.structs.replace(signal(Direction.LONG), time_ms=after(9_100)), after(9_100))
    )


def test_the_policy_outlives_a_restart() -> None:
    fill = execution("by hand", Side.BUY, "1", "100")
    core = manager(ExternalPositions.IGNORE, LedgerLoaded(BTC, (fill,), (), (), 1))
    core.handle(position("1"), after(20))
    assert SetTradingStop not in kinds(core.handle(TimePassed(ADDRESS, after(1_100)), after(1_100)))


def test_an_ignored_position_is_closed_when_a_person_asks_for_that() -> None:
    core = manager(ExternalPositions.IGNORE)
    opened_by_hand(core)
    close = only(PlaceOrder, core.handle(ClosePositionWanted(BTC, after(8_000), "operator"), after(8_000)))
    assert (close.side, close.qty, close.reduce_only, close.purpose) == (Side.SELL, Decimal(1), True, "operator")


def test_a_position_that_may_not_be_is_closed_at_once() -> None:
    core = manager(ExternalPositions.CLOSE)
    close = only(PlaceOrder, core.handle(execution("by hand", Side.BUY, "1", "100"), after(10)))
    assert (close.side, close.qty, close.reduce_only, close.purpose) == (Side.SELL, Decimal(1), True, "external")


@pytest.mark.parametrize("policy", ExternalPositions)
def test_the_bot_s_own_position_is_never_taken_for_somebody_else_s(policy: ExternalPositions) -> None:
    core = manager(policy)
    order = send_entry(core)
    out = list(core.handle(execution("e1", Side.BUY, "1", "100", order_link_id=order.order_link_id), after(10)))
    out += core.handle(position("1"), after(20))
    assert not orders(out)
    assert only(SetTradingStop, core.handle(TimePassed(ADDRESS, after(1_100)), after(1_100))).stop_loss == Decimal(
        "98.1"
    )


def test_flatten_cancels_and_closes() -> None:
    core = manager(ExternalPositions.ADOPT)
    order = send_entry(core)
    core.handle(execution("e1", Side.BUY, "1", "100", order_link_id=order.order_link_id), after(10))
    close = only(PlaceOrder, core.handle(FlattenWanted(after(20), "daily loss"), after(20)))
    assert (close.reduce_only, close.purpose) == (True, "daily loss")
    assert not orders(list(core.handle(CancelEntriesWanted(after(30), "operator"), after(30))))


def test_after_a_restart_a_naked_position_gets_the_stop_of_its_own_entry() -> None:
    planned = msgspec.structs.replace(intent("pyr-0-BTCUSDT-2e"), stop_loss=Decimal("97.7"), take_profit=Decimal(109))
    core = PositionManagerCore(BTC, SETTINGS)
    synchronised(core, ledger(open_intents=(planned,)))
    core.handle(execution("e1", Side.BUY, "1", "100", order_link_id=planned.order_link_id), after(10))
    core.handle(position("1", by_rest=True), after(20))
    stop = only(SetTradingStop, core.handle(TimePassed(ADDRESS, after(1_100)), after(1_100)))
    assert (stop.stop_loss, stop.take_profit) == (planned.stop_loss, planned.take_profit)


def test_a_position_of_before_the_restart_gets_the_stop_it_last_had() -> None:
    loaded = msgspec.structs.replace(ledger(fills=("e1",)), stop_price=Decimal("99.5"), target_price=Decimal(110))
    core = PositionManagerCore(BTC, SETTINGS)
    synchronised(core, loaded)
    core.handle(position("1", by_rest=True), after(20))
    stop = only(SetTradingStop, core.handle(TimePassed(ADDRESS, after(1_100)), after(1_100)))
    assert (stop.stop_loss, stop.take_profit) == (Decimal("99.5"), Decimal(110))


def test_an_execution_of_an_unknown_type_stops_entries_and_is_told() -> None:
    core = manager(ExternalPositions.ADOPT)
    out = core.handle(execution("odd", Side.BUY, "1", "100", exec_type="Merger"), after(10))
    assert "unknown type Merger" in only(AlertRaised, out).text
    assert "unknown type Merger" in only(EntryRefused, core.handle(signal(Direction.LONG), after(20))).reason


def found_without_rules() -> PositionManagerCore:
    """A position that somebody has opened, before the bot has been told the tick of its symbol."""
    core = PositionManagerCore(BTC, SETTINGS)
    core.handle(Started(ADDRESS, NOW), NOW)
    core.handle(ledger(), NOW)
    core.handle(PrivateStreamUp(NOW), NOW)
    core.handle(position("1", by_rest=True), NOW)
    return core


def test_a_stop_waits_for_the_tick_that_it_must_be_on() -> None:
    core = found_without_rules()
    first = core.handle(TimePassed(ADDRESS, after(1_000)), after(1_000))
    assert SetTradingStop not in kinds(first)
    assert WakeAt(ADDRESS, after(1_500)) in first
    core.handle(InstrumentLoaded(BTC, RULES), after(1_200))
    stop = only(SetTradingStop, core.handle(TimePassed(ADDRESS, after(1_500)), after(1_500))).stop_loss
    assert stop == Decimal(98)


def test_without_the_tick_it_is_closed_in_time() -> None:
    core = found_without_rules()
    out: list[Message] = []
    for ms in range(1_000, 6_001, 500):
        out += core.handle(TimePassed(ADDRESS, after(ms)), after(ms))
    assert SetTradingStop not in kinds(out)
    assert orders(out)[0].reduce_only
    assert orders(out)[0].time_ms <= after(5_000)


def test_a_flatten_reaches_the_bot_s_own_position_of_which_only_the_fill_is_not_known_yet() -> None:
    core = manager(ExternalPositions.IGNORE)
    order = send_entry(core)
    core.handle(position("1"), after(10))
    core.handle(FlattenWanted(after(20), "drawdown"), after(20))
    out = core.handle(execution("e1", Side.BUY, "1", "100", order_link_id=order.order_link_id), after(30))
    out = (*out, *core.handle(order_update(order, OrderStatus.FILLED, filled="1"), after(40)))
    assert only(PlaceOrder, out).reduce_only


def test_a_flatten_waits_for_what_the_books_do_not_have_yet() -> None:
    core = manager(ExternalPositions.ADOPT)
    core.handle(position("1", stop="98"), after(10))
    core.handle(FlattenWanted(after(20), "drawdown"), after(20))
    close = only(PlaceOrder, core.handle(execution("by hand", Side.BUY, "1", "100"), after(30)))
    assert (close.side, close.reduce_only, close.purpose) == (Side.SELL, True, "drawdown")
