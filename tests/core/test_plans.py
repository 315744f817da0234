"""A position manager that carries out entries in several orders: messages in, messages out."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest

from bot.core.position_manager import PositionManagerCore
from bot.domain.messages import (
    AmendAnswered,
    AmendOrder,
    BestPricesLoaded,
    CancelEntriesWanted,
    CancelOrder,
    ClosePositionWanted,
    Direction,
    DrainWanted,
    EntryApproved,
    EntryEnded,
    EntryRefused,
    EntryWanted,
    FetchBestPrices,
    FetchOrder,
    FlattenWanted,
    KeepNote,
    LedgerLoaded,
    Message,
    OrderLookedUp,
    OrderRefused,
    PlaceOrder,
    PlanChanged,
    PlanState,
    PrivateStreamUp,
    RequestFailed,
    SignalRaised,
    Stream,
    StreamLost,
    SymbolLeaving,
    TimePassed,
)
from bot.domain.values import OrderStatus, OrderType, Side
from bot.orders.algorithms.policy import EntryKind, EntryPolicy, Then
from tests.core.managers import ADDRESS, SETTINGS, after, kinds, ledger, only, signal, synchronised
from tests.core.samples import BTC, NOW, execution, order_update, position

CHASE = EntryPolicy(kind=EntryKind.LIMIT, expiry_ms=10_000, then=Then.CHASE)


def core_with(
    policy: EntryPolicy, *, pyramid_levels: int = 0, loaded: LedgerLoaded | None = None
) -> PositionManagerCore:
    core = PositionManagerCore(BTC, msgspec.structs.replace(SETTINGS, entry=policy, pyramid_levels=pyramid_levels))
    synchronised(core, loaded or ledger())
    core.handle(position("0", by_rest=True), NOW)
    return core


def approved(core: PositionManagerCore, wish: SignalRaised | None = None, qty: str = "1") -> list[Message]:
    wanted = only(EntryWanted, core.handle(wish or signal(Direction.LONG, stop=97.0), NOW))
    return list(core.handle(EntryApproved(BTC, wanted, Decimal(qty)), NOW))


def orders_in(out: Sequence[Message]) -> list[PlaceOrder]:
    return [each for each in out if isinstance(each, PlaceOrder)]


def live(core: PositionManagerCore, order: PlaceOrder) -> list[Message]:
    state = OrderStatus.UNTRIGGERED if order.trigger_price else OrderStatus.NEW
    update = msgspec.structs.replace(order_update(order, state), price=order.price or Decimal(0))
    return list(core.handle(update, NOW))


def filled(core: PositionManagerCore, order: PlaceOrder, name: str = "x1", qty: str | None = None) -> list[Message]:
    price = order.price or order.trigger_price or Decimal(100)
    done = execution(name, order.side, qty or str(order.qty), str(price), order_link_id=order.order_link_id)
    out = list(core.handle(done, NOW))
    if qty is None:
        out += core.handle(order_update(order, OrderStatus.FILLED, filled=str(order.qty)), NOW)
    return out


def gone(core: PositionManagerCore, order: PlaceOrder, qty: str = "0") -> list[Message]:
    return list(core.handle(order_update(order, OrderStatus.CANCELLED, filled=qty, updated_ms=NOW + 1), NOW))


def passed(core: PositionManagerCore, ms: int) -> list[Message]:
    return list(core.handle(TimePassed(ADDRESS, after(ms)), after(ms)))


# --- one logical order


def test_the_plan_is_written_down_before_its_first_child_leaves() -> None:
    out = approved(core_with(CHASE))
    assert kinds(out).index(KeepNote) < kinds(out).index(PlaceOrder)
    (order,) = orders_in(out)
    assert (order.order_type, order.price, order.stop_loss) == (OrderType.LIMIT, Decimal(100), Decimal(97))
    told = only(PlanChanged, out)
    assert (told.plan_id, told.state, told.qty) == (order.plan_id, PlanState.WORKING, Decimal(1))
    assert EntryEnded not in kinds(out)


def test_the_account_is_told_the_end_once_with_the_last_child() -> None:
    core = core_with(EntryPolicy(kind=EntryKind.LAYERED))
    orders = orders_in(approved(core))
    out: list[Message] = []
    for number, order in enumerate(orders):
        live(core, order)
        out += filled(core, order, f"x{number}")
    assert kinds(out).count(EntryEnded) == 1
    last = [each for each in out if isinstance(each, PlanChanged)][-1]
    assert (last.state, last.filled_qty, last.reason) == (PlanState.OVER, Decimal(1), "filled")
    assert last.average_price == sum(order.price * order.qty for order in orders if order.price) / 1
    assert KeepNote(ADDRESS, "plan", None) in out, "nothing is to be taken up after a restart"


def test_a_market_entry_is_what_it_always_was_but_for_its_slippage_bound() -> None:
    out = approved(core_with(EntryPolicy(slippage_fraction=Decimal("0.001"))))
    (order,) = orders_in(out)
    assert (order.order_type, order.slippage_fraction, order.plan_id) == (OrderType.MARKET, Decimal("0.001"), "")
    assert KeepNote not in kinds(out)


def test_the_strategy_may_name_another_kind() -> None:
    core = core_with(EntryPolicy())
    wish = msgspec.structs.replace(signal(Direction.LONG, stop=97.0), entry="conditional")
    (order,) = orders_in(approved(core, wish))
    assert order.trigger_price == Decimal("100.1")
    assert order.rises


def test_a_kind_that_there_is_not_is_refused() -> None:
    core = core_with(EntryPolicy())
    out = core.handle(msgspec.structs.replace(signal(Direction.LONG), entry="sideways"), NOW)
    assert only(EntryRefused, out).reason == "there is no kind of entry 'sideways'"


@pytest.mark.parametrize(
    ("policy", "stop", "target"),
    [
        (EntryPolicy(kind=EntryKind.LIMIT, offset_fraction=Decimal("0.05")), 96.0, None),
        (EntryPolicy(kind=EntryKind.CONDITIONAL, trigger_fraction=Decimal("0.05")), 97.0, 104.0),
        (EntryPolicy(kind=EntryKind.OCO, oco_dip_fraction=Decimal("0.05")), 96.0, None),
        (EntryPolicy(kind=EntryKind.TWAP, run_away_fraction=Decimal("0.05")), 96.0, 104.0),
    ],
)
def test_a_stop_or_target_on_the_wrong_side_of_any_planned_price_is_refused(
    policy: EntryPolicy, stop: float, target: float | None
) -> None:
    out = core_with(policy).handle(signal(Direction.LONG, stop=stop, target=target), NOW)
    assert "wrong side" in only(EntryRefused, out).reason


@pytest.mark.parametrize("price", [float("nan"), float("inf"), 0.0, -1.0])
@pytest.mark.parametrize("kind", list(EntryKind))
def test_a_price_that_is_none_is_refused_whatever_the_kind(kind: EntryKind, price: float) -> None:
    wish = msgspec.structs.replace(signal(Direction.LONG), price=price)
    assert kinds(core_with(EntryPolicy(kind=kind)).handle(wish, NOW)) == [EntryRefused]


def test_the_size_is_asked_for_at_the_worst_planned_price() -> None:
    policy = EntryPolicy(kind=EntryKind.CONDITIONAL, trigger_fraction=Decimal("0.01"))
    wanted = only(EntryWanted, core_with(policy).handle(signal(Direction.LONG, stop=97.0, target=None), NOW))
    assert wanted.price == Decimal("101.0")


def test_an_approval_too_small_for_the_kind_sends_nothing_and_says_why() -> None:
    out = approved(core_with(EntryPolicy(kind=EntryKind.OCO)), qty="0.08")
    assert kinds(out) == [EntryEnded, EntryRefused]


# --- amendments


def chased(core: PositionManagerCore) -> tuple[PlaceOrder, AmendOrder]:
    (order,) = orders_in(approved(core))
    live(core, order)
    assert FetchBestPrices(BTC) in passed(core, 10_000)
    out = core.handle(BestPricesLoaded(BTC, Decimal("100.1"), Decimal("100.3")), after(10_001))
    return order, only(AmendOrder, out)


def test_a_chase_amends_the_order_instead_of_replacing_it() -> None:
    core = core_with(CHASE)
    order, amended = chased(core)
    assert amended == AmendOrder(BTC, order.order_link_id, price=Decimal("100.1"))
    core.handle(AmendAnswered(BTC, order.order_link_id, 0, ""), after(10_050))
    assert FetchBestPrices(BTC) in passed(core, 15_000)
    again = core.handle(BestPricesLoaded(BTC, Decimal("100.1"), Decimal("100.3")), after(15_001))
    assert AmendOrder not in kinds(again), "it is there already"
    assert FetchBestPrices(BTC) in passed(core, 20_000)


@pytest.mark.parametrize("code", [-1, 10000, 110001, 40004])
def test_an_amendment_of_unknown_outcome_is_looked_up_before_anything_else(code: int) -> None:
    core = core_with(CHASE)
    order, _ = chased(core)
    assert FetchOrder(BTC, order.order_link_id) in core.handle(
        AmendAnswered(BTC, order.order_link_id, code, ""), after(10_100)
    )
    waiting = core.handle(BestPricesLoaded(BTC, Decimal("100.2"), Decimal("100.3")), after(15_000))
    assert AmendOrder not in kinds(waiting)
    shown = msgspec.structs.replace(order_update(order, OrderStatus.NEW), price=Decimal(100))
    core.handle(OrderLookedUp(BTC, order.order_link_id, after(15_100), shown), after(15_100))
    core.handle(TimePassed(ADDRESS, after(16_200)), after(16_200))
    moved = core.handle(BestPricesLoaded(BTC, Decimal("100.2"), Decimal("100.3")), after(16_300))
    assert only(AmendOrder, moved).price == Decimal("100.2"), "the exchange's word counts"


def test_an_amendment_that_nobody_answers_is_looked_up_too() -> None:
    core = core_with(CHASE)
    order, _ = chased(core)
    assert FetchOrder(BTC, order.order_link_id) not in passed(core, 12_000)
    assert FetchOrder(BTC, order.order_link_id) in passed(core, 15_001)
    assert FetchOrder(BTC, order.order_link_id) in passed(core, 20_002)


# --- withdrawn at once


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (DrainWanted(NOW, close_positions=False), "entries were withdrawn"),
        (SymbolLeaving(BTC, leaving=True), "entries were withdrawn"),
        (FlattenWanted(NOW, "daily loss"), "entries were withdrawn"),
        (ClosePositionWanted(BTC, NOW, "operator"), "entries were withdrawn"),
        (CancelEntriesWanted(NOW, "guard"), "entries were withdrawn"),
        (StreamLost(Stream.PRIVATE, NOW, "cut"), "the private stream is down"),
        (PrivateStreamUp(NOW), "the private stream was down"),  # the account may have been replaced
        (signal(Direction.FLAT), "the strategy changed its mind"),
        (signal(Direction.SHORT, stop=103.0, target=None), "the strategy changed its mind"),
    ],
    ids=lambda each: type(each).__name__ if not isinstance(each, str) else "",
)
@pytest.mark.parametrize("kind", ["limit", "conditional", "layered", "iceberg", "oco"])
def test_whatever_ends_trading_cancels_every_child_and_gives_the_leave_back(
    kind: str, message: Message, reason: str
) -> None:
    core = core_with(EntryPolicy(kind=EntryKind(kind)))
    orders = orders_in(approved(core))
    for order in orders:
        live(core, order)
    out = core.handle(message, NOW)  # type: ignore[arg-type]
    assert {each.order_link_id for each in out if isinstance(each, CancelOrder)} == {
        order.order_link_id for order in orders
    }
    assert only(PlanChanged, out).reason == reason
    assert EntryEnded not in kinds(out), "a child may be filled before it is cancelled"
    ended = [message for order in orders for message in gone(core, order)]
    assert kinds(ended).count(EntryEnded) == 1
    assert [each.state for each in ended if isinstance(each, PlanChanged)][-1] is PlanState.OVER


def test_between_two_children_a_plan_ends_at_once() -> None:
    core = core_with(EntryPolicy(kind=EntryKind.TWAP))
    assert orders_in(approved(core)) == []
    (order,) = orders_in(core.handle(BestPricesLoaded(BTC, Decimal("99.9"), Decimal("100.1")), NOW))
    out = filled(core, order)
    assert EntryEnded not in kinds(out), "slices are still to come"
    out = list(core.handle(CancelEntriesWanted(NOW, "guard"), NOW))
    assert EntryEnded in kinds(out)
    assert only(PlanChanged, out).filled_qty == order.qty


def test_a_refused_child_ends_the_plan() -> None:
    core = core_with(EntryPolicy(kind=EntryKind.ICEBERG))
    (order,) = orders_in(approved(core))
    out = core.handle(OrderRefused(BTC, order.order_link_id, NOW, 110007, "no money"), NOW)
    assert only(PlanChanged, out).reason == "refused: 110007 no money"
    assert EntryEnded in kinds(out)


# --- a stop that is moved while the entry goes on


def moved_stop(core: PositionManagerCore, size: str, stop: str) -> list[Message]:
    return list(core.handle(msgspec.structs.replace(position(size, stop=stop), time_ms=after(1)), NOW))


def test_a_child_to_come_carries_the_stop_that_the_position_has_by_now() -> None:
    core = core_with(EntryPolicy(kind=EntryKind.TWAP, twap_slices=2, twap_duration_ms=20_000))
    approved(core)
    best = BestPricesLoaded(BTC, Decimal("99.9"), Decimal("100.1"))
    (first,) = orders_in(core.handle(best, NOW))
    filled(core, first)
    moved_stop(core, str(first.qty), "98.5")
    assert FetchBestPrices(BTC) in passed(core, 10_000)
    (second,) = orders_in(core.handle(best, after(10_000)))
    assert (first.stop_loss, second.stop_loss) == (Decimal(97), Decimal("98.5"))


def test_children_whose_fill_would_loosen_the_stop_are_withdrawn() -> None:
    core = core_with(EntryPolicy(kind=EntryKind.LAYERED))
    first, *others = orders_in(approved(core))
    for order in (first, *others):
        live(core, order)
    filled(core, first)
    assert CancelOrder not in kinds(moved_stop(core, str(first.qty), "97"))
    assert CancelOrder not in kinds(moved_stop(core, str(first.qty), "96.5")), (
        "by hand, and looser: ours still tighten it"
    )
    out = moved_stop(core, str(first.qty), "98.5")
    assert {each.order_link_id for each in out if isinstance(each, CancelOrder)} == {
        order.order_link_id for order in others
    }
    assert only(PlanChanged, out).reason == "the stop of the position was moved"


def test_nothing_is_sent_beyond_the_stop() -> None:
    core = core_with(EntryPolicy(kind=EntryKind.ICEBERG))
    (first,) = orders_in(approved(core))
    live(core, first)
    done = execution("x1", first.side, str(first.qty), "100", order_link_id=first.order_link_id)
    core.handle(order_update(first, OrderStatus.FILLED, filled=str(first.qty)), NOW)
    moved_stop(core, str(first.qty), "100.5")
    out = core.handle(done, NOW)
    assert orders_in(out) == []


# --- after a restart


def reborn(out: Sequence[Message], fills: int = 0) -> tuple[PositionManagerCore, list[PlaceOrder], list[Message]]:
    """A new life with what the one before has written: its note, its intents, and some of its fills."""
    notes = tuple((each.key, each.text) for each in out if isinstance(each, KeepNote) and each.text is not None)
    orders = orders_in(out)
    done = tuple(
        execution(f"x{number}", order.side, str(order.qty), "100", order_link_id=order.order_link_id)
        for number, order in enumerate(orders[:fills])
    )
    purposes = tuple((order.order_link_id, order.purpose) for order in orders)
    loaded = LedgerLoaded(BTC, done, purposes, tuple(orders[fills:]), 7, notes[-1:])
    core = PositionManagerCore(BTC, SETTINGS)
    first = synchronised(core, loaded)
    first += core.handle(position(str(sum(order.qty for order in orders[:fills])), stop="97", by_rest=True), NOW)
    return core, orders, first


@pytest.mark.parametrize("kind", [EntryKind.LIMIT, EntryKind.CONDITIONAL, EntryKind.LAYERED, EntryKind.OCO])
@pytest.mark.parametrize("fills", [0, 1])
def test_a_plan_of_an_earlier_life_is_wound_down_and_never_doubled(kind: EntryKind, fills: int) -> None:
    core, orders, out = reborn(approved(core_with(EntryPolicy(kind=kind))), fills)
    assert orders_in(out) == []
    for order in orders[fills:]:
        assert CancelOrder(BTC, order.order_link_id) in [*out, *live(core, order)]
        out += gone(core, order)
    last = [each for each in out if isinstance(each, PlanChanged)][-1]
    assert last.state is PlanState.OVER
    assert last.reason == ("filled" if last.filled_qty == last.qty else "the bot was started again")
    assert last.filled_qty == sum(order.qty for order in orders[:fills])
    assert kinds(out).count(EntryEnded) == 1
    assert KeepNote(ADDRESS, "plan", None) in out
    assert orders_in([*passed(core, 1_000), *passed(core, 400_000)]) == []


def test_a_note_whose_children_never_were_committed_is_just_closed() -> None:
    out = approved(core_with(EntryPolicy(kind=EntryKind.ICEBERG)))
    _, _, began = reborn([each for each in out if not isinstance(each, PlaceOrder)])
    last = [each for each in began if isinstance(each, PlanChanged)][-1]
    assert (last.state, last.filled_qty) == (PlanState.OVER, Decimal(0))


def test_a_note_that_is_none_of_ours_stops_nobody() -> None:
    loaded = LedgerLoaded(BTC, (), (), (), 7, (("plan", '{"made by": "a later version"}'),))
    core = core_with(EntryPolicy(), loaded=loaded)
    assert orders_in(approved(core)), "trading goes on"


# --- pyramid


def held(core: PositionManagerCore) -> PlaceOrder:
    """A long position of 1 at 100 with its stop at 97 and its target at 103."""
    (order,) = orders_in(approved(core))
    live(core, order)
    filled(core, order)
    core.handle(msgspec.structs.replace(position("1", stop="97"), take_profit=Decimal(103)), NOW)
    return order


def again(price: float, stop: float = 96.0, target: float | None = 110.0) -> SignalRaised:
    wish = signal(Direction.LONG, stop=stop, target=target)
    return msgspec.structs.replace(wish, price=price)


def test_a_position_is_added_to_only_where_configured_and_in_profit() -> None:
    plain, pyramid = core_with(EntryPolicy()), core_with(EntryPolicy(), pyramid_levels=1)
    held(plain)
    held(pyramid)
    assert plain.handle(again(101.0), NOW) == ()
    assert pyramid.handle(again(99.0), NOW) == ()
    assert only(EntryWanted, pyramid.handle(again(101.0), NOW)).level == 1


@pytest.mark.parametrize(("stop", "kept"), [(96.0, "97"), (98.0, "98")])
def test_an_addition_never_loosens_the_stop_and_leaves_the_target(stop: float, kept: str) -> None:
    core = core_with(EntryPolicy(), pyramid_levels=2)
    held(core)
    wanted = only(EntryWanted, core.handle(again(101.0, stop), NOW))
    assert (wanted.stop_price, wanted.target_price) == (Decimal(kept), Decimal(103))
    out = core.handle(EntryApproved(BTC, wanted, Decimal("0.5")), NOW)
    (order,) = orders_in(out)
    assert (order.side, order.qty, order.stop_loss, order.take_profit) == (
        Side.BUY, Decimal("0.5"), Decimal(kept), Decimal(103),
    )  # fmt: skip
    assert KeepNote(ADDRESS, "entries", "2") in out


def test_levels_are_counted_over_a_restart_and_begin_anew_with_the_next_position() -> None:
    loaded = msgspec.structs.replace(ledger(fills=("x1",)), notes=(("entries", "2"),))
    core = PositionManagerCore(BTC, msgspec.structs.replace(SETTINGS, pyramid_levels=2))
    synchronised(core, loaded)
    core.handle(position("1", stop="97", by_rest=True), NOW)
    assert only(EntryWanted, core.handle(again(101.0), NOW)).level == 2
    fresh = core_with(
        EntryPolicy(), pyramid_levels=2, loaded=msgspec.structs.replace(ledger(), notes=(("entries", "3"),))
    )
    assert KeepNote(ADDRESS, "entries", None) in approved(fresh)


def test_no_more_levels_than_configured() -> None:
    core = core_with(EntryPolicy(), pyramid_levels=1)
    held(core)
    wanted = only(EntryWanted, core.handle(again(101.0), NOW))
    (order,) = orders_in(core.handle(EntryApproved(BTC, wanted, Decimal("0.5")), NOW))
    filled(core, order, "x2")
    core.handle(position("1.5", stop="97"), NOW)
    assert core.handle(again(102.0), NOW) == ()


def test_an_addition_whose_stop_would_not_be_behind_it_is_refused() -> None:
    core = core_with(EntryPolicy(kind=EntryKind.LIMIT, offset_fraction=Decimal("0.05")), pyramid_levels=1)
    (order,) = orders_in(approved(core, signal(Direction.LONG, stop=94.0)))
    live(core, order)
    filled(core, order)
    core.handle(position("1", stop="99"), NOW)
    out = core.handle(again(101.0, 90.0), NOW)
    assert "is not behind" in only(EntryRefused, out).reason


def test_an_approval_after_the_position_is_gone_is_given_back() -> None:
    core = core_with(EntryPolicy(), pyramid_levels=1)
    held(core)
    wanted = only(EntryWanted, core.handle(again(101.0), NOW))
    core.handle(execution("x9", Side.SELL, "1", "97", stop_order_type="StopLoss"), NOW)
    core.handle(position("0"), NOW)
    assert kinds(core.handle(EntryApproved(BTC, wanted, Decimal("0.5")), NOW)) == [EntryEnded]


def test_prices_that_could_not_be_read_are_asked_for_again_while_they_are_needed() -> None:
    core = core_with(EntryPolicy(kind=EntryKind.POST_ONLY))
    assert FetchBestPrices(BTC) in approved(core)
    failed = RequestFailed(ADDRESS, FetchBestPrices(BTC), 10016, "busy", transient=True)
    assert FetchBestPrices(BTC) not in core.handle(failed, NOW)
    assert FetchBestPrices(BTC) in passed(core, 5_000)
    core.handle(CancelEntriesWanted(NOW, "guard"), NOW)
    assert FetchBestPrices(BTC) not in passed(core, 10_000)


def test_quotes_that_are_turned_away_at_once_are_no_storm_of_requests() -> None:
    core = core_with(EntryPolicy(kind=EntryKind.POST_ONLY, requotes_max=50, expiry_ms=20_000))
    out: list[Message] = approved(core)
    asked = 0
    best = BestPricesLoaded(BTC, Decimal("99.9"), Decimal("100.1"))
    for tenth in range(100):  # what is asked for is answered at once, and every quote is turned away at once
        now_ms = after(tenth * 100)
        out += passed(core, tenth * 100)
        while out:
            message = out.pop(0)
            if isinstance(message, FetchBestPrices):
                asked += 1
                out += core.handle(best, now_ms)
            elif isinstance(message, PlaceOrder):
                turned_away = order_update(message, OrderStatus.CANCELLED, updated_ms=NOW + tenth)
                out += core.handle(turned_away, now_ms)
    assert 5 <= asked <= 11, "about one a second"
