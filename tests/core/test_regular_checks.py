"""What the stream withholds is found by asking regularly."""

from decimal import Decimal

import msgspec

from bot.core.position_manager import PositionManagerCore
from bot.core.regular_checks import ORDERS_EVERY_MS, POSITIONS_EVERY_MS, RegularChecks
from bot.domain.messages import (
    FetchExecutions,
    FetchOrder,
    FetchPosition,
    FetchPositions,
    FetchWorkingOrders,
    OrderAcknowledged,
    OrderUpdate,
    PositionsLoaded,
    PositionUpdate,
    SetTradingStop,
    TimePassed,
    WorkingOrdersLoaded,
)
from bot.domain.values import OrderLinkId, OrderStatus, Side, TimeMs
from tests.core.managers import ADDRESS, SETTINGS, after, kinds, ledger, only, send_entry, synchronised
from tests.core.samples import BTC, NOW, execution, order_update, position


def ready() -> PositionManagerCore:
    core = PositionManagerCore(BTC, SETTINGS)
    synchronised(core, ledger())
    core.handle(PositionUpdate(BTC, None, Decimal(0), Decimal(0), Decimal(5), None, None, NOW, by_rest=True), NOW)
    return core


def held(at_ms: TimeMs) -> PositionUpdate:
    return PositionUpdate(BTC, Side.BUY, Decimal(1), Decimal(100), Decimal(5), Decimal(98), None, at_ms, by_rest=True)


def test_each_question_comes_in_its_own_time() -> None:
    checks = RegularChecks("USDT")
    checks.start(NOW)
    seen = {ms: kinds(checks.on_time(after(ms)))[:1] for ms in range(0, 31_000, 5_000)}
    assert [ms for ms, asked in seen.items() if FetchWorkingOrders in asked] == [10_000, 20_000, 30_000]
    assert not RegularChecks("USDT").on_time(after(60_000)), "before the stream is up there is nothing to check"
    assert (ORDERS_EVERY_MS, POSITIONS_EVERY_MS) == (10_000, 15_000)


def test_on_a_market_that_runs_faster_fewer_questions_are_asked() -> None:
    checks = RegularChecks("USDT", speed=60)
    checks.start(NOW)
    assert not checks.on_time(after(599_999))
    assert kinds(checks.on_time(after(900_000)))[:2] == [FetchWorkingOrders, FetchPositions]


def test_a_position_that_nobody_told_of_is_looked_into() -> None:
    core = ready()
    core.handle(PositionsLoaded("USDT", after(15_000), (held(after(100)),)), after(15_010))
    asked = core.handle(TimePassed(ADDRESS, after(20_100)), after(20_100))
    assert {FetchExecutions, FetchPosition} <= set(kinds(asked))


def test_an_answer_that_is_older_than_the_stream_says_nothing() -> None:
    core = ready()
    core.handle(PositionUpdate(BTC, None, Decimal(0), Decimal(0), Decimal(5), None, None, after(15_005)), after(15_005))
    core.handle(PositionsLoaded("USDT", after(15_000), (held(after(100)),)), after(15_010))
    assert FetchExecutions not in kinds(core.handle(TimePassed(ADDRESS, after(20_100)), after(20_100)))


def test_an_order_that_is_gone_from_the_list_is_asked_for() -> None:
    core = ready()
    intent = send_entry(core)
    core.handle(OrderAcknowledged(BTC, intent.order_link_id, "id", NOW), NOW)
    young = WorkingOrdersLoaded("USDT", after(1_000), ())
    assert FetchOrder not in kinds(core.handle(young, after(1_500)))
    late = WorkingOrdersLoaded("USDT", after(10_000), ())
    assert FetchOrder in kinds(core.handle(late, after(10_020)))


def test_an_order_that_nobody_told_of_is_taken_over() -> None:
    core = ready()
    intent = send_entry(core)
    order: OrderUpdate = order_update(intent, OrderStatus.PARTIALLY_FILLED, filled="0.4")
    out = core.handle(WorkingOrdersLoaded("USDT", after(10_000), (order,)), after(10_020))
    assert any(getattr(each, "order", None) == order for each in out)


def protected(core: PositionManagerCore) -> OrderUpdate:
    """A long position whose stop rests at the exchange."""
    entry = send_entry(core)
    core.handle(execution("e1", Side.BUY, "1", "100", order_link_id=entry.order_link_id), after(10))
    core.handle(order_update(entry, OrderStatus.FILLED, filled="1"), after(20))
    core.handle(position("1", stop="98.1"), after(30))
    resting = order_update(entry, OrderStatus.UNTRIGGERED)
    return msgspec.structs.replace(
        resting, order_id="stop", order_link_id=OrderLinkId(""), side=Side.SELL, stop_order_type="StopLoss"
    )


def test_a_stop_that_rests_is_seen() -> None:
    core = ready()
    stop = protected(core)
    for ms in (10_000, 20_000, 30_000):
        core.handle(WorkingOrdersLoaded("USDT", after(ms), (stop,)), after(ms + 20))
        assert SetTradingStop not in kinds(core.handle(TimePassed(ADDRESS, after(ms + 5_000)), after(ms + 5_000)))


def test_a_stop_that_is_not_among_the_orders_is_set_again() -> None:
    core = ready()
    protected(core)
    core.handle(WorkingOrdersLoaded("USDT", after(10_000), ()), after(10_020))
    assert SetTradingStop not in kinds(core.handle(TimePassed(ADDRESS, after(12_000)), after(12_000)))
    core.handle(WorkingOrdersLoaded("USDT", after(20_000), ()), after(20_020))
    again = core.handle(TimePassed(ADDRESS, after(21_100)), after(21_100))
    assert only(SetTradingStop, again).stop_loss == Decimal("98.1")


def test_a_list_older_than_the_position_proves_nothing_of_its_stop() -> None:
    core = ready()
    protected(core)
    for _ in range(3):
        core.handle(WorkingOrdersLoaded("USDT", after(25), ()), after(40))
    assert SetTradingStop not in kinds(core.handle(TimePassed(ADDRESS, after(1_500)), after(1_500)))


def test_an_answer_with_an_older_time_counts_once_nothing_newer_can_be_on_its_way() -> None:
    core = ready()
    flat = PositionUpdate(BTC, None, Decimal(0), Decimal(0), Decimal(5), None, None, after(2_000))
    core.handle(flat, after(2_000))
    core.handle(held(after(1_000)), after(3_000))
    assert FetchExecutions not in kinds(core.handle(TimePassed(ADDRESS, after(8_100)), after(8_100)))
    core.handle(held(after(1_000)), after(20_000))
    assert FetchExecutions in kinds(core.handle(TimePassed(ADDRESS, after(25_100)), after(25_100)))
