"""News that comes before the database has told what there is: the stream of a bot that comes back does not wait."""

from decimal import Decimal

from bot.core.position_manager import PositionManagerCore
from bot.domain.messages import (
    ExecutionsLoaded,
    FetchExecutions,
    FillBooked,
    LedgerLoaded,
    OrderChanged,
    PositionChanged,
    PrivateStreamUp,
    Started,
)
from bot.domain.values import OrderLinkId, OrderStatus, Side
from tests.core.managers import ADDRESS, SETTINGS, kinds, only
from tests.core.samples import BTC, NOW, execution, intent, order_update

SENT = intent("pyr-0-BTCUSDT-3e")


def test_a_fill_that_comes_before_the_ledger_is_the_orders_own_and_behind_the_older_ones() -> None:
    resting = SENT.order_link_id
    older = execution("older", Side.BUY, "1", "90", order_link_id="pyr-0-BTCUSDT-1e")
    closed = execution("closed", Side.SELL, "1", "95", order_link_id="pyr-0-BTCUSDT-2s")
    core = PositionManagerCore(BTC, SETTINGS)
    core.handle(Started(ADDRESS, NOW), NOW)
    fill = execution("new", Side.BUY, "1", "100", order_link_id=resting)
    assert kinds(core.handle(fill, NOW)) == []
    assert kinds(core.handle(order_update(SENT, OrderStatus.FILLED, filled="1"), NOW)) == []
    purposes = tuple((OrderLinkId(f"pyr-0-BTCUSDT-{each}"), name) for each, name in (("1e", "entry"), ("2s", "signal")))
    loaded = LedgerLoaded(BTC, (older, closed), (*purposes, (resting, "entry")), (SENT,), 9)
    out = [*core.handle(loaded, NOW), *core.handle(ExecutionsLoaded(BTC, ()), NOW)]
    booked = only(FillBooked, out)
    assert (booked.execution, booked.purpose, booked.size_after) == (fill, "entry", Decimal(1))
    assert booked.entry_price_after == Decimal(100)
    assert [each.size for each in out if isinstance(each, PositionChanged)][-1] == Decimal(1)
    assert only(OrderChanged, out).order.status is OrderStatus.FILLED
    assert kinds(core.handle(fill, NOW)) == []


def test_a_fill_that_the_stream_tells_is_entered_behind_those_that_are_still_being_read() -> None:
    core = PositionManagerCore(BTC, SETTINGS)
    core.handle(Started(ADDRESS, NOW), NOW)
    core.handle(LedgerLoaded(BTC, (), ((SENT.order_link_id, "entry"),), (SENT,), 9), NOW)
    assert FetchExecutions in kinds(core.handle(PrivateStreamUp(NOW), NOW))
    entry = execution("one", Side.BUY, "1", "100", order_link_id=SENT.order_link_id)
    stop = execution("two", Side.SELL, "1", "98", stop_order_type="StopLoss")
    assert kinds(core.handle(stop, NOW)) == []
    booked = [each for each in core.handle(ExecutionsLoaded(BTC, (entry, stop)), NOW) if isinstance(each, FillBooked)]
    assert [(each.purpose, each.realised_pnl) for each in booked] == [("entry", Decimal(0)), ("stop loss", Decimal(-2))]
    later = execution("three", Side.SELL, "1", "98", order_link_id=SENT.order_link_id)
    assert FillBooked in kinds(core.handle(later, NOW))


def test_an_answer_to_a_predecessors_question_books_nothing() -> None:
    core = PositionManagerCore(BTC, SETTINGS)
    core.handle(Started(ADDRESS, NOW), NOW)
    fill = execution("one", Side.BUY, "1", "100", order_link_id=SENT.order_link_id)
    assert kinds(core.handle(ExecutionsLoaded(BTC, (fill,)), NOW)) == []
    loaded = LedgerLoaded(BTC, (), ((SENT.order_link_id, "entry"),), (SENT,), 9)
    assert FillBooked not in kinds(core.handle(loaded, NOW))
    assert only(FillBooked, core.handle(ExecutionsLoaded(BTC, (fill,)), NOW)).purpose == "entry"
