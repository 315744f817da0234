"""Targets, moving stops and the time stop of one position, through a position manager."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec
import pytest

from bot.config.exits import ExitsConfig
from bot.core.position_manager import PositionManagerCore
from bot.domain.messages import (
    BestPricesLoaded,
    CancelOrder,
    Direction,
    Drained,
    DrainWanted,
    EntryApproved,
    EntryRefused,
    EntryWanted,
    ExecutionsLoaded,
    FetchPosition,
    KeepNote,
    Levels,
    Message,
    OpenOrdersLoaded,
    OrderAcknowledged,
    PlaceOrder,
    PriceMarked,
    PrivateStreamUp,
    RequestFailed,
    SetTradingStop,
    TimePassed,
    TradingStopAnswered,
)
from bot.domain.values import OrderStatus, Side, TimeInForce
from bot.orders.algorithms.policy import EntryKind, EntryPolicy
from tests.core.managers import ADDRESS, SETTINGS, after, kinds, ledger, only, send_entry, signal, synchronised
from tests.core.samples import BTC, NOW, execution, order_update, position

TWO_TARGETS = {
    "targets": [
        {"at": {"fraction": "0.01"}, "share": "0.4"},
        {"at": {"fraction": "0.02"}, "share": "0.3"},
        {"at": {"fraction": "0.03"}, "share": "0.3"},
    ]
}
TRAIL = {"trailing": {"kind": "distance", "distance": {"fraction": "0.01"}}}


def manager(section: Mapping[str, object]) -> PositionManagerCore:
    settings = msgspec.structs.replace(SETTINGS, exits=ExitsConfig.model_validate(section))
    core = PositionManagerCore(BTC, settings)
    synchronised(core, ledger())
    core.handle(position("0", by_rest=True), NOW)
    return core


def opened(core: PositionManagerCore, stop: str = "98.1") -> tuple[PlaceOrder, list[Message]]:
    """A long position of 1 from 100, its entry over."""
    entry = send_entry(core)
    out = list(core.handle(execution("e1", Side.BUY, "1", "100", order_link_id=entry.order_link_id), after(10)))
    out += core.handle(order_update(entry, OrderStatus.FILLED, filled="1"), after(20))
    out += core.handle(position("1", stop=stop), after(30))
    return entry, out


def placed(messages: list[Message]) -> list[PlaceOrder]:
    return [each for each in messages if isinstance(each, PlaceOrder)]


def marked(price: float, ms: int = 60_000) -> PriceMarked:
    return PriceMarked(BTC, after(ms), price, price - 0.1, price + 0.1)


def test_the_configured_stop_and_last_target_are_attached_to_the_entry() -> None:
    core = manager({"stop": {"kind": "distance", "distance": {"atr": 2}}, **TWO_TARGETS})
    wished = msgspec.structs.replace(signal(Direction.LONG), levels=Levels(1.5, 0.0, 0.0))
    wanted = only(EntryWanted, core.handle(wished, NOW))
    assert (wanted.stop_price, wanted.target_price) == (Decimal(97), Decimal(103))


def test_an_entry_without_the_levels_of_its_stop_is_refused() -> None:
    core = manager({"stop": {"kind": "distance", "distance": {"atr": 2}}})
    assert "ATR" in only(EntryRefused, core.handle(signal(Direction.LONG), NOW)).reason


def test_partial_targets_rest_once_the_entry_is_over() -> None:
    _, out = opened(manager(TWO_TARGETS))
    targets = placed(out)
    assert [(each.side, each.price, each.qty) for each in targets] == [
        (Side.SELL, Decimal(101), Decimal("0.4")),
        (Side.SELL, Decimal(102), Decimal("0.3")),
    ]
    assert all(each.reduce_only and each.time_in_force is TimeInForce.GTC for each in targets)
    assert {each.purpose for each in targets} == {"take profit"}


def test_targets_do_not_stand_in_the_way_of_a_close_and_go_with_the_position() -> None:
    core = manager(TWO_TARGETS)
    _, out = opened(core)
    targets = placed(out)
    for target in targets:
        core.handle(order_update(target, OrderStatus.NEW), after(40))
    close = only(PlaceOrder, core.handle(signal(Direction.FLAT), after(50)))
    later = list(core.handle(execution("x1", Side.SELL, "1", "100", order_link_id=close.order_link_id), after(60)))
    later += core.handle(order_update(close, OrderStatus.FILLED, filled="1"), after(70))
    later += core.handle(position("0"), after(80))
    gone = [each.order_link_id for each in later if isinstance(each, CancelOrder)]
    assert gone == [target.order_link_id for target in targets]


def test_a_restart_does_not_place_targets_twice() -> None:
    core = manager(TWO_TARGETS)
    entry, out = opened(core)
    note = [each for each in out if isinstance(each, KeepNote)][-1]
    again = PositionManagerCore(BTC, msgspec.structs.replace(SETTINGS, exits=ExitsConfig.model_validate(TWO_TARGETS)))
    loaded = msgspec.structs.replace(
        ledger(fills=("e1",), open_intents=tuple(placed(out))),
        notes=((note.key, str(note.text)),),
        stop_price=entry.stop_loss,
    )
    later = synchronised(again, loaded)
    later += again.handle(position("1", stop="98.1", by_rest=True), after(1_000))
    for target in placed(out):
        later += again.handle(order_update(target, OrderStatus.NEW), after(1_100))
    assert not placed(later)


def test_the_stop_follows_the_price_one_change_at_a_time() -> None:
    core = manager(TRAIL)
    opened(core)
    moved = only(SetTradingStop, core.handle(marked(103.0), after(60_000)))
    assert (moved.stop_loss, moved.take_profit) == (Decimal("102.1"), None)
    assert SetTradingStop not in kinds(core.handle(marked(104.0, 65_000), after(65_000)))
    assert FetchPosition in kinds(core.handle(TradingStopAnswered(BTC, 0, ""), after(65_100)))
    core.handle(position("1", stop="102.1", by_rest=True), after(120_200))
    assert only(SetTradingStop, core.handle(marked(104.0, 180_000), after(180_000))).stop_loss == Decimal("103.1")


@pytest.mark.parametrize("lost", [True, False])
def test_a_change_that_fails_leaves_the_stop_and_is_decided_anew(lost: bool) -> None:
    core = manager(TRAIL)
    opened(core)
    moved = only(SetTradingStop, core.handle(marked(103.0), after(60_000)))
    answer: Message = RequestFailed(ADDRESS, moved, -1, "no answer", transient=True)
    out = core.handle(answer if lost else TradingStopAnswered(BTC, 10001, "too near"), after(60_100))  # type: ignore[arg-type]
    assert FetchPosition in kinds(out)
    assert not placed(list(out)), "the old stop still protects the position"
    core.handle(position("1", stop="98.1", by_rest=True), after(60_200))
    assert only(SetTradingStop, core.handle(marked(103.0, 120_000), after(120_000))).stop_loss == Decimal("102.1")


def test_the_exchange_s_own_trail_is_set_once() -> None:
    native = {"trailing": {"kind": "native", "distance": {"fraction": "0.02"}, "after": {"fraction": "0.01"}}}
    core = manager(native)
    _, out = opened(core)
    asked = [each for each in out if isinstance(each, SetTradingStop)]
    asked += [each for each in core.handle(marked(100.5, 10_000), after(10_000)) if isinstance(each, SetTradingStop)]
    assert [(each.trailing_distance, each.active_price) for each in asked] == [(Decimal(2), Decimal(101))]


def test_a_trail_that_is_refused_is_tried_again_with_the_next_bar_and_at_once_where_the_price_is_beyond() -> None:
    after_1 = {"kind": "native", "distance": {"fraction": "0.01"}, "after": {"fraction": "0.01"}}
    core = manager({"trailing": after_1})
    _, out = opened(core)
    assert only(SetTradingStop, out).active_price == Decimal(101)
    refused = list(core.handle(TradingStopAnswered(BTC, 10001, "activePrice invalid"), after(40)))
    refused += core.handle(position("1", stop="98.1", by_rest=True), after(50))
    refused += core.handle(TimePassed(ADDRESS, after(60)), after(60))
    assert SetTradingStop not in kinds(refused)
    again = only(SetTradingStop, core.handle(marked(101.5), after(60_000)))
    assert (again.trailing_distance, again.active_price) == (Decimal(1), None)


def test_targets_wait_until_an_entry_in_several_orders_is_over() -> None:
    policy = EntryPolicy(kind=EntryKind.TWAP, twap_duration_ms=60_000, twap_slices=2)
    settings = msgspec.structs.replace(SETTINGS, exits=ExitsConfig.model_validate(TWO_TARGETS), entry=policy)
    core = PositionManagerCore(BTC, settings)
    synchronised(core, ledger())
    core.handle(position("0", by_rest=True), NOW)
    wanted = only(EntryWanted, core.handle(signal(Direction.LONG), NOW))
    core.handle(EntryApproved(BTC, wanted, Decimal(2)), NOW)
    prices = BestPricesLoaded(BTC, Decimal("99.9"), Decimal(100))
    out: list[Message] = []
    for number, ms in enumerate((0, 30_000)):
        core.handle(TimePassed(ADDRESS, after(ms)), after(ms))
        (slice_,) = placed(list(core.handle(prices, after(ms))))
        done = execution(f"e{number}", Side.BUY, "1", "100", order_link_id=slice_.order_link_id)
        assert placed(out) == []
        out = list(core.handle(done, after(ms + 10)))
        out += core.handle(order_update(slice_, OrderStatus.FILLED, filled="1"), after(ms + 20))
        out += core.handle(position(str(number + 1), stop="98.1"), after(ms + 30))
    assert [each.qty for each in placed(out)] == [Decimal("0.8"), Decimal("0.6")]


def test_a_position_is_closed_when_its_time_is_over() -> None:
    core = manager({"time_stop_minutes": 30})
    entry, _ = opened(core)
    core.handle(OrderAcknowledged(BTC, entry.order_link_id, "id", NOW), NOW)
    assert not placed(list(core.handle(TimePassed(ADDRESS, after(1_799_000)), after(1_799_000))))
    close = only(PlaceOrder, core.handle(TimePassed(ADDRESS, after(1_800_000)), after(1_800_000)))
    assert (close.purpose, close.reduce_only) == ("time stop", True)


def restarted(section: Mapping[str, object], before: list[Message]) -> PositionManagerCore:
    """The next life, after one that has said this."""
    settings = msgspec.structs.replace(SETTINGS, exits=ExitsConfig.model_validate(section))
    core = PositionManagerCore(BTC, settings)
    notes = tuple((each.key, str(each.text)) for each in before if isinstance(each, KeepNote))
    loaded = ledger(fills=("e1",), open_intents=tuple(placed(before)))
    synchronised(core, msgspec.structs.replace(loaded, notes=notes))
    return core


@pytest.mark.parametrize("section", [TWO_TARGETS, {}])
def test_targets_of_an_earlier_life_go_with_the_position_whatever_is_configured_now(
    section: Mapping[str, object],
) -> None:
    _, out = opened(manager(TWO_TARGETS))
    targets = placed(out)
    core = restarted(section, out)
    core.handle(position("1", stop="98.1", by_rest=True), after(1_000))
    for target in targets:
        core.handle(order_update(target, OrderStatus.NEW), after(1_100))
    later = list(core.handle(execution("s1", Side.SELL, "1", "98", stop_order_type="StopLoss"), after(2_000)))
    later += core.handle(position("0"), after(2_010))
    assert [each.order_link_id for each in later if isinstance(each, CancelOrder)] == [
        target.order_link_id for target in targets
    ]


def test_a_bot_that_stops_waits_for_the_end_of_targets_without_a_position() -> None:
    core = manager(TWO_TARGETS)
    _, out = opened(core)
    targets = placed(out)
    for target in targets:
        core.handle(order_update(target, OrderStatus.NEW), after(40))
    out = list(core.handle(DrainWanted(after(50), close_positions=True), after(50)))
    close = only(PlaceOrder, out)
    out += core.handle(execution("x1", Side.SELL, "1", "100", order_link_id=close.order_link_id), after(60))
    out += core.handle(order_update(close, OrderStatus.FILLED, filled="1"), after(70))
    out += core.handle(order_update(targets[0], OrderStatus.CANCELLED), after(80))
    assert Drained not in kinds(out)
    assert Drained in kinds(core.handle(order_update(targets[1], OrderStatus.CANCELLED), after(90)))


def test_targets_that_stay_with_their_position_keep_nobody_from_stopping() -> None:
    core = manager(TWO_TARGETS)
    _, out = opened(core)
    for target in placed(out):
        core.handle(order_update(target, OrderStatus.NEW), after(40))
    assert Drained in kinds(core.handle(DrainWanted(after(50), close_positions=False), after(50)))


def test_a_change_of_the_stop_that_nobody_answers_does_not_hold_the_trail_for_ever() -> None:
    core = manager(TRAIL)
    opened(core)
    assert SetTradingStop in kinds(core.handle(marked(103.0), after(60_000)))
    assert SetTradingStop not in kinds(core.handle(marked(104.0), after(61_000)))
    assert only(SetTradingStop, core.handle(marked(104.0, 120_000), after(120_000))).stop_loss == Decimal("103.1")


def test_a_crash_before_the_trail_was_answered_has_it_set_again() -> None:
    native = {"trailing": {"kind": "native", "distance": {"fraction": "0.02"}}}
    core = manager(native)
    _, out = opened(core)
    assert SetTradingStop in kinds(out)
    notes = {each.key: str(each.text) for each in out if isinstance(each, KeepNote)}
    assert "true" not in notes["exits"]
    answered = {each.key: each.text for each in core.handle(TradingStopAnswered(BTC, 0, ""), after(40))
                if isinstance(each, KeepNote)}  # fmt: skip
    assert "true" in str(answered["exits"])


def test_nothing_of_the_exits_leaves_before_books_and_exchange_are_read() -> None:
    settings = msgspec.structs.replace(SETTINGS, exits=ExitsConfig.model_validate(TWO_TARGETS))
    core = PositionManagerCore(BTC, settings)
    out = synchronised(core, msgspec.structs.replace(ledger(fills=("e1",)), stop_price=Decimal(98)))
    assert not placed(out)
    assert len(placed(list(core.handle(position("1", stop="98", by_rest=True), after(100))))) == 2


def test_the_first_risk_is_known_once_the_position_has_its_stop() -> None:
    core = manager({"break_even": {"after": {"risk": 1}, "offset_fraction": "0"}})
    core.handle(execution("by hand", Side.BUY, "1", "100"), after(10))
    core.handle(position("1"), after(20))
    core.handle(position("1", stop="98"), after(30))
    assert only(SetTradingStop, core.handle(marked(103.0), after(60_000))).stop_loss == Decimal(100)


def test_break_even_of_a_short_is_below_its_entry() -> None:
    core = manager({"break_even": {"after": {"risk": 1}, "offset_fraction": "0.002"}})
    core.handle(execution("by hand", Side.SELL, "1", "100"), after(10))
    core.handle(position("1", side=Side.SELL, stop="102"), after(30))
    assert SetTradingStop not in kinds(core.handle(marked(98.2), after(60_000)))
    assert only(SetTradingStop, core.handle(marked(97.0), after(120_000))).stop_loss == Decimal("99.8")


def test_without_exits_a_position_that_was_found_is_not_followed() -> None:
    core = restarted({}, [])
    out = core.handle(position("1", stop="98.1", by_rest=True), after(1_000))
    assert KeepNote not in kinds(out)


def test_a_position_that_grows_after_a_target_gets_targets_anew_but_none_that_was_reached() -> None:
    core = manager(TWO_TARGETS)
    _, out = opened(core)
    first, second = placed(out)
    for target in (first, second):
        core.handle(order_update(target, OrderStatus.NEW), after(40))
    core.handle(execution("t1", Side.SELL, "0.4", "101", order_link_id=first.order_link_id), after(50))
    core.handle(order_update(first, OrderStatus.FILLED, filled="0.4"), after(60))
    core.handle(position("0.6", stop="98.1"), after(70))
    core.handle(marked(101.5), after(60_000))
    later = list(core.handle(execution("by hand", Side.BUY, "0.3", "101.5"), after(61_000)))
    later += core.handle(position("0.9", stop="98.1"), after(61_010))
    assert only(CancelOrder, later).order_link_id == second.order_link_id
    anew = only(PlaceOrder, core.handle(order_update(second, OrderStatus.CANCELLED), after(61_020)))
    assert (anew.price, anew.qty) == (Decimal("102.5"), Decimal("0.27"))


def test_a_trip_that_ended_and_began_anew_while_nobody_looked_begins_anew() -> None:
    core = manager({"break_even": {"after": {"risk": 1}, "offset_fraction": "0"}})
    opened(core)
    core.handle(marked(105.0), after(60_000))
    core.handle(TradingStopAnswered(BTC, 0, ""), after(60_100))
    core.handle(position("1", stop="100", by_rest=True), after(60_200))
    core.handle(PrivateStreamUp(after(70_000)), after(70_000))
    by_hand = [
        msgspec.structs.replace(execution(name, side, "1", price), time_ms=after(ms))
        for name, side, price, ms in (("out", Side.SELL, "105", 65_000), ("in", Side.BUY, "102", 66_000))
    ]
    core.handle(ExecutionsLoaded(BTC, tuple(by_hand)), after(70_100))
    core.handle(OpenOrdersLoaded(BTC, ()), after(70_110))
    core.handle(position("1", stop="99", by_rest=True), after(70_120))
    assert SetTradingStop not in kinds(core.handle(marked(102.5, 120_000), after(120_000)))
    assert only(SetTradingStop, core.handle(marked(105.5, 180_000), after(180_000))).stop_loss == Decimal(102)
