"""The section ``risk.guards``: what keeps the bot from opening anything more. All are off by default."""

import re
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from bot.config.base import Section
from bot.config.fields import Bounded, UtcTime
from bot.domain.minutes import MinuteRule

Share = Annotated[Decimal, Bounded(gt="0", le="0.99")]
Pause = Annotated[int, Field(ge=1, le=525_600, description="How long nothing is opened (minutes).")]
Within = Annotated[int, Field(ge=1, le=525_600, description="How far back trades count (minutes).")]

_TIME_OF_DAY: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _time_of_day(value: str) -> str:
    if _TIME_OF_DAY.fullmatch(value) is None:
        raise PydanticCustomError("time_of_day", 'must be a time of the day in UTC, such as "00:00"')
    return value


def _minute_rule(value: str) -> str:
    try:
        MinuteRule.parse(value)
    except ValueError as error:
        raise PydanticCustomError("minute_rule", "{reason}", {"reason": str(error)}) from None
    return value


TimeOfDay = Annotated[
    str, AfterValidator(_time_of_day), WithJsonSchema({"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$"})
]
RuleText = Annotated[str, AfterValidator(_minute_rule)]


class DailyLossConfig(Section):
    """No entries for the rest of the day once so much of the day's first equity is gone."""

    fraction: Annotated[Share, Field(description="Part of the equity at the start of the day; 0.05 = 5 %.")]
    reset_utc: Annotated[TimeOfDay, Field(description="When a new day begins (UTC).")] = "00:00"
    action: Annotated[Literal["stop_entries", "flatten"], Field(description="flatten also closes every position.")] = (
        "stop_entries"
    )


class DrawdownConfig(Section):
    """What happens when the equity is so far below its peak; the peak and what was done outlive the bot."""

    warn: Annotated[Share | None, Field(description="Alert at this drawdown; 0.05 = 5 %. null: never.")] = None
    stop_entries: Annotated[
        Share | None, Field(description="No entries from this drawdown on, until released by hand.")
    ] = None
    flatten: Annotated[
        Share | None, Field(description="Close everything at this drawdown; no entries until released by hand.")
    ] = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        levels = [(key, getattr(self, key)) for key in ("warn", "stop_entries", "flatten")]
        given = [(key, level) for key, level in levels if level is not None]
        for (key, level), (later, beyond) in pairwise(given):
            if level >= beyond:
                text = "is {beyond}, not above {key_of_level}, which is {level}"
                context = {"at": later, "key_of_level": key, "level": str(level), "beyond": str(beyond)}
                raise PydanticCustomError("risk_conflict", text, context)
        return self

    def lowest_level(self) -> Decimal | None:
        """The first level at which entries stop; None where none does."""
        return min((each for each in (self.stop_entries, self.flatten) if each is not None), default=None)


class CooldownConfig(Section):
    """A pause of one symbol after each of its trades."""

    minutes: Pause
    only_after_losses: Annotated[bool, Field(description="Not after trades that earned.")] = False


class StopLossesConfig(Section):
    """A pause after several stop-losses in a short time."""

    count: Annotated[int, Field(ge=1, le=100, description="Stop-losses that bring it about.")]
    within_minutes: Within
    pause_minutes: Pause
    per_symbol: Annotated[bool, Field(description="Count and pause each symbol for itself.")] = False


class LosingStreakConfig(Section):
    """A pause after several losing trades in a row."""

    count: Annotated[int, Field(ge=2, le=100, description="Losses in a row that bring it about.")]
    pause_minutes: Pause
    per_symbol: Annotated[bool, Field(description="Count and pause each symbol for itself.")] = False


class LowProfitConfig(Section):
    """A pause of a symbol whose trades of late have earned too little."""

    within_minutes: Within
    trades_min: Annotated[int, Field(ge=1, le=1000, description="Fewer trades in that time say nothing.")]
    profit_min_quote: Annotated[
        Decimal,
        Bounded(ge="-1000000000", le="1000000000"),
        Field(description="Net profit of them that is enough (quote coin); may be negative."),
    ] = Decimal(0)
    pause_minutes: Pause


class NewsWindow(Section):
    """A span of time in which nothing is opened."""

    since: Annotated[UtcTime, Field(description="First moment without entries.")]
    until: Annotated[UtcTime, Field(description="First moment after it.")]
    why: Annotated[str, Field(max_length=200, description="What happens then.")] = "news"

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.until - self.since <= timedelta(0):
            raise PydanticCustomError("risk_conflict", "must be after since", {"at": "until"})
        return self


class WindowsConfig(Section):
    """When entries are allowed. Rules are five fields as of cron, in UTC: minute hour day month weekday (0 = Sunday).

    A rule stands for all minutes that match it: "* 13-20 * * mon-fri" is from 13:00 to 20:59 on working days.
    """

    allow: Annotated[
        tuple[RuleText, ...],
        Field(
            strict=False, max_length=50, description="Entries only in minutes that match one of these; none: always."
        ),
    ] = ()
    block: Annotated[
        tuple[RuleText, ...],
        Field(strict=False, max_length=50, description="No entries in minutes that match one of these."),
    ] = ()
    news: Annotated[
        tuple[NewsWindow, ...], Field(strict=False, max_length=500, description="Spans of time without entries.")
    ] = ()


class GuardsConfig(Section):
    """What keeps the bot from opening anything more. null: off."""

    daily_loss: Annotated[DailyLossConfig | None, Field(description="Most that one day may cost.")] = None
    drawdown: Annotated[DrawdownConfig, Field(description="How far the equity may fall from its peak.")] = (
        DrawdownConfig()
    )
    cooldown: Annotated[CooldownConfig | None, Field(description="A pause after each trade of a symbol.")] = None
    stop_losses: Annotated[StopLossesConfig | None, Field(description="A pause after several stop-losses.")] = None
    losing_streak: Annotated[LosingStreakConfig | None, Field(description="A pause after losses in a row.")] = None
    low_profit: Annotated[LowProfitConfig | None, Field(description="A pause of symbols that do not earn.")] = None
    signal_age_max_ms: Annotated[
        int | None, Field(ge=100, le=3_600_000, description="Oldest signal that may still be followed (ms).")
    ] = None
    spread_max: Annotated[
        Share | None, Field(description="Widest spread at the signal, as a part of the price; 0.001 = 0.1 %.")
    ] = None
    windows: Annotated[WindowsConfig, Field(description="When entries are allowed.")] = WindowsConfig()
