"""One symbol's orders, position and stop, through whatever the exchange does."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec
import pytest

from bot.core.position_manager import PositionManagerCore
from bot.core.position_settings import PositionSettings
from bot.domain.messages import (
    AlertRaised,
    BotHalted,
    Direction,
    Drained,
    DrainWanted,
    EntryApproved,
    EntryEnded,
    EntryRefused,
    EntryWanted,
    ExecutionsLoaded,
    FetchExecutions,
    FetchOrder,
    FetchPosition,
    FillBooked,
    InstrumentLoaded,
    Message,
    OpenOrdersLoaded,
    OrderAcknowledged,
    OrderChanged,
    OrderLookedUp,
    OrderOutcomeUnknown,
    OrderProvenAbsent,
    OrderRefused,
    PlaceOrder,
    PositionChanged,
    PositionMarked,
    PriceMarked,
    PrivateStreamUp,
    RequestFailed,
    SetLeverage,
    SetTradingStop,
    Stream,
    StreamLost,
    StreamSuspected,
    TimePassed,
    TradeClosed,
    TradingStopAnswered,
    WakeAt,
)
from bot.domain.values import OrderStatus, Side
from tests.core.managers import ADDRESS, SETTINGS, after, kinds, ledger, only, send_entry, signal, synchronised
from tests.core.samples import BTC, NOW, RULES, execution, intent, order_update, position

# --- entries


def test_an_entry_carries_its_stop_and_target_on_the_tick_grid(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    assert order.order_link_id == "pyr-1-BTCUSDT-7e"
    assert (order.side, order.qty, order.reduce_only) == (Side.BUY, Decimal(1), False)
    assert (order.stop_loss, order.take_profit) == (Decimal("98.1"), Decimal("103.0"))


@pytest.mark.parametrize(
    ("stop", "target"),
    [(101.0, 103.0), (98.0, 99.0), (float("nan"), 103.0), (98.0, float("inf")), (-1.0, None)],
)
def test_a_senseless_stop_or_target_is_refused(
    flat: PositionManagerCore, stop: float | None, target: float | None
) -> None:
    assert kinds(flat.handle(signal(Direction.LONG, stop, target), NOW)) == [EntryRefused]


def test_a_signal_without_a_stop_gets_the_fallback(flat: PositionManagerCore) -> None:
    wanted = only(EntryWanted, flat.handle(signal(Direction.LONG, None, None), NOW))
    assert wanted.stop_price == Decimal(100) * (1 - SETTINGS.fallback_stop_fraction)


def test_no_second_entry_while_one_is_on_its_way(flat: PositionManagerCore) -> None:
    flat.handle(signal(Direction.LONG), NOW)
    assert kinds(flat.handle(signal(Direction.LONG), NOW)) == [EntryRefused]
    flat.handle(EntryRefused(BTC, NOW, "no room"), NOW)
    send_entry(flat)
    assert kinds(flat.handle(signal(Direction.LONG), NOW)) == [EntryRefused]


def test_no_entry_before_everything_is_known() -> None:
    core = PositionManagerCore(BTC, SETTINGS)
    synchronised(core, ledger())
    refused = only(EntryRefused, core.handle(signal(Direction.LONG), NOW))
    assert "position" in refused.reason


def test_no_entry_while_the_private_stream_is_down(flat: PositionManagerCore) -> None:
    flat.handle(StreamLost(Stream.PRIVATE, NOW, "silent"), NOW)
    assert kinds(flat.handle(signal(Direction.LONG), NOW)) == [EntryRefused]


def test_a_refused_entry_frees_what_was_reserved(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    assert kinds(flat.handle(OrderRefused(BTC, order.order_link_id, NOW, 110007, "no money"), NOW)) == [EntryEnded]
    send_entry(flat)


# --- fills


def test_a_fill_is_booked_once_however_often_it_is_told(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    fill = execution("e1", Side.BUY, "1", "100", order_link_id=order.order_link_id)
    booked = only(FillBooked, flat.handle(fill, NOW))
    assert (booked.purpose, booked.size_after) == ("entry", Decimal(1))
    assert not flat.handle(fill, NOW)
    assert not flat.handle(ExecutionsLoaded(BTC, (fill,)), NOW)


def test_an_order_never_goes_back(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    flat.handle(execution("e1", Side.BUY, "1", "100", order_link_id=order.order_link_id), NOW)
    filled = order_update(order, OrderStatus.FILLED, filled="1", updated_ms=NOW + 5)
    assert kinds(flat.handle(filled, NOW)) == [OrderChanged, EntryEnded]
    assert not flat.handle(filled, NOW)
    assert not flat.handle(order_update(order, OrderStatus.NEW, updated_ms=NOW + 9), NOW)


def test_an_order_is_over_when_its_last_fill_is_booked(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    out = flat.handle(order_update(order, OrderStatus.FILLED, filled="1"), NOW)
    assert EntryEnded not in kinds(out)
    assert only(WakeAt, out).at_ms == after(1_000)
    assert kinds(flat.handle(signal(Direction.LONG), NOW)) == [EntryRefused]
    assert FetchExecutions in kinds(flat.handle(TimePassed(ADDRESS, after(1_000)), after(1_000)))
    late = execution("e1", Side.BUY, "1", "100", order_link_id=order.order_link_id)
    assert EntryEnded in kinds(flat.handle(ExecutionsLoaded(BTC, (late,)), after(1_100)))


def test_a_stop_on_the_exchange_closes_the_round_trip(long: PositionManagerCore) -> None:
    out = long.handle(execution("e2", Side.SELL, "1", "98", fee="0.1", stop_order_type="StopLoss"), NOW)
    assert kinds(out) == [FillBooked, PositionChanged, TradeClosed]
    trade = only(TradeClosed, out)
    assert (trade.realised_pnl, trade.net_pnl, trade.exit_reason) == (Decimal(-2), Decimal("-2.1"), "stop loss")


def test_a_price_marks_an_open_position_only(flat: PositionManagerCore) -> None:
    closed = PriceMarked(BTC, NOW, 101.5, 101.0, 102.0)
    assert not flat.handle(closed, NOW)
    flat.handle(execution("e1", Side.SELL, "2", "100"), NOW)
    assert flat.handle(closed, NOW) == (
        PositionMarked(BTC, NOW, Decimal("101.5"), Decimal(-3), Decimal("101.0"), Decimal("102.0")),
    )


# --- exits


def test_the_opposite_signal_closes_and_does_not_turn_round(long: PositionManagerCore) -> None:
    order = only(PlaceOrder, long.handle(signal(Direction.SHORT, 102.0, 97.0), NOW))
    assert (order.side, order.qty, order.reduce_only) == (Side.SELL, Decimal(1), True)
    assert not long.handle(signal(Direction.SHORT, 102.0, 97.0), NOW)  # one close at a time


def test_the_same_signal_leaves_the_position_alone(long: PositionManagerCore) -> None:
    assert not long.handle(signal(Direction.LONG), NOW)


def test_a_refused_close_reads_the_position_again(long: PositionManagerCore) -> None:
    order = only(PlaceOrder, long.handle(signal(Direction.FLAT), NOW))
    out = long.handle(OrderRefused(BTC, order.order_link_id, NOW, 110017, "position is zero"), NOW)
    assert kinds(out)[:2] == [FetchExecutions, FetchPosition]


def test_an_exit_is_sent_again_until_the_position_is_flat(long: PositionManagerCore) -> None:
    first = only(PlaceOrder, long.handle(signal(Direction.FLAT), NOW))
    long.handle(OrderRefused(BTC, first.order_link_id, NOW, 10006, "too many visits"), NOW)
    assert PlaceOrder not in kinds(long.handle(TimePassed(ADDRESS, after(1_000)), after(1_000)))
    second = only(PlaceOrder, long.handle(TimePassed(ADDRESS, after(2_000)), after(2_000)))
    half = execution("e2", Side.SELL, "0.4", "101", order_link_id=second.order_link_id)
    long.handle(half, after(2_100))
    long.handle(order_update(second, OrderStatus.CANCELLED, filled="0.4"), after(2_100))
    third = only(PlaceOrder, long.handle(TimePassed(ADDRESS, after(4_000)), after(4_000)))
    assert (third.qty, third.reduce_only) == (Decimal("0.6"), True)
    rest = execution("e3", Side.SELL, "0.6", "101", order_link_id=third.order_link_id)
    assert TradeClosed in kinds(long.handle(rest, after(4_100)))
    long.handle(order_update(third, OrderStatus.FILLED, filled="0.6"), after(4_100))
    assert PlaceOrder not in kinds(long.handle(TimePassed(ADDRESS, after(9_000)), after(9_000)))


def test_an_exit_of_unknown_outcome_is_not_sent_again_before_it_is_known(long: PositionManagerCore) -> None:
    order = only(PlaceOrder, long.handle(signal(Direction.FLAT), NOW))
    long.handle(OrderOutcomeUnknown(BTC, order.order_link_id, NOW, "timeout"), NOW)
    for seconds in range(1, 30):
        now = after(1_000 * seconds)
        assert PlaceOrder not in kinds(long.handle(TimePassed(ADDRESS, now), now))


def test_an_old_signal_is_not_acted_on(flat: PositionManagerCore) -> None:
    assert kinds(flat.handle(signal(Direction.LONG), after(31_000))) == [EntryRefused]


def test_an_old_signal_still_ends_a_position(long: PositionManagerCore) -> None:
    order = only(PlaceOrder, long.handle(signal(Direction.SHORT, 102.0, 97.0), after(31_000)))
    assert order.reduce_only


def test_an_answer_of_the_account_that_never_comes_does_not_block_the_symbol(flat: PositionManagerCore) -> None:
    wanted = only(EntryWanted, flat.handle(signal(Direction.LONG), NOW))
    flat.handle(PrivateStreamUp(NOW), NOW)  # said again when an actor was replaced
    assert kinds(flat.handle(EntryApproved(BTC, wanted, Decimal(1)), NOW)) == [EntryEnded]
    for answer in (ExecutionsLoaded(BTC, ()), OpenOrdersLoaded(BTC, ()), position("0", by_rest=True)):
        flat.handle(answer, NOW)
    send_entry(flat)


# --- unknown outcomes


def test_an_unknown_order_is_asked_for_and_never_sent_again(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    flat.handle(OrderOutcomeUnknown(BTC, order.order_link_id, NOW, "timeout"), NOW)
    asked: list[Message] = []
    for seconds in range(1, 120):
        now = after(1000 * seconds)
        asked += flat.handle(TimePassed(ADDRESS, now), now)
    assert only_kinds(asked) >= {FetchOrder}
    assert PlaceOrder not in only_kinds(asked)
    assert kinds(flat.handle(signal(Direction.LONG), NOW)) == [EntryRefused]


def only_kinds(messages: Iterable[Message]) -> set[type[Message]]:
    return set(kinds(messages))


def test_an_unknown_order_counts_as_absent_only_when_it_can_not_arrive_any_more(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    flat.handle(OrderOutcomeUnknown(BTC, order.order_link_id, NOW, "timeout"), NOW)
    for ms in (500, 1_000, 2_000, 10_000):
        assert not flat.handle(OrderLookedUp(BTC, order.order_link_id, after(ms), None), after(ms))
    out = flat.handle(OrderLookedUp(BTC, order.order_link_id, after(36_000), None), after(36_000))
    assert kinds(out) == [OrderProvenAbsent, EntryEnded]


def test_an_exit_of_an_earlier_life_that_never_arrived_is_decided_again() -> None:
    planned = intent("pyr-0-BTCUSDT-2s", reduce_only=True, time_ms=NOW - 60_000)
    core = PositionManagerCore(BTC, SETTINGS)
    synchronised(core, ledger(fills=("e1",), open_intents=(planned,)))
    core.handle(position("1", stop="98.1", by_rest=True), NOW)
    out: list[Message] = []
    for _ in range(3):
        out += core.handle(OrderLookedUp(BTC, planned.order_link_id, NOW, None), NOW)
    again = only(PlaceOrder, out)
    assert (again.reduce_only, again.side, again.qty) == (True, Side.SELL, Decimal(1))
    assert again.order_link_id != planned.order_link_id


def test_an_order_that_the_stream_withheld_is_adopted_and_the_stream_suspected(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    flat.handle(OrderOutcomeUnknown(BTC, order.order_link_id, NOW, "timeout"), NOW)
    found = order_update(order, OrderStatus.CANCELLED)
    out = flat.handle(OrderLookedUp(BTC, order.order_link_id, NOW, found), NOW)
    assert set(kinds(out)) == {OrderChanged, StreamSuspected, EntryEnded}


def test_an_order_acknowledged_but_never_heard_of_is_asked_for(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    flat.handle(OrderAcknowledged(BTC, order.order_link_id, "id", NOW), NOW)
    assert FetchOrder not in kinds(flat.handle(TimePassed(ADDRESS, after(4_000)), after(4_000)))
    assert FetchOrder in kinds(flat.handle(TimePassed(ADDRESS, after(5_000)), after(5_000)))


def test_unfinished_intents_of_an_earlier_life_are_asked_for() -> None:
    core = PositionManagerCore(BTC, SETTINGS)
    synchronised(core, ledger(open_intents=(intent(),)))
    out = core.handle(TimePassed(ADDRESS, NOW), NOW)
    assert FetchOrder(BTC, intent().order_link_id) in out
    found = order_update(intent(), OrderStatus.CANCELLED)
    assert StreamSuspected not in kinds(core.handle(OrderLookedUp(BTC, intent().order_link_id, NOW, found), NOW))


def test_fills_are_read_from_before_the_first_unfinished_intent() -> None:
    long_ago = intent(time_ms=NOW - 7_200_000)
    core = PositionManagerCore(BTC, SETTINGS)
    out = synchronised(core, ledger(open_intents=(long_ago,)))
    assert only(FetchExecutions, out).since_ms <= long_ago.time_ms


def test_a_question_that_fails_is_not_repeated_beside_the_schedule(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    flat.handle(OrderOutcomeUnknown(BTC, order.order_link_id, NOW, "timeout"), NOW)
    most = 0
    for seconds in range(1, 120):
        now = after(1_000 * seconds)
        asked = [each for each in flat.handle(TimePassed(ADDRESS, now), now) if isinstance(each, FetchOrder)]
        most = max(most, len(asked))
        for each in asked:
            flat.handle(RequestFailed(ADDRESS, each, -1, "no answer", transient=True), now)
    assert most == 1


def test_alarms_are_set_again_when_the_clock_may_have_lost_them(flat: PositionManagerCore) -> None:
    send_entry(flat)
    assert only(WakeAt, flat.handle(PrivateStreamUp(after(10)), after(10))).at_ms == after(5_000)


# --- protection


def test_a_position_without_a_stop_gets_one_and_is_closed_when_that_does_not_help(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    flat.handle(execution("e1", Side.BUY, "1", "100", order_link_id=order.order_link_id), NOW)
    flat.handle(order_update(order, OrderStatus.FILLED, filled="1"), NOW)
    flat.handle(position("1"), NOW)
    out = flat.handle(TimePassed(ADDRESS, after(1_000)), after(1_000))
    assert only(SetTradingStop, out) == SetTradingStop(BTC, Decimal("98.1"), Decimal("103.0"))
    flat.handle(position("1"), after(2_000))
    close = only(PlaceOrder, flat.handle(TimePassed(ADDRESS, after(5_000)), after(5_000)))
    assert (close.purpose, close.reduce_only, close.side) == ("protection", True, Side.SELL)


def test_a_stop_that_is_refused_means_closing_at_once(flat: PositionManagerCore) -> None:
    flat.handle(execution("e1", Side.BUY, "1", "100"), NOW)
    flat.handle(position("1"), NOW)
    stop = only(SetTradingStop, flat.handle(TimePassed(ADDRESS, after(1_000)), after(1_000)))
    assert stop.stop_loss == Decimal("98.0")  # opened by hand: the fallback, 2 % below
    out = flat.handle(TradingStopAnswered(BTC, 10001, "wrong side"), after(1_200))
    assert only(PlaceOrder, out).purpose == "protection"


def test_a_refused_target_is_no_reason_to_close(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    flat.handle(execution("e1", Side.BUY, "1", "100", order_link_id=order.order_link_id), NOW)
    flat.handle(order_update(order, OrderStatus.FILLED, filled="1"), NOW)
    flat.handle(position("1"), NOW)
    both = only(SetTradingStop, flat.handle(TimePassed(ADDRESS, after(1_000)), after(1_000)))
    assert both.take_profit is not None
    alone = only(SetTradingStop, flat.handle(TradingStopAnswered(BTC, 10001, "bad target"), after(1_100)))
    assert (alone.stop_loss, alone.take_profit) == (both.stop_loss, None)
    assert PlaceOrder in kinds(flat.handle(TradingStopAnswered(BTC, 10001, "bad stop"), after(1_200)))


def test_a_stop_removed_by_hand_is_set_again(long: PositionManagerCore) -> None:
    long.handle(position("1"), NOW)
    out = long.handle(TimePassed(ADDRESS, after(1_000)), after(1_000))
    assert only(SetTradingStop, out).stop_loss == Decimal("98.1")


def test_a_protected_position_is_left_alone(long: PositionManagerCore) -> None:
    for ms in (1_000, 5_000, 20_000):
        assert not long.handle(TimePassed(ADDRESS, after(ms)), after(ms))


def test_a_position_opened_by_hand_is_protected_though_the_books_know_nothing_of_it(flat: PositionManagerCore) -> None:
    flat.handle(position("3", side=Side.SELL), NOW)
    stop = only(SetTradingStop, flat.handle(TimePassed(ADDRESS, after(1_000)), after(1_000)))
    assert stop.stop_loss == Decimal("102.0")
    out = flat.handle(TradingStopAnswered(BTC, 10001, "refused"), after(1_100))
    close = only(PlaceOrder, out)
    assert (close.side, close.qty, close.reduce_only) == (Side.BUY, Decimal(3), True)


def test_protection_closes_again_while_an_earlier_close_is_of_unknown_outcome(long: PositionManagerCore) -> None:
    first = only(PlaceOrder, long.handle(signal(Direction.FLAT), NOW))
    long.handle(position("1"), NOW)
    long.handle(TimePassed(ADDRESS, after(1_000)), after(1_000))
    assert PlaceOrder not in kinds(long.handle(TimePassed(ADDRESS, after(5_000)), after(5_000)))
    again = only(PlaceOrder, long.handle(OrderOutcomeUnknown(BTC, first.order_link_id, NOW, "timeout"), after(5_500)))
    assert again.reduce_only
    assert again.order_link_id != first.order_link_id


# --- the exchange and the books


def test_no_entry_while_the_books_and_the_exchange_differ(flat: PositionManagerCore) -> None:
    flat.handle(position("1", stop="98.1"), NOW)
    refused = only(EntryRefused, flat.handle(signal(Direction.LONG), NOW))
    assert "differ" in refused.reason


def test_books_that_differ_are_checked_twice_before_the_exchange_is_believed(long: PositionManagerCore) -> None:
    long.handle(position("3", stop="98.1"), NOW)
    out = long.handle(TimePassed(ADDRESS, after(5_000)), after(5_000))
    assert kinds(out) == [FetchExecutions, FetchPosition]
    assert AlertRaised not in kinds(long.handle(position("3", stop="98.1", by_rest=True), after(5_100)))
    out = long.handle(position("3", stop="98.1", by_rest=True), after(10_200))
    assert only(PositionChanged, out).size == Decimal(3)
    assert AlertRaised in kinds(out)
    booked = only(FillBooked, out)  # so that the books still know it after a restart
    assert (booked.purpose, booked.execution.qty, booked.entry_price_after) == ("adjustment", Decimal(2), Decimal(100))


def test_position_news_may_overtake_execution_news(flat: PositionManagerCore) -> None:
    flat.handle(position("1", stop="98.1"), NOW)
    flat.handle(execution("e1", Side.BUY, "1", "100"), after(10))
    flat.handle(position("1", stop="98.1"), after(20))
    assert not flat.handle(TimePassed(ADDRESS, after(5_000)), after(5_000))


def test_after_a_restart_the_ledger_goes_on_where_it_was() -> None:
    core = PositionManagerCore(BTC, SETTINGS)
    out = synchronised(core, ledger(fills=("e1",)))
    assert {each.size for each in out if isinstance(each, PositionChanged)} == {Decimal(1)}
    out = list(core.handle(ExecutionsLoaded(BTC, (execution("e1", Side.BUY, "1", "100"),)), NOW))
    assert not out  # known from the database
    assert only(PositionMarked, core.handle(PriceMarked(BTC, NOW, 101.0, 101.0, 101.0), NOW)).unrealised_pnl == 1


def test_what_the_account_reserved_for_an_entry_that_died_with_an_actor_is_freed() -> None:
    core = PositionManagerCore(BTC, SETTINGS)
    assert EntryEnded(BTC) in synchronised(core, ledger())
    core = PositionManagerCore(BTC, SETTINGS)
    assert EntryEnded(BTC) not in synchronised(core, ledger(open_intents=(intent(),)))


def test_leverage_is_set_on_the_step_of_the_instrument() -> None:
    settings = PositionSettings(Decimal("0.01"), Decimal("12.345"), Decimal("0.02"), "pyr", 1)
    core = PositionManagerCore(BTC, settings)
    assert only(SetLeverage, core.handle(InstrumentLoaded(BTC, RULES), NOW)).leverage == Decimal("12.34")


def test_leverage_above_the_maximum_is_refused_with_a_reason_and_nothing_is_sent() -> None:
    settings = PositionSettings(Decimal("0.01"), Decimal(150), Decimal("0.02"), "pyr", 1)
    (halted,) = PositionManagerCore(BTC, settings).handle(InstrumentLoaded(BTC, RULES), NOW)
    assert isinstance(halted, BotHalted)
    assert halted.reason == "BTCUSDT: leverage 150 is not from 1 to 100, as the exchange allows"


def test_a_maximum_that_falls_below_the_leverage_closes_the_symbol_for_entries(flat: PositionManagerCore) -> None:
    stricter = msgspec.structs.replace(RULES, max_leverage=Decimal(3))
    assert not {SetLeverage, BotHalted} & set(kinds(flat.handle(InstrumentLoaded(BTC, stricter), NOW)))
    refused = only(EntryRefused, flat.handle(signal(Direction.LONG), NOW))
    assert refused.reason == "leverage 5 is not from 1 to 3, as the exchange allows"
    flat.handle(InstrumentLoaded(BTC, RULES), NOW)
    assert only(EntryWanted, flat.handle(signal(Direction.LONG), NOW)).leverage == Decimal(5)


# --- stopping


def test_stopping_leaves_a_position_with_its_stop_and_says_so_once(long: PositionManagerCore) -> None:
    assert kinds(long.handle(DrainWanted(NOW, close_positions=False), NOW)) == [Drained]
    assert not long.handle(position("1", stop="98.1"), NOW)


def test_stopping_may_close_the_position(long: PositionManagerCore) -> None:
    out = long.handle(DrainWanted(NOW, close_positions=True), NOW)
    order = only(PlaceOrder, out)
    assert (order.purpose, order.reduce_only) == ("stop", True)
    assert Drained not in kinds(out)
    long.handle(execution("e2", Side.SELL, "1", "101", order_link_id=order.order_link_id), NOW)
    assert Drained in kinds(long.handle(order_update(order, OrderStatus.FILLED, filled="1"), NOW))


def test_stopping_closes_what_an_entry_on_its_way_still_opens(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    assert Drained not in kinds(flat.handle(DrainWanted(NOW, close_positions=True), NOW))
    flat.handle(order_update(order, OrderStatus.FILLED, filled="1"), NOW)
    out = flat.handle(execution("e1", Side.BUY, "1", "100", order_link_id=order.order_link_id), NOW)
    close = only(PlaceOrder, out)
    assert (close.purpose, close.qty) == ("stop", Decimal(1))
    flat.handle(execution("e2", Side.SELL, "1", "100", order_link_id=close.order_link_id), NOW)
    assert Drained in kinds(flat.handle(order_update(close, OrderStatus.FILLED, filled="1"), NOW))


def test_stopping_waits_for_an_entry_whose_outcome_is_open(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    assert not flat.handle(DrainWanted(NOW, close_positions=False), NOW)
    out = flat.handle(order_update(order, OrderStatus.CANCELLED), NOW)
    assert kinds(out) == [OrderChanged, EntryEnded, Drained]


def test_an_order_that_breaks_a_rule_never_leaves_and_frees_what_was_reserved(flat: PositionManagerCore) -> None:
    wanted = only(EntryWanted, flat.handle(signal(Direction.LONG), NOW))
    refused = only(OrderRefused, flat.handle(EntryApproved(BTC, wanted, Decimal("0.0005")), NOW))
    assert "not a positive multiple of 0.001" in refused.text
    assert EntryEnded in kinds(flat.handle(refused, NOW))


def test_a_position_above_the_largest_order_is_closed_in_several(flat: PositionManagerCore) -> None:
    flat.handle(execution("e1", Side.BUY, "700", "100"), NOW)
    flat.handle(position("700", stop="98"), NOW)
    first = only(PlaceOrder, flat.handle(signal(Direction.FLAT), NOW))
    assert first.qty == RULES.max_market_order_qty
    flat.handle(execution("e2", Side.SELL, "500", "100", order_link_id=first.order_link_id), after(10))
    second = only(PlaceOrder, flat.handle(order_update(first, OrderStatus.FILLED, filled="500"), after(20)))
    assert second.qty == 200


def test_the_next_part_of_a_large_close_follows_the_fill_of_the_one_before_at_once(flat: PositionManagerCore) -> None:
    flat.handle(execution("e1", Side.BUY, "1200", "100"), NOW)
    flat.handle(position("1200", stop="98"), NOW)
    order = only(PlaceOrder, flat.handle(signal(Direction.FLAT), NOW))
    qtys = [order.qty]
    for ms in (10, 20):
        fill = execution(f"x{ms}", Side.SELL, "500", "100", order_link_id=order.order_link_id)
        out = list(flat.handle(fill, after(ms)))
        out += flat.handle(order_update(order, OrderStatus.FILLED, filled="500"), after(ms + 5))
        order = only(PlaceOrder, out)
        qtys.append(order.qty)
    assert qtys == [500, 500, 200]


def test_a_position_below_the_least_order_is_closed_by_the_least_order(flat: PositionManagerCore) -> None:
    flat.handle(execution("e1", Side.BUY, "0.0002", "100"), NOW)
    flat.handle(position("0.0002", stop="98"), NOW)
    assert only(PlaceOrder, flat.handle(signal(Direction.FLAT), NOW)).qty == RULES.min_order_qty


def test_a_close_that_did_nothing_is_not_repeated_at_once(flat: PositionManagerCore) -> None:
    flat.handle(execution("e1", Side.BUY, "1", "100"), NOW)
    flat.handle(position("1", stop="98"), NOW)
    first = only(PlaceOrder, flat.handle(signal(Direction.FLAT), NOW))
    out = flat.handle(order_update(first, OrderStatus.CANCELLED), after(10))
    assert PlaceOrder not in kinds(out)
    assert only(PlaceOrder, flat.handle(TimePassed(ADDRESS, after(2_100)), after(2_100))).qty == 1


def test_a_position_off_the_step_is_closed_as_a_whole(flat: PositionManagerCore) -> None:
    flat.handle(execution("e1", Side.BUY, "1.0005", "100"), NOW)
    flat.handle(position("1.0005", stop="98"), NOW)
    close = only(PlaceOrder, flat.handle(signal(Direction.FLAT), NOW))
    assert (close.qty, close.reduce_only) == (Decimal("1.001"), True)


def test_a_close_that_was_left_unfinished_does_not_hold_what_an_entry_reserved() -> None:
    core = PositionManagerCore(BTC, SETTINGS)
    out = synchronised(core, ledger(fills=("e1",), open_intents=(intent(reduce_only=True),)))
    assert EntryEnded in kinds(out)
