"""Resting orders that change while something else does: what is withdrawn stays withdrawn, what is bounded bounded."""

from decimal import Decimal

import msgspec
import pytest

from bot.core.position_manager import PositionManagerCore
from bot.domain.messages import (
    CancelAnswered,
    CancelOrder,
    Direction,
    EntryApproved,
    EntryEnded,
    EntryRefused,
    EntryWanted,
    ExecutionsLoaded,
    FetchOrder,
    Message,
    OpenOrdersLoaded,
    OrderLookedUp,
    OrderOutcomeUnknown,
    PlaceOrder,
    PositionChanged,
    PrivateStreamUp,
    Quote,
    QuotesWanted,
    SetTradingStop,
    Stream,
    StreamLost,
    TimePassed,
)
from bot.domain.values import OrderLinkId, OrderStatus, OrderType, Side, TimeInForce
from tests.core.managers import ADDRESS, SETTINGS, after, kinds, ledger, only, signal, synchronised
from tests.core.samples import BTC, NOW, execution, order_update, position
from tests.core.test_resting_entries import BOTH, fill, ladder, placed, plan, quoting


def cancelled(messages: object) -> list[OrderLinkId]:
    assert isinstance(messages, list | tuple)
    return [each.order_link_id for each in messages if isinstance(each, CancelOrder)]


def resting(core: PositionManagerCore) -> list[PlaceOrder]:
    orders = placed(core)
    for order in orders:
        core.handle(order_update(order, OrderStatus.NEW), NOW)
    return orders


# --- ladders


def test_a_cancel_that_overtook_its_order_is_sent_again_when_the_order_shows(flat: PositionManagerCore) -> None:
    orders = placed(flat)
    for order in orders:
        flat.handle(OrderOutcomeUnknown(BTC, order.order_link_id, NOW, "timeout"), NOW)
    flat.handle(TimePassed(ADDRESS, after(180_000)), after(180_000))
    flat.handle(CancelAnswered(BTC, orders[0].order_link_id, 110001, "order not exists"), after(180_100))
    late = flat.handle(order_update(orders[0], OrderStatus.NEW), after(180_200))
    assert cancelled(late) == [orders[0].order_link_id]


def test_a_cancel_that_was_lost_is_sent_again(flat: PositionManagerCore) -> None:
    order = resting(flat)[0]
    flat.handle(TimePassed(ADDRESS, after(180_000)), after(180_000))
    later = after(185_000)
    assert FetchOrder(BTC, order.order_link_id) in flat.handle(TimePassed(ADDRESS, later), later)
    alive = order_update(order, OrderStatus.NEW)
    assert cancelled(flat.handle(OrderLookedUp(BTC, order.order_link_id, NOW, alive), later)) == [order.order_link_id]
    gone = order_update(order, OrderStatus.CANCELLED, updated_ms=later)
    assert not cancelled(flat.handle(OrderLookedUp(BTC, order.order_link_id, NOW, gone), later))


def test_a_resting_order_of_an_earlier_life_that_only_a_question_finds_is_withdrawn() -> None:
    old = PlaceOrder(
        BTC,
        OrderLinkId("pyr-0-BTCUSDT-3e"),
        NOW,
        "entry",
        Side.BUY,
        OrderType.LIMIT,
        Decimal(1),
        Decimal(99),
        time_in_force=TimeInForce.POST_ONLY,
    )
    core = PositionManagerCore(BTC, SETTINGS)
    synchronised(core, ledger(open_intents=(old,)))  # the list of open orders does not have it yet
    found = OrderLookedUp(BTC, old.order_link_id, NOW, order_update(old, OrderStatus.NEW))
    assert cancelled(core.handle(found, after(1_000))) == [old.order_link_id]


@pytest.mark.parametrize("direction", [Direction.FLAT, Direction.SHORT])
def test_who_changes_their_mind_gets_nothing_more_of_a_ladder(flat: PositionManagerCore, direction: Direction) -> None:
    orders = resting(flat)
    out = flat.handle(signal(direction, stop=102.0, target=None), NOW)
    assert cancelled(out) == [order.order_link_id for order in orders]


def test_a_wish_of_the_same_side_leaves_the_ladder_as_it_is(flat: PositionManagerCore) -> None:
    resting(flat)
    assert kinds(flat.handle(ladder(), NOW)) == [EntryRefused]


