"""Requests leave by priority, within Bybit's budgets."""

from decimal import Decimal
from typing import get_args

from bot.core.rate_limiter import REQUESTS_PER_SECOND, Priority, RateLimiterCore, priority_of
from bot.domain.messages import (
    AmendOrder,
    CancelAllOrders,
    CancelOrder,
    ExecuteRequest,
    FetchCandles,
    FetchPosition,
    FetchTransfers,
    Message,
    OrderIntentSaved,
    OrderRefused,
    Request,
    SetTradingStop,
    TimePassed,
    WakeAt,
    WorkerIdle,
)
from bot.domain.values import Address, OrderLinkId, TimeMs
from tests.core.samples import BTC, NOW, intent

ADDRESS = Address("rate_limiter")


def entry(number: int) -> OrderIntentSaved:
    return OrderIntentSaved(intent(f"pyr-1-BTCUSDT-{number}e"))


def test_an_idle_worker_gets_the_request_at_once() -> None:
    core = RateLimiterCore()
    core.handle(WorkerIdle(3), NOW)
    assert list(core.handle(FetchPosition(BTC), NOW)) == [ExecuteRequest(3, FetchPosition(BTC))]


def test_what_protects_goes_first() -> None:
    core = RateLimiterCore()
    stop = SetTradingStop(BTC, None, None)
    cancel = CancelOrder(BTC, OrderLinkId("x"))
    close = leave(2)
    for message in (FetchPosition(BTC), entry(1), close, cancel, stop):
        core.handle(message, NOW)
    order = []
    for _ in range(5):
        (out,) = core.handle(WorkerIdle(0), NOW)
        assert isinstance(out, ExecuteRequest)
        order.append(out.request)
    assert order == [stop, cancel, close.order, entry(1).order, FetchPosition(BTC)]


def test_moving_a_stop_is_protection_and_another_amend_is_like_the_cancel_it_saves() -> None:
    link_id = OrderLinkId("x")
    assert priority_of(AmendOrder(BTC, link_id, trigger_price=Decimal(1))) is Priority.PROTECTION
    assert priority_of(AmendOrder(BTC, link_id, price=Decimal(1))) is Priority.CANCEL
    assert priority_of(CancelAllOrders(BTC)) is Priority.CANCEL


def test_a_question_that_decides_whether_everything_is_closed_does_not_wait_for_histories() -> None:
    assert priority_of(FetchTransfers("USDT", NOW)) < priority_of(FetchCandles(BTC, "1", 200))


def test_every_request_has_a_budget() -> None:
    assert set(REQUESTS_PER_SECOND) == set(get_args(Request.__value__))


def test_a_check_of_bars_waits_for_every_other_question() -> None:
    core = RateLimiterCore()
    check, history = FetchCandles(BTC, "60", 3, is_check=True), FetchCandles(BTC, "1", 200)
    for message in (check, history):
        core.handle(message, NOW)
    assert list(core.handle(WorkerIdle(0), NOW)) == [ExecuteRequest(0, history)]
    assert list(core.handle(WorkerIdle(0), NOW)) == [ExecuteRequest(0, check)]


def test_a_fast_market_does_not_make_the_exchange_more_patient() -> None:
    core = RateLimiterCore(speed=60)
    for worker in range(20):
        core.handle(WorkerIdle(worker), NOW)
    out = [each for number in range(11) for each in core.handle(entry(number), NOW)]
    assert sum(isinstance(each, ExecuteRequest) for each in out) == 8
    assert out[-1] == WakeAt(ADDRESS, TimeMs(NOW + 60_000))


def leave(number: int) -> OrderIntentSaved:
    return OrderIntentSaved(intent(f"pyr-1-BTCUSDT-{number}x", reduce_only=True))


def test_the_eleventh_order_of_a_second_waits_for_the_second_to_pass() -> None:
    core = RateLimiterCore()
    for worker in range(20):
        core.handle(WorkerIdle(worker), NOW)
    out: list[Message] = []
    for number in range(11):
        out += core.handle(leave(number), TimeMs(NOW + number))
    assert sum(isinstance(message, ExecuteRequest) for message in out) == 10
    assert out[-1] == WakeAt(ADDRESS, TimeMs(NOW + 1000))
    (sent,) = core.handle(TimePassed(ADDRESS, TimeMs(NOW + 1000)), TimeMs(NOW + 1000))
    assert isinstance(sent, ExecuteRequest)


