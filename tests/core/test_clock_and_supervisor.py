"""Alarms come once and in order; actors that fail are replaced within limits."""

from bot.core.clock import ClockCore
from bot.core.supervisor import SupervisorCore
from bot.domain.messages import (
    ActorFailed,
    ActorReady,
    ActorReplaced,
    AlarmDue,
    AllReady,
    BotHalted,
    Drained,
    DrainWanted,
    TimePassed,
    WakeAt,
)
from bot.domain.values import Address, TimeMs
from tests.core.samples import BTC, ETH, NOW

ACCOUNT = Address("account")
DATABASE = Address("database")


def test_alarms_ring_in_order_and_once() -> None:
    clock = ClockCore()
    for delay, address in ((30, "c"), (10, "a"), (20, "b")):
        assert not clock.handle(WakeAt(Address(address), TimeMs(NOW + delay)), NOW)
    assert clock.next_alarm_ms == NOW + 10
    later = TimeMs(NOW + 20)
    assert clock.handle(AlarmDue(), later) == [TimePassed(Address("a"), later), TimePassed(Address("b"), later)]
    assert not clock.due(later)
    assert clock.next_alarm_ms == NOW + 30


def test_an_alarm_in_the_past_rings_at_once() -> None:
    assert ClockCore().handle(WakeAt(ACCOUNT, TimeMs(NOW - 1)), NOW) == [TimePassed(ACCOUNT, NOW)]


def failures(supervisor: SupervisorCore, count: int, every_ms: int) -> list[object]:
    out: list[object] = []
    for index in range(count):
        now = TimeMs(NOW + index * every_ms)
        out += supervisor.handle(ActorFailed(ACCOUNT, now, "boom"), now)
    return out


def test_failed_actors_are_replaced_until_they_fail_too_often() -> None:
    replaced: list[Address] = []
    supervisor = SupervisorCore([ACCOUNT], [BTC], replaced.append)
    out = failures(supervisor, 4, every_ms=1_000)
    assert replaced == [ACCOUNT] * 4  # protection goes on even when trading does not
    assert [type(each) for each in out] == [ActorReplaced] * 4 + [BotHalted]


def test_failures_far_apart_never_halt() -> None:
    supervisor = SupervisorCore([ACCOUNT], [BTC], lambda _: None)
    assert not any(isinstance(each, BotHalted) for each in failures(supervisor, 10, every_ms=30_000))


def test_with_the_database_go_the_position_managers_that_relied_on_it() -> None:
    replaced: list[Address] = []
    supervisor = SupervisorCore([ACCOUNT], [BTC, ETH], replaced.append)
    supervisor.handle(ActorFailed(DATABASE, NOW, "disk"), NOW)
    assert replaced == [DATABASE, Address("position_manager/BTCUSDT"), Address("position_manager/ETHUSDT")]


def test_trading_begins_when_everyone_is_ready_and_ends_when_everyone_is_drained() -> None:
    supervisor = SupervisorCore([ACCOUNT, DATABASE], [BTC, ETH], lambda _: None)
    assert not supervisor.handle(ActorReady(ACCOUNT), NOW)
    assert supervisor.handle(ActorReady(DATABASE), NOW) == (AllReady(NOW, (BTC, ETH)),)
    supervisor.handle(DrainWanted(NOW, close_positions=False), NOW)
    supervisor.handle(Drained(BTC), NOW)
    assert not supervisor.drained
    supervisor.handle(Drained(ETH), NOW)
    assert supervisor.drained