def test_out_means_out_also_for_what_the_account_is_still_thinking_about(flat: PositionManagerCore) -> None:
    wanted = only(EntryWanted, flat.handle(ladder(), NOW))
    flat.handle(signal(Direction.FLAT), NOW)
    assert kinds(flat.handle(EntryApproved(BTC, wanted, Decimal(1)), NOW)) == [EntryEnded]


def test_a_step_that_is_filled_while_it_is_withdrawn_is_closed(flat: PositionManagerCore) -> None:
    first, second, third = resting(flat)
    fill(flat, first, "e1")
    close = only(PlaceOrder, flat.handle(signal(Direction.FLAT), NOW))
    fill_of_close = execution("e2", Side.SELL, "0.5", "99", order_link_id=close.order_link_id)
    flat.handle(fill_of_close, NOW)
    flat.handle(order_update(close, OrderStatus.FILLED, filled="0.5"), NOW)
    late = after(3_000)
    done = execution("e3", Side.BUY, str(second.qty), "99.5", order_link_id=second.order_link_id)
    again = only(PlaceOrder, flat.handle(done, late))
    assert (again.side, again.qty, again.reduce_only) == (Side.SELL, second.qty, True)
    assert third.order_link_id != again.order_link_id


def test_a_step_that_is_filled_after_the_stop_was_hit_is_closed(flat: PositionManagerCore) -> None:
    first, second, _ = resting(flat)
    fill(flat, first, "e1")
    flat.handle(execution("e2", Side.SELL, "0.5", "97", stop_order_type="StopLoss"), NOW)
    done = execution("e3", Side.BUY, str(second.qty), "99.5", order_link_id=second.order_link_id)
    close = only(PlaceOrder, flat.handle(done, NOW))
    assert (close.side, close.qty, close.reduce_only) == (Side.SELL, second.qty, True)


# --- leave


def test_an_entry_ends_though_a_quote_of_an_earlier_life_is_not_over() -> None:
    old = PlaceOrder(
        BTC, OrderLinkId("pyr-0-BTCUSDT-3q"), NOW, "quote", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(99)
    )
    core = PositionManagerCore(BTC, SETTINGS)
    synchronised(core, ledger(open_intents=(old,)))
    core.handle(position("0", by_rest=True), NOW)
    refused = only(EntryRefused, core.handle(ladder(), NOW))
    assert refused.reason == "quotes are on the book"
    core.handle(order_update(old, OrderStatus.CANCELLED), NOW)
    assert EntryWanted in kinds(core.handle(ladder(), NOW))


def test_two_answers_to_the_wish_to_quote_do_not_end_it(flat: PositionManagerCore) -> None:
    first = only(EntryWanted, flat.handle(plan(*BOTH), NOW))
    flat.handle(PrivateStreamUp(NOW), NOW)  # the account may be another one: it is asked again
    synchronised_again(flat)
    second = only(EntryWanted, flat.handle(plan(*BOTH), after(1_000)))
    out = list(flat.handle(EntryApproved(BTC, first, Decimal(2)), after(1_000)))
    out += flat.handle(EntryApproved(BTC, second, Decimal(2)), after(1_000))
    assert EntryEnded not in kinds(out)


def synchronised_again(core: PositionManagerCore) -> None:
    core.handle(ExecutionsLoaded(BTC, ()), NOW)
    core.handle(OpenOrdersLoaded(BTC, ()), NOW)
    core.handle(position("0", by_rest=True), NOW)


def test_leave_that_an_earlier_actor_had_is_given_back_once(flat: PositionManagerCore) -> None:
    assert kinds(flat.handle(plan(), NOW)) == [EntryEnded]
    assert not flat.handle(plan(), after(60_000))


# --- quotes


def test_a_kept_quote_that_is_filled_waits_for_the_next_plan(flat: PositionManagerCore) -> None:
    buy, _ = quoting(flat, *BOTH)
    flat.handle(plan(*BOTH), NOW)  # both stay
    assert PlaceOrder not in kinds(fill(flat, buy, "e1"))
    again = [each for each in flat.handle(plan((Side.BUY, 99.55, 50.0)), NOW) if isinstance(each, PlaceOrder)]
    assert [each.price for each in again] == [buy.price]