def test_a_full_budget_of_orders_does_not_hold_back_a_question() -> None:
    core = RateLimiterCore()
    for worker in range(20):
        core.handle(WorkerIdle(worker), NOW)
    for number in range(11):
        core.handle(entry(number), NOW)
    out = core.handle(FetchPosition(BTC), NOW)
    assert [type(message) for message in out] == [ExecuteRequest]


def test_nothing_leaves_while_bybit_wants_silence() -> None:
    core = RateLimiterCore()
    core.handle(WorkerIdle(0, retry_after_ms=600_000), NOW)
    (out,) = core.handle(FetchPosition(BTC), NOW)
    until = TimeMs(NOW + 600_000)
    assert out == WakeAt(ADDRESS, until)
    assert not core.handle(FetchPosition(BTC), TimeMs(until - 1))
    (sent,) = core.handle(TimePassed(ADDRESS, until), until)
    assert isinstance(sent, ExecuteRequest)


def test_an_alarm_that_never_came_does_not_silence_later_ones() -> None:
    core = RateLimiterCore()
    core.handle(WorkerIdle(0, retry_after_ms=1_000), NOW)
    assert list(core.handle(FetchPosition(BTC), NOW)) == [WakeAt(ADDRESS, TimeMs(NOW + 1_000))]
    # The clock failed, and with it the alarm. Somebody else's message comes much later, and again we have to wait.
    later = TimeMs(NOW + 60_000)
    assert list(core.handle(WorkerIdle(0, retry_after_ms=500), later)) == [WakeAt(ADDRESS, TimeMs(later + 500))]


def test_an_entry_that_had_to_wait_too_long_is_not_sent_and_an_exit_is() -> None:
    core = RateLimiterCore()
    close = leave(2)
    core.handle(entry(1), NOW)
    core.handle(close, NOW)
    later = TimeMs(NOW + 31_000)
    out = core.handle(WorkerIdle(0), later)
    assert out[0] == ExecuteRequest(0, close.order)
    (refused,) = core.handle(WorkerIdle(0), later)
    assert isinstance(refused, OrderRefused)
    assert refused.order_link_id == entry(1).order.order_link_id


def test_a_flood_of_entries_leaves_room_for_what_gets_out() -> None:
    core = RateLimiterCore()
    for worker in range(40):
        core.handle(WorkerIdle(worker), NOW)
    for number in range(100):
        core.handle(entry(number), NOW)
    for number in (101, 102):
        assert next(iter(core.handle(leave(number), NOW))) == ExecuteRequest(number - 93, leave(number).order)
    assert not core.handle(leave(103), NOW)
    later = TimeMs(NOW + 1000)
    out = core.handle(TimePassed(ADDRESS, later), later)
    assert out[0] == ExecuteRequest(10, leave(103).order)
    assert sum(isinstance(each, ExecuteRequest) for each in out) == 8, "seven entries and the close"


def test_a_flood_of_quotes_leaves_room_for_the_moving_of_a_stop() -> None:
    core = RateLimiterCore()
    for worker in range(40):
        core.handle(WorkerIdle(worker), NOW)
    for number in range(50):
        core.handle(AmendOrder(BTC, OrderLinkId(f"q{number}"), price=Decimal(1)), NOW)
    stop = AmendOrder(BTC, OrderLinkId("stop"), trigger_price=Decimal(1))
    assert core.handle(stop, NOW)[0] == ExecuteRequest(8, stop)


def test_histories_of_many_symbols_leave_a_worker_for_what_is_urgent() -> None:
    core = RateLimiterCore()
    for worker in range(3):
        core.handle(WorkerIdle(worker), NOW)
    out = [each for number in range(10) for each in core.handle(FetchCandles(BTC, "1", number + 1), NOW)]
    assert [type(each) for each in out] == [ExecuteRequest] * 2
    stop = SetTradingStop(BTC, None, None)
    assert list(core.handle(stop, NOW)) == [ExecuteRequest(2, stop)]
    assert not core.handle(WorkerIdle(2), NOW)
    assert [type(each) for each in core.handle(WorkerIdle(0), NOW)] == [ExecuteRequest]
    alone = RateLimiterCore()
    alone.handle(WorkerIdle(0), NOW)
    assert [type(each) for each in alone.handle(FetchCandles(BTC, "1", 1), NOW)] == [ExecuteRequest]
