"""Entries that rest on the book: ladders, and the quotes of quoting strategies."""

from decimal import Decimal

import pytest

from bot.core.position_manager import PositionManagerCore
from bot.domain.messages import (
    CancelOrder,
    Direction,
    DrainWanted,
    EntryApproved,
    EntryEnded,
    EntryRefused,
    EntryWanted,
    LadderStep,
    Message,
    OpenOrdersLoaded,
    PlaceOrder,
    PositionChanged,
    Quote,
    QuotesWanted,
    SignalRaised,
    TimePassed,
)
from bot.domain.values import OrderLinkId, OrderStatus, OrderType, Side, TimeInForce
from tests.core.managers import ADDRESS, SETTINGS, after, kinds, ledger, only, synchronised
from tests.core.samples import BTC, NOW, execution, order_update

STEPS = (LadderStep(99.94, 0.5), LadderStep(99.5, 0.3), LadderStep(99.0, 0.2))


def ladder(steps: tuple[LadderStep, ...] = STEPS, stop: float = 97.0) -> SignalRaised:
    return SignalRaised(
        BTC, "s", "1", NOW, Direction.LONG, 1.0, 100.0, stop, 105.0, (), ladder=steps, ladder_valid_ms=180_000
    )


def placed(core: PositionManagerCore, qty: str = "1") -> list[PlaceOrder]:
    wanted = only(EntryWanted, core.handle(ladder(), NOW))
    out = core.handle(EntryApproved(BTC, wanted, Decimal(qty)), NOW)
    return [each for each in out if isinstance(each, PlaceOrder)]


def fill(core: PositionManagerCore, order: PlaceOrder, name: str) -> list[Message]:
    """The whole order is filled at its price."""
    assert order.price is not None
    done = execution(name, order.side, str(order.qty), str(order.price), order_link_id=order.order_link_id)
    return [
        *core.handle(done, NOW),
        *core.handle(order_update(order, OrderStatus.FILLED, filled=str(order.qty)), NOW),
    ]


def test_a_ladder_is_one_approval_and_several_orders_that_never_take(flat: PositionManagerCore) -> None:
    orders = placed(flat)
    assert [(each.price, each.qty) for each in orders] == [
        (Decimal("99.9"), Decimal("0.5")),
        (Decimal("99.5"), Decimal("0.3")),
        (Decimal("99.0"), Decimal("0.2")),
    ]
    for order in orders:
        assert (order.order_type, order.time_in_force) == (OrderType.LIMIT, TimeInForce.POST_ONLY)
        assert (order.purpose, order.stop_loss, order.take_profit) == ("entry", Decimal("97.0"), Decimal("105.0"))


def test_the_entry_ends_with_its_last_order(flat: PositionManagerCore) -> None:
    first, second, third = placed(flat)
    assert EntryEnded not in kinds(fill(flat, first, "e1"))
    for order in (second, third):
        flat.handle(order_update(order, OrderStatus.NEW), NOW)
    out = flat.handle(TimePassed(ADDRESS, after(180_000)), after(180_000))
    assert {each.order_link_id for each in out if isinstance(each, CancelOrder)} == {
        second.order_link_id,
        third.order_link_id,
    }
    assert EntryEnded not in kinds(flat.handle(order_update(second, OrderStatus.CANCELLED), NOW))
    assert EntryEnded in kinds(flat.handle(order_update(third, OrderStatus.CANCELLED), NOW))


def test_what_is_left_of_a_ladder_does_not_open_the_position_again(flat: PositionManagerCore) -> None:
    first, second, third = placed(flat)
    fill(flat, first, "e1")
    for order in (second, third):
        flat.handle(order_update(order, OrderStatus.NEW), NOW)
    stopped = execution("e2", Side.SELL, "0.5", "97", stop_order_type="StopLoss")
    withdrawn = [each.order_link_id for each in flat.handle(stopped, NOW) if isinstance(each, CancelOrder)]
    assert withdrawn == [second.order_link_id, third.order_link_id]


def test_steps_too_small_to_trade_are_left_out_and_one_is_enough(flat: PositionManagerCore) -> None:
    (order,) = placed(flat, "0.06")  # 0.03, 0.018 and 0.012 are worth less than 5
    assert (order.price, order.qty) == (Decimal("99.9"), Decimal("0.06"))


@pytest.mark.parametrize(
    "wrong", [ladder(stop=99.2), ladder((LadderStep(99.0, 0.5),)), ladder((LadderStep(-1.0, 1.0),))]
)
def test_a_senseless_ladder_is_refused(flat: PositionManagerCore, wrong: SignalRaised) -> None:
    assert kinds(flat.handle(wrong, NOW)) == [EntryRefused]


# --- quotes


def plan(*quotes: tuple[Side, float, float]) -> QuotesWanted:
    return QuotesWanted(BTC, "mm", NOW, 100.0, tuple(Quote(*each) for each in quotes), 200.0, 90.0, 110.0)


BOTH = ((Side.BUY, 99.55, 100.0), (Side.SELL, 100.45, 100.0))


