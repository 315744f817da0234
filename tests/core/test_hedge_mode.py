"""Two positions a symbol: the bot holds one side at a time and leaves the other to whoever holds it."""

from decimal import Decimal

import msgspec
import pytest

from bot.core.account_modes import AccountModes, WantedModes
from bot.core.position_manager import PositionManagerCore
from bot.domain.messages import (
    AlertRaised,
    BotHalted,
    Direction,
    EntryApproved,
    EntryWanted,
    FetchPosition,
    FillBooked,
    MarginModeAnswered,
    Message,
    PlaceOrder,
    PositionModeAnswered,
    PositionsLoaded,
    PositionUpdate,
    SetTradingStop,
    SwitchMarginMode,
    SwitchPositionMode,
    TimePassed,
)
from bot.domain.values import Side
from tests.core.managers import ADDRESS, SETTINGS, after, kinds, ledger, only, signal, synchronised
from tests.core.samples import BTC, NOW, execution

LONG, SHORT = 1, 2


def view(idx: int, size: str, stop: str | None = None, *, by_rest: bool = False, ms: int = 0) -> PositionUpdate:
    side = None if size == "0" else (Side.BUY if idx == LONG else Side.SELL)
    level = None if stop is None else Decimal(stop)
    return PositionUpdate(
        BTC, side, Decimal(size), Decimal(100), Decimal(5), level, None, after(ms), by_rest=by_rest, position_idx=idx
    )


@pytest.fixture
def hedged() -> PositionManagerCore:
    core = PositionManagerCore(BTC, msgspec.structs.replace(SETTINGS, hedge=True))
    out = synchronised(core, ledger())
    assert [each.position_idx for each in out if isinstance(each, FetchPosition)] == [LONG, SHORT]
    core.handle(view(LONG, "0", by_rest=True), NOW)
    core.handle(view(SHORT, "0", by_rest=True), NOW)
    return core


def entered(core: PositionManagerCore, direction: Direction) -> PlaceOrder:
    stop, target = (98.0, 103.0) if direction is Direction.LONG else (102.0, 97.0)
    wanted = only(EntryWanted, core.handle(signal(direction, stop, target), NOW))
    return only(PlaceOrder, core.handle(EntryApproved(BTC, wanted, Decimal(1)), NOW))


def filled(core: PositionManagerCore, order: PlaceOrder, exec_id: str = "e1", *, closed: str = "0") -> list[Message]:
    fill = execution(exec_id, order.side, str(order.qty), "100", order_link_id=order.order_link_id)
    return list(core.handle(msgspec.structs.replace(fill, closed_size=Decimal(closed)), after(10)))


@pytest.mark.parametrize(("direction", "idx"), [(Direction.LONG, LONG), (Direction.SHORT, SHORT)])
def test_orders_name_the_position_that_they_open_or_close(
    hedged: PositionManagerCore, direction: Direction, idx: int
) -> None:
    entry = entered(hedged, direction)
    assert entry.position_idx == idx
    filled(hedged, entry)
    hedged.handle(view(idx, "1"), after(20))
    stop = only(SetTradingStop, hedged.handle(TimePassed(ADDRESS, after(1_100)), after(1_100)))
    assert stop.position_idx == idx
    close = only(PlaceOrder, hedged.handle(signal(Direction.FLAT), after(2_000)))
    assert (close.position_idx, close.reduce_only) == (idx, True)


def test_both_sides_must_be_known_before_trading() -> None:
    core = PositionManagerCore(BTC, msgspec.structs.replace(SETTINGS, hedge=True))
    synchronised(core, ledger())
    core.handle(view(LONG, "0", by_rest=True), NOW)
    assert EntryWanted not in kinds(core.handle(signal(Direction.LONG), NOW))
    core.handle(view(SHORT, "0", by_rest=True), NOW)
    assert EntryWanted in kinds(core.handle(signal(Direction.LONG), NOW))


