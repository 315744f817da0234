"""The exchange's time as the bot has it, and waking at a time of it."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.clock import ClockActor
from actors.clocks import ScaledClock, SteppedClock
from actors.post import Post
from actors.shell import Surroundings
from actors.work import WorkCount
from bot.domain.address import Role, address_of
from bot.domain.messages import TimePassed, WakeAt
from bot.domain.routes import Switchboard
from bot.domain.values import TimeMs
from tests.actors.small_bot import Recorder, SmallBot
from tests.actors.waiting import eventually
from tests.core.samples import BTC, NOW

ACCOUNT = address_of(Role.ACCOUNT)
RATE_LIMITER = address_of(Role.RATE_LIMITER)
SPEED = 1000.0
SECOND_MS = 1_000


@pytest.mark.parametrize("speed", [1.0, 60.0, 1000.0])
def test_a_scaled_clock_runs_as_many_times_as_fast_as_the_wall_clock(speed: float) -> None:
    before_s = time.monotonic()
    clock = ScaledClock(NOW, speed)
    made_s = time.monotonic()
    eventually(lambda: clock.now_ms() - NOW >= 20 * speed, "20 ms of the wall clock")
    asked_s = time.monotonic()
    shown_ms = clock.now_ms() - NOW
    assert (asked_s - made_s) * 1000 * speed - 1 <= shown_ms <= (time.monotonic() - before_s) * 1000 * speed


def test_waiting_is_told_in_seconds_of_this_machine() -> None:
    clock = ScaledClock(NOW, 60.0)
    assert 0.9 < clock.seconds_until(TimeMs(NOW + 60_000)) <= 1.0
    assert clock.seconds_until(TimeMs(NOW - 1)) == 0


@given(st.lists(st.integers(min_value=0, max_value=2**53)))
def test_a_stepped_clock_shows_the_latest_time_seen_and_never_goes_back(seen: list[int]) -> None:
    clock = SteppedClock(TimeMs(1000))
    shown = [clock.now_ms()]
    for at_ms in seen:
        clock.observe(TimeMs(at_ms))
        shown.append(clock.now_ms())
    assert shown == sorted(shown)
    assert shown[-1] == max([1000, *seen])


class Alarms(SmallBot):
    """A clock actor at a thousand times the speed of time, and two who ask it."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ScaledClock(NOW, SPEED)
        self.work = WorkCount()
        self.post = Post(Switchboard([BTC]), self.work)
        self.around = Surroundings(self.post, self.clock, self.work)
        self.account = self.listen(Role.ACCOUNT)
        self.rate_limiter = self.listen(Role.RATE_LIMITER)
        self.actor = ClockActor.start(self.clock, self.around)
        self.post.enlist(address_of(Role.CLOCK), self.actor)

    def wake(self, who: Recorder, in_ms: int) -> TimeMs:
        at_ms = TimeMs(self.clock.now_ms() + in_ms)
        self.post.send(WakeAt(ACCOUNT if who is self.account else RATE_LIMITER, at_ms))
        return at_ms


@pytest.fixture
def alarms() -> Alarms:
    return Alarms()


def test_actors_are_woken_at_their_time_and_not_before(alarms: Alarms) -> None:
    late_ms = alarms.wake(alarms.account, 100 * SECOND_MS)
    soon_ms = alarms.wake(alarms.rate_limiter, 20 * SECOND_MS)  # asked later, due earlier
    eventually(lambda: bool(alarms.rate_limiter.heard), "the earlier alarm")
    eventually(lambda: bool(alarms.account.heard), "the later alarm")
    (soon,), (late,) = alarms.rate_limiter.of(TimePassed), alarms.account.of(TimePassed)
    assert soon.now_ms >= soon_ms
    assert late.now_ms >= late_ms
    alarms.close()


def test_a_time_that_has_passed_wakes_at_once(alarms: Alarms) -> None:
    alarms.wake(alarms.account, -SECOND_MS)
    eventually(lambda: len(alarms.account.heard) == 1, "the alarm")
    alarms.close()


def test_every_alarm_comes_once(alarms: Alarms) -> None:
    for index in range(100):
        alarms.wake(alarms.account, index * 137 % 50 * SECOND_MS // 2)
    eventually(lambda: len(alarms.account.heard) == 100, "a hundred alarms")
    alarms.wake(alarms.rate_limiter, 5 * SECOND_MS)
    eventually(lambda: len(alarms.rate_limiter.heard) == 1, "one more alarm")
    assert len(alarms.account.heard) == 100
    alarms.close()


def test_the_waiting_thread_ends_with_the_actor(alarms: Alarms) -> None:
    alarms.wake(alarms.account, 3_600 * SECOND_MS)
    eventually(lambda: "clock alarm" in names_of_threads(), "the waiting thread")
    alarms.actor.stop()
    eventually(lambda: "clock alarm" not in names_of_threads(), "its end")
    alarms.close()


def names_of_threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_a_clock_that_has_fallen_behind_is_put_forward_and_never_back() -> None:
    clock = ScaledClock(TimeMs(1_000_000))
    clock.observe(TimeMs(1_005_000))
    assert clock.now_ms() >= 1_005_000
    clock.observe(TimeMs(1_000_500))
    assert clock.now_ms() >= 1_005_000


def test_a_single_stamp_from_far_ahead_is_not_believed() -> None:
    clock = ScaledClock(TimeMs(1_000_000))
    for _ in range(2):
        clock.observe(TimeMs(10**15))
        clock.observe(TimeMs(1_000_000))  # the next news knows nothing of it
        assert clock.now_ms() < 1_060_000


def test_after_a_long_sleep_the_second_stamp_puts_the_clock_forward() -> None:
    clock = ScaledClock(TimeMs(1_000_000))
    clock.observe(TimeMs(9_000_000))
    clock.observe(TimeMs(9_000_050))
    assert 9_000_050 <= clock.now_ms() < 9_060_000