def quoting(core: PositionManagerCore, *quotes: tuple[Side, float, float], qty: str = "2") -> list[PlaceOrder]:
    wanted = only(EntryWanted, core.handle(plan(*quotes), NOW))
    assert (wanted.for_quotes, wanted.amount_quote) == (True, Decimal("200.0"))
    out = core.handle(EntryApproved(BTC, wanted, Decimal(qty)), NOW)
    orders = [each for each in out if isinstance(each, PlaceOrder)]
    for order in orders:
        core.handle(order_update(order, OrderStatus.NEW), NOW)
    return orders


def test_quotes_are_placed_away_from_the_market_with_the_stop_of_their_side(flat: PositionManagerCore) -> None:
    buy, sell = quoting(flat, *BOTH)
    assert (buy.side, buy.price, buy.qty, buy.stop_loss) == (
        Side.BUY,
        Decimal("99.5"),
        Decimal("1.005"),
        Decimal("90.0"),
    )
    assert (sell.side, sell.price, sell.qty, sell.stop_loss) == (
        Side.SELL,
        Decimal("100.5"),
        Decimal("0.995"),
        Decimal("110.0"),
    )
    assert {buy.time_in_force, sell.time_in_force} == {TimeInForce.POST_ONLY}


def test_what_is_wanted_as_it_is_stays_and_the_rest_is_withdrawn(flat: PositionManagerCore) -> None:
    buy, sell = quoting(flat, *BOTH)
    out = flat.handle(plan(BOTH[0], (Side.SELL, 101.0, 100.0)), NOW)
    assert only(CancelOrder, out).order_link_id == sell.order_link_id
    assert not flat.handle(plan(BOTH[0], (Side.SELL, 101.0, 100.0)), NOW)[1:]  # at most the cancel again
    new = [each for each in out if isinstance(each, PlaceOrder)]
    assert [order.price for order in new] == [Decimal("101.0")]
    assert buy.order_link_id not in {each.order_link_id for each in out if isinstance(each, CancelOrder)}


def test_inventory_is_bounded_with_everything_that_rests(flat: PositionManagerCore) -> None:
    levels = tuple((Side.BUY, 99.0 - level, 60.0) for level in range(6))
    orders = quoting(flat, *levels, qty="2")
    assert sum(order.qty for order in orders) <= 2
    assert len(orders) == 3
    fill(flat, orders[0], "e1")
    out = flat.handle(plan(*levels), NOW)
    more = [each for each in out if isinstance(each, PlaceOrder)]
    resting = sum(order.qty for order in orders[1:])
    assert orders[0].qty + resting + sum(order.qty for order in more) <= 2


def test_a_quote_that_was_refused_waits_for_the_next_plan(flat: PositionManagerCore) -> None:
    buy, _ = quoting(flat, *BOTH)
    assert PlaceOrder not in kinds(flat.handle(order_update(buy, OrderStatus.CANCELLED), NOW))
    assert [each.price for each in flat.handle(plan(*BOTH), NOW) if isinstance(each, PlaceOrder)] == [buy.price]


def test_a_quote_that_only_reduces_carries_no_stop(flat: PositionManagerCore) -> None:
    buy, sell = quoting(flat, *BOTH)
    out = fill(flat, buy, "e1")
    assert only(PositionChanged, out).stop_price == Decimal("90.0")
    flat.handle(order_update(sell, OrderStatus.CANCELLED), NOW)
    out = list(flat.handle(plan((Side.SELL, 101.0, 50.0), (Side.SELL, 102.0, 60.0)), NOW))
    reduces, may_flip = (each for each in out if isinstance(each, PlaceOrder))
    assert reduces.stop_loss is None
    assert may_flip.stop_loss == Decimal("110.0"), "together with the other it is more than the position"


def test_without_leave_nothing_is_quoted_and_the_account_is_not_pestered(flat: PositionManagerCore) -> None:
    assert EntryWanted in kinds(flat.handle(plan(*BOTH), NOW))
    flat.handle(EntryRefused(BTC, NOW, "no room"), NOW)
    assert not flat.handle(plan(*BOTH), after(60_000))
    assert EntryWanted in kinds(flat.handle(plan(*BOTH), after(900_000)))


def test_at_a_stop_every_quote_is_withdrawn_once(flat: PositionManagerCore) -> None:
    orders = quoting(flat, *BOTH)
    out = flat.handle(DrainWanted(NOW, close_positions=False), NOW)
    withdrawn = [each.order_link_id for each in out if isinstance(each, CancelOrder)]
    assert withdrawn == [order.order_link_id for order in orders]


def test_no_quotes_and_no_position_give_the_leave_back(flat: PositionManagerCore) -> None:
    buy, sell = quoting(flat, *BOTH)
    flat.handle(plan(), NOW)
    flat.handle(order_update(buy, OrderStatus.CANCELLED), NOW)
    assert EntryEnded in kinds(flat.handle(order_update(sell, OrderStatus.CANCELLED), NOW))


def test_resting_orders_of_an_earlier_life_are_withdrawn() -> None:
    old = PlaceOrder(
        BTC, OrderLinkId("pyr-0-BTCUSDT-3q"), NOW, "quote", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(99)
    )
    core = PositionManagerCore(BTC, SETTINGS)
    synchronised(core, ledger(open_intents=(old,)))
    out = core.handle(OpenOrdersLoaded(BTC, (order_update(old, OrderStatus.NEW),)), NOW)
    assert only(CancelOrder, out).order_link_id == old.order_link_id