def test_a_quote_is_cancelled_once_however_many_plans_come(flat: PositionManagerCore) -> None:
    quoting(flat, *BOTH)
    sent = [
        each
        for number in range(20)
        for each in flat.handle(plan((Side.BUY, 98.0, 10.0)), after(200 * number))
        if isinstance(each, CancelOrder)
    ]
    assert len(sent) == 2


@pytest.mark.parametrize(
    "broken",
    [{"stop_long": float("nan")}, {"stop_short": -1.0}, {"price": float("inf")}, {"inventory_max_quote": 0.0}],
)
def test_a_plan_without_sense_is_refused_and_withdraws_the_quotes(
    flat: PositionManagerCore, broken: dict[str, float]
) -> None:
    orders = quoting(flat, *BOTH)
    out = flat.handle(msgspec.structs.replace(plan(*BOTH), **broken), NOW)
    assert only(EntryRefused, out).reason
    assert cancelled(out) == [order.order_link_id for order in orders]


def test_the_stop_of_a_position_by_quotes_is_that_of_the_newest_plan(flat: PositionManagerCore) -> None:
    quoting(flat, *BOTH)
    lower = QuotesWanted(BTC, "mm", NOW, 80.0, (Quote(Side.BUY, 79.5, 50.0),), 200.0, 75.0, 85.0)
    buy = only(PlaceOrder, flat.handle(lower, NOW))
    assert only(PositionChanged, fill(flat, buy, "e1")).stop_price == Decimal("75.0")
    flat.handle(position(str(buy.qty)), NOW)  # the exchange shows it without a stop
    assert SetTradingStop(BTC, Decimal("75.0"), None) in flat.handle(TimePassed(ADDRESS, after(1_000)), after(1_000))


def test_inventory_is_bounded_in_value_though_leave_was_given_at_a_lower_price(flat: PositionManagerCore) -> None:
    quoting(flat, (Side.BUY, 99.0, 10.0), qty="2")
    dear = QuotesWanted(
        BTC, "mm", NOW, 200.0, tuple(Quote(Side.SELL, 201.0 + n, 60.0) for n in range(6)), 200.0, 180.0, 220.0
    )
    orders = [each for each in flat.handle(dear, NOW) if isinstance(each, PlaceOrder)]
    assert 0 < sum(order.qty for order in orders) <= 1


def test_no_quote_is_placed_beyond_its_own_stop(flat: PositionManagerCore) -> None:
    assert [order.side for order in quoting(flat, (Side.BUY, 89.0, 50.0), (Side.SELL, 101.0, 50.0))] == [Side.SELL]


def test_quotes_stand_still_while_news_of_a_fill_is_half_here_and_go_when_it_stays_so(
    flat: PositionManagerCore,
) -> None:
    buy, sell = quoting(flat, *BOTH)
    assert not cancelled(flat.handle(position("1.005", stop="90"), NOW)), "the execution is on its way"
    out: list[Message] = list(flat.handle(plan(BOTH[0], BOTH[1], (Side.BUY, 98.0, 10.0)), after(100)))
    assert not any(isinstance(each, PlaceOrder | CancelOrder) for each in out)
    gone = flat.handle(TimePassed(ADDRESS, after(5_000)), after(5_000))
    assert cancelled(gone) == [buy.order_link_id, sell.order_link_id]


def test_the_execution_that_was_missing_ends_the_difference(flat: PositionManagerCore) -> None:
    buy, _ = quoting(flat, *BOTH)
    flat.handle(position("1.005", stop="90"), NOW)
    fill(flat, buy, "e1")
    assert PlaceOrder in kinds(flat.handle(plan((Side.SELL, 102.0, 50.0)), after(100)))


def test_quotes_go_when_nobody_sees_the_market_and_come_back_with_the_next_plan(flat: PositionManagerCore) -> None:
    orders = quoting(flat, *BOTH)
    out = flat.handle(StreamLost(Stream.PUBLIC, NOW, "cut"), NOW)
    assert cancelled(out) == [order.order_link_id for order in orders]
    for order in orders:
        flat.handle(order_update(order, OrderStatus.CANCELLED), NOW)
    wanted = only(EntryWanted, flat.handle(plan(*BOTH), after(60_000)))
    out = flat.handle(EntryApproved(BTC, wanted, Decimal(2)), after(60_000))
    assert kinds(out).count(PlaceOrder) == 2