def test_what_others_do_on_the_other_side_is_not_the_bot_s(hedged: PositionManagerCore) -> None:
    filled(hedged, entered(hedged, Direction.LONG))
    hedged.handle(view(LONG, "1", "98"), after(20))
    out = list(hedged.handle(execution("theirs", Side.SELL, "3", "100"), after(30)))
    out += hedged.handle(view(SHORT, "3"), after(40))
    assert FillBooked not in kinds(out)
    assert "does not hold" in only(AlertRaised, out).text
    closing = msgspec.structs.replace(execution("theirs too", Side.BUY, "3", "99"), closed_size=Decimal(3))
    assert not hedged.handle(closing, after(50))
    later = [each for ms in (2_000, 6_000, 12_000) for each in hedged.handle(TimePassed(ADDRESS, after(ms)), after(ms))]
    assert {SetTradingStop, PlaceOrder}.isdisjoint(kinds(later)), "the other side was touched"


def test_a_hand_that_closes_the_bot_s_side_is_booked(hedged: PositionManagerCore) -> None:
    filled(hedged, entered(hedged, Direction.LONG))
    by_hand = msgspec.structs.replace(execution("by hand", Side.SELL, "1", "101"), closed_size=Decimal(1))
    assert only(FillBooked, hedged.handle(by_hand, after(30))).size_after == 0


def test_the_regular_look_sees_both_sides(hedged: PositionManagerCore) -> None:
    filled(hedged, entered(hedged, Direction.LONG))
    hedged.handle(view(LONG, "1", "98"), after(20))
    both = PositionsLoaded("USDT", after(15_000), (view(SHORT, "3", by_rest=True), view(LONG, "1", "98", by_rest=True)))
    assert not hedged.handle(both, after(15_010))
    gone = PositionsLoaded("USDT", after(30_000), (view(SHORT, "3", by_rest=True),))
    hedged.handle(gone, after(30_010))
    asked = hedged.handle(TimePassed(ADDRESS, after(35_100)), after(35_100))
    assert [each.position_idx for each in asked if isinstance(each, FetchPosition)] == [LONG, SHORT]


def test_the_modes_are_asked_for_until_they_are_confirmed() -> None:
    modes = AccountModes("USDT", WantedModes(hedge=True, margin="isolated"))
    assert modes.missing() == (SwitchPositionMode("USDT", hedge=True), SwitchMarginMode("ISOLATED_MARGIN"))
    assert not modes.answered(PositionModeAnswered(110025, "not modified"), NOW)
    assert modes.missing() == (SwitchMarginMode("ISOLATED_MARGIN"),)
    assert not modes.answered(MarginModeAnswered(0, ""), NOW)
    assert modes.are_set


def test_a_mode_that_is_refused_halts() -> None:
    modes = AccountModes("USDT", WantedModes(margin="cross"))
    halted = only(BotHalted, modes.answered(MarginModeAnswered(3400046, "positions are open"), NOW))
    assert halted.reason == "cross margin could not be set: 3400046 positions are open"


def test_the_stop_of_somebody_else_s_side_is_not_the_bot_s(hedged: PositionManagerCore) -> None:
    filled(hedged, entered(hedged, Direction.LONG))
    theirs = execution("their stop", Side.BUY, "3", "103", stop_order_type="StopLoss")
    out = hedged.handle(msgspec.structs.replace(theirs, closed_size=Decimal(3)), after(30))
    assert FillBooked not in kinds(out)


@pytest.mark.parametrize("closed", ["1", "0"])
def test_the_stop_of_the_bot_s_side_closes_it(hedged: PositionManagerCore, closed: str) -> None:
    filled(hedged, entered(hedged, Direction.LONG))
    stop = execution("its stop", Side.SELL, "1", "98", stop_order_type="StopLoss")
    out = hedged.handle(msgspec.structs.replace(stop, closed_size=Decimal(closed)), after(30))
    assert only(FillBooked, out).size_after == 0
