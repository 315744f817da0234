"""Guards that look at the equity and latch."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.config.guards import DailyLossConfig, DrawdownConfig
from bot.domain.values import TimeMs
from bot.risk.guards import Step
from bot.risk.guards.daily_loss import DAY_MS, DailyLoss
from bot.risk.guards.drawdown import Drawdown

MIDNIGHT = TimeMs(1_767_225_600_000)  # 2026-01-01 00:00 UTC
HOUR = 3_600_000
DAILY = DailyLossConfig(fraction=Decimal("0.05"))


def later(hours: float) -> TimeMs:
    return TimeMs(MIDNIGHT + int(hours * HOUR))


def latched() -> DailyLoss:
    guard = DailyLoss(DAILY)
    guard.observe(Decimal(10_000), MIDNIGHT, MIDNIGHT)
    assert guard.suspects(Decimal("9500.01")) is Step.NOTHING
    assert guard.suspects(Decimal(9_480)) is Step.STOP
    assert guard.stopped(later(5)) is None, "a suspicion is no latch"
    assert guard.confirm(Decimal("9480.12"), later(5))[0] is Step.STOP
    return guard


def test_the_daily_loss_reads_well_and_lasts_until_the_reset() -> None:
    guard = latched()
    for hour in (5, 23.99):
        stopped = guard.stopped(later(hour))
        assert stopped is not None
        assert stopped.is_latch
        assert stopped.text == (
            "daily loss limit: equity 9,480.12 is 5.2% below 10,000.00 at 2026-01-01 00:00 UTC; "
            "entries resume 2026-01-02 00:00 UTC"
        )
    assert guard.confirm(Decimal(12_000), later(6)) == (Step.NOTHING, ""), "winning it back does not open it"
    assert guard.stopped(later(7)) is not None
    before = guard.stopped(later(24))
    assert before is not None
    assert not before.is_latch, "a new day, whose first equity is not known yet"
    guard.observe(Decimal(9_400), later(24), later(24))
    assert guard.stopped(later(24)) is None


def test_a_latch_outlives_the_bot() -> None:
    text = latched().state()
    assert text is not None
    again = DailyLoss(DAILY)
    again.restore(text)
    again.observe(Decimal(9_000), later(6), later(6))
    assert again.stopped(later(6)) == latched().stopped(later(6))
    assert again.state() == text


def test_a_day_begins_at_its_reset_time() -> None:
    guard = DailyLoss(DailyLossConfig(fraction=Decimal("0.05"), reset_utc="08:30", action="flatten"))
    assert guard.next_ms(later(8.25)) == later(8.5)
    assert guard.next_ms(later(8.5)) == later(32.5)
    guard.observe(Decimal(100), later(8), later(8))
    assert guard.confirm(Decimal(90), later(8.4))[0] is Step.FLATTEN
    assert guard.flattens(later(8.4))
    assert not guard.flattens(later(8.5))


def test_before_anything_is_known_there_are_no_entries() -> None:
    assert DailyLoss(DAILY).stopped(MIDNIGHT) is not None
    assert Drawdown(DrawdownConfig(warn=Decimal("0.1"))).stopped(MIDNIGHT) is not None


LEVELS = DrawdownConfig(warn=Decimal("0.05"), stop_entries=Decimal("0.1"), flatten=Decimal("0.2"))


def test_a_drawdown_warns_then_stops_then_flattens() -> None:
    guard = Drawdown(LEVELS)
    for equity in (900, 1000, 970):
        guard.observe(Decimal(equity), MIDNIGHT, MIDNIGHT)
    assert guard.confirm(Decimal(951), later(1))[0] is Step.NOTHING
    assert guard.confirm(Decimal(950), later(1))[0] is Step.WARN
    assert guard.confirm(Decimal(940), later(1))[0] is Step.NOTHING, "once"
    assert guard.stopped(later(1)) is None
    step, text = guard.confirm(Decimal(900), later(2))
    assert (step, text) == (Step.STOP, "equity 900.00 is 10.0% below its peak of 1,000.00, 2026-01-01 00:00 UTC")
    assert guard.confirm(Decimal(890), later(2))[0] is Step.NOTHING
    assert not guard.flattens(later(2))
    assert guard.confirm(Decimal(800), later(3))[0] is Step.FLATTEN
    assert guard.flattens(later(3))
    guard.observe(Decimal(1_100), later(4), later(4))
    assert guard.stopped(later(400)) is not None, "until released"
    guard.release()
    guard.observe(Decimal(1_100), later(401), later(401))
    assert guard.stopped(later(401)) is None
    assert guard.suspects(Decimal(1_000)) is Step.WARN


def test_a_warning_comes_again_only_after_half_was_made_up_for() -> None:
    guard = Drawdown(LEVELS)
    guard.observe(Decimal(1000), MIDNIGHT, MIDNIGHT)
    guard.confirm(Decimal(945), later(1))
    guard.observe(Decimal(970), later(2), later(2))
    assert guard.confirm(Decimal(945), later(3))[0] is Step.NOTHING
    guard.observe(Decimal(980), later(4), later(4))
    assert guard.confirm(Decimal(945), later(5))[0] is Step.WARN


def test_the_peak_and_the_level_outlive_the_bot() -> None:
    guard = Drawdown(LEVELS)
    guard.observe(Decimal(1000), MIDNIGHT, MIDNIGHT)
    guard.confirm(Decimal(880), later(1))
    again = Drawdown(LEVELS)
    again.restore(guard.state() or "")
    assert again.stopped(later(2)) == guard.stopped(later(2))
    assert again.confirm(Decimal(799), later(2))[0] is Step.FLATTEN


@given(st.lists(st.tuples(st.decimals("1", "20000", places=2), st.integers(0, 600)), min_size=2, max_size=40))
def test_a_daily_limit_is_open_only_while_no_equity_of_the_day_was_below_it(path: list[tuple[Decimal, int]]) -> None:
    guard = DailyLoss(DAILY)
    now, first, day_ends, lost = int(MIDNIGHT), None, 0, False
    for equity, minutes in path:
        now += minutes * 60_000
        if first is None or now >= day_ends:
            first, lost = equity, False
            day_ends = now - (now - MIDNIGHT) % DAY_MS + DAY_MS
        guard.observe(equity, TimeMs(now), TimeMs(now))
        guard.confirm(equity, TimeMs(now))
        lost = lost or equity <= first * Decimal("0.95")
        assert (guard.stopped(TimeMs(now)) is not None) == lost
