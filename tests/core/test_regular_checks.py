"""What the stream withholds is found by asking regularly."""

from decimal import Decimal

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
    TimePassed,
    WorkingOrdersLoaded,
)
from bot.domain.values import OrderStatus, Side, TimeMs
from tests.core.managers import ADDRESS, SETTINGS, after, kinds, ledger, send_entry, synchronised
from tests.core.samples import BTC, NOW, order_update


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
