"""Guards that look at one entry: past trades, the signal, the clock."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from bot.config.guards import (
    CooldownConfig,
    GuardsConfig,
    LosingStreakConfig,
    LowProfitConfig,
    NewsWindow,
    StopLossesConfig,
    WindowsConfig,
)
from bot.domain.messages import EntryWanted, TradeClosed
from bot.domain.values import ZERO, Side, Symbol, TimeMs
from bot.risk.guards import PastTrades, entry_guards
from tests.core.samples import BTC, ETH, RULES

MINUTE = 60_000
NOON = TimeMs(1_767_268_800_000)  # 2026-01-01 12:00 UTC, a Thursday


def wish(symbol: Symbol = BTC, **changes: Any) -> EntryWanted:
    usual = EntryWanted(symbol, NOON, Side.BUY, Decimal(100), Decimal(98), None, RULES, Decimal(5), Decimal("0.01"))
    return msgspec.structs.replace(usual, **changes)


def trade(minutes_ago: float, net_pnl: str, symbol: Symbol = BTC, reason: str = "stop loss") -> TradeClosed:
    closed_ms = TimeMs(NOON - int(minutes_ago * MINUTE))
    price = Decimal(100)
    pnl = Decimal(net_pnl)
    return TradeClosed(
        symbol, Side.BUY, TimeMs(closed_ms - MINUTE), closed_ms, Decimal(1), price, price, pnl, ZERO, pnl, reason
    )


def said(
    config: GuardsConfig, *trades: TradeClosed, now_ms: int = NOON, wanted: EntryWanted | None = None
) -> str | None:
    past = PastTrades()
    past.load(trades)
    for guard in entry_guards(config):
        stopped = guard.stops(wanted or wish(), past, TimeMs(now_ms))
        if stopped is not None:
            return stopped.text
    return None


def test_by_default_there_is_no_guard() -> None:
    assert not entry_guards(GuardsConfig())


def test_a_symbol_cools_down_after_its_trade() -> None:
    config = GuardsConfig(cooldown=CooldownConfig(minutes=30))
    assert said(config, trade(29, "5")) == (
        "cooldown: the last trade of BTCUSDT ended 2026-01-01 11:31 UTC; entries resume 2026-01-01 12:01 UTC"
    )
    assert said(config, trade(30, "5")) is None
    assert said(config, trade(1, "5", ETH)) is None
    losses = GuardsConfig(cooldown=CooldownConfig(minutes=30, only_after_losses=True))
    assert said(losses, trade(10, "-1"), trade(5, "1")) is None
    assert said(losses, trade(5, "-1")) is not None


def test_several_stop_losses_in_a_window_pause_everybody_or_their_symbol() -> None:
    config = StopLossesConfig(count=3, within_minutes=60, pause_minutes=120)
    three = [trade(70, "-5"), trade(40, "-5", ETH), trade(15, "-5")]
    assert said(GuardsConfig(stop_losses=config), *three) == (
        "stop-losses: 3 within 60 minutes; entries resume 2026-01-01 13:45 UTC"
    )
    assert said(GuardsConfig(stop_losses=config), *three, now_ms=NOON + 105 * MINUTE) is None
    assert said(GuardsConfig(stop_losses=config), trade(80, "-5"), *three[1:]) is None, "the window is longer"
    assert said(GuardsConfig(stop_losses=config), trade(70, "-5", reason="signal"), *three[1:]) is None
    assert said(GuardsConfig(stop_losses=config), trade(70, "5"), *three[1:]) is None, "a stop that earned"
    own = GuardsConfig(stop_losses=config.model_copy(update={"per_symbol": True}))
    assert said(own, *three) is None
    assert said(own, *three, trade(10, "-5")) is not None
    assert said(own, *three, trade(10, "-5"), wanted=wish(ETH)) is None


def test_a_pause_that_an_older_window_began_goes_on_when_that_window_has_passed() -> None:
    config = GuardsConfig(stop_losses=StopLossesConfig(count=2, within_minutes=10, pause_minutes=120))
    old = [trade(100, "-5"), trade(95, "-5"), trade(20, "-5")]
    assert said(config, *old) == "stop-losses: 2 within 10 minutes; entries resume 2026-01-01 12:25 UTC"


def test_losses_in_a_row_pause_until_some_time_after_the_last() -> None:
    config = GuardsConfig(losing_streak=LosingStreakConfig(count=3, pause_minutes=60))
    row = [trade(50, "-1", reason="signal"), trade(40, "-1", ETH), trade(10, "-1")]
    assert said(config, *row) == "losing streak: 3 losses in a row; entries resume 2026-01-01 12:50 UTC"
    assert said(config, *row[:2], trade(20, "1"), row[2]) is None
    assert said(config, *row, now_ms=NOON + 50 * MINUTE) is None


def test_a_symbol_that_earns_too_little_is_locked() -> None:
    rule = LowProfitConfig(within_minutes=600, trades_min=3, profit_min_quote=Decimal(1), pause_minutes=60)
    config = GuardsConfig(low_profit=rule)
    poor = [trade(300, "5"), trade(200, "-3"), trade(30, "-2")]
    assert said(config, *poor) == (
        "low profit: 3 trades of BTCUSDT earned 0.00, less than 1.00; entries resume 2026-01-01 12:30 UTC"
    )
    assert said(config, *poor[1:]) is None, "too few"
    assert said(config, trade(300, "6"), *poor[1:]) is None
    assert said(config, *poor, wanted=wish(ETH)) is None


def test_an_old_signal_is_not_followed() -> None:
    config = GuardsConfig(signal_age_max_ms=1_500)
    assert said(config, now_ms=NOON + 1_500) is None
    assert said(config, now_ms=NOON + 1_501) == ("stale data: the signal is 1501 ms old, at most 1500 ms are allowed")


@pytest.mark.parametrize("spread", [None, float("nan"), float("inf"), -0.1, 0.0011])
def test_a_wide_spread_and_one_that_is_not_known_stop_an_entry(spread: float | None) -> None:
    config = GuardsConfig(spread_max=Decimal("0.001"))
    assert said(config, wanted=wish(spread_fraction=spread)) is not None
    assert said(config, wanted=wish(spread_fraction=spread, for_quotes=True)) is None


def test_a_narrow_spread_is_fine() -> None:
    assert said(GuardsConfig(spread_max=Decimal("0.001")), wanted=wish(spread_fraction=0.001)) is None


def test_entries_only_in_allowed_minutes_and_never_in_blocked_ones() -> None:
    config = GuardsConfig(windows=WindowsConfig(allow=("* 8-11 * * *", "* 12 * * thu"), block=("0-5 12 * * *",)))
    assert said(config) == 'session window: 2026-01-01 12:00 UTC is in "0-5 12 * * *"'
    assert said(config, now_ms=NOON + 6 * MINUTE) is None
    outside = said(config, now_ms=NOON + 60 * MINUTE)
    assert outside == 'session window: 2026-01-01 13:00 UTC is not in "* 8-11 * * *", "* 12 * * thu"'


def test_news_stop_entries_for_their_span() -> None:
    since, until = datetime(2026, 1, 1, 11, 30, tzinfo=UTC), datetime(2026, 1, 1, 12, 30, tzinfo=UTC)
    config = GuardsConfig(windows=WindowsConfig(news=(NewsWindow(since=since, until=until, why="FOMC"),)))
    assert said(config) == "news window: FOMC; entries resume 2026-01-01 12:30 UTC"
    assert said(config, now_ms=NOON + 30 * MINUTE) is None


def test_a_trade_that_is_told_and_loaded_counts_once() -> None:
    past = PastTrades()
    past.add(trade(10, "1"))
    past.load([trade(20, "1"), trade(10, "1")])
    past.add(trade(10, "1"))
    assert [each.closed_ms for each in past.of(BTC)] == [NOON - 10 * MINUTE, NOON - 20 * MINUTE]
