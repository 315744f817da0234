"""Everything that a report says, as values: computed here, shown by ``bot.report``."""

import statistics
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from bot.domain.values import ZERO, OrderType, Symbol, TimeMs
from bot.performance import returns
from bot.performance.breakdown import DayPart, Part, by_side, day_parts, parts, symbol_parts
from bot.performance.equity_curve import (
    DAY_MS,
    Drawdown,
    EquityPoint,
    day_returns,
    days_of,
    deepest,
    deepest_fraction,
    drawdowns,
    month_returns,
    ulcer_index,
)
from bot.performance.execution_quality import FillRate, PlacedOrder, Slippage, fill_rate, slippage
from bot.performance.fills import Fill, Mark
from bot.performance.per_trade_ratios import per_trade_calmar, per_trade_sharpe, per_trade_sortino
from bot.performance.round_trips import RoundTrip, round_trips
from bot.performance.trade_metrics import TradeStatistics, trade_statistics

YEAR_MS = returns.DAYS_A_YEAR * DAY_MS
STOPS = frozenset({"stop loss", "trailing stop"})
ENTRIES = frozenset({"entry", "quote"})


class RunInfo(msgspec.Struct, frozen=True):
    """Which run, or which runs of an account, is reported on. ``ended_ms`` None: it still runs, or was killed."""

    run_id: str
    venue: str
    version: str
    started_ms: TimeMs
    ended_ms: TimeMs | None
    runs: frozenset[str]
    coin: str = "USDT"
    """The settle coin: that of all money."""


class AccountPoint(msgspec.Struct, frozen=True):
    """The account at a moment, in the settle coin: equity is wallet plus open profit."""

    time_ms: TimeMs
    wallet_balance: Decimal
    unrealised_pnl: Decimal
    equity: Decimal


class Recorded(msgspec.Struct, frozen=True):
    """What the database knows. ``fills`` and ``marks`` are of the whole account, the rest of the run."""

    run: RunInfo
    fills: Sequence[Fill]
    marks: Mapping[Symbol, Sequence[Mark]]
    orders: Sequence[PlacedOrder]
    account: Sequence[AccountPoint]
    """One per moment, in the order of time."""


class Money(msgspec.Struct, frozen=True):
    """What was earned and what it cost, in the settle coin.

    ``net_pnl`` = ``realised_pnl`` - ``fees`` - ``funding``. ``other`` is what the wallet changed beyond that: deposits,
    withdrawals, and fills of the time before the run that were booked in it.
    """

    wallet_before: Decimal
    wallet_after: Decimal
    equity_before: Decimal
    equity_after: Decimal
    unrealised_pnl: Decimal
    realised_pnl: Decimal
    fees: Decimal
    funding: Decimal
    turnover: Decimal

    @property
    def net_pnl(self) -> Decimal:
        """Booked profit after fees and funding, without open profit."""
        return self.realised_pnl - self.fees - self.funding

    @property
    def other(self) -> Decimal:
        """See the class."""
        return self.wallet_after - self.wallet_before - self.net_pnl

    @property
    def return_fraction(self) -> float | None:
        """Change of marked equity per equity at the start."""
        return float(self.equity_after / self.equity_before - 1) if self.equity_before > 0 else None


class Risk(msgspec.Struct, frozen=True):
    """What had to be borne. Ratios are of daily returns of marked equity, annualised with 365 days."""

    drawdown: Drawdown | None
    drawdown_fraction: float | None
    """The deepest one of all, of its peak; that need not be the one of the largest value."""
    longest_underwater_ms: int
    cagr: float | None
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    omega: float | None
    ulcer_index: float | None
    exposure: float | None
    """Share of the time with a position in any symbol."""
    per_trade_sharpe: float | None
    per_trade_sortino: float | None
    per_trade_calmar: float | None
    """As freqtrade defines them, see bot.performance.per_trade_ratios."""


class Execution(msgspec.Struct, frozen=True):
    """How orders were executed."""

    limit: FillRate
    market: FillRate
    slippage: Slippage
    of_entries: Slippage
    of_stops: Slippage
    of_other_exits: Slippage
    fills: int
    maker_fills: int


class Report(msgspec.Struct, frozen=True):
    """A run, or all runs of an account. ``trades`` are closed round trips, ``open_trades`` those that are not."""

    run: RunInfo
    start_ms: TimeMs
    end_ms: TimeMs
    money: Money
    trades: Sequence[RoundTrip]
    open_trades: Sequence[RoundTrip]
    statistics: TradeStatistics
    hold_ms_won: float | None
    hold_ms_lost: float | None
    """Mean time that such trades were held."""
    risk: Risk
    execution: Execution
    by_symbol: Sequence[Part]
    by_side: Sequence[Part]
    by_strategy: Sequence[Part]
    by_exit: Sequence[Part]
    days: Sequence[DayPart]
    months: Mapping[tuple[int, int], float | None]
    account: Sequence[AccountPoint]
    fills: Sequence[Fill]
    marks: Mapping[Symbol, Sequence[Mark]]

    @property
    def carried_over(self) -> int:
        """Trades that an earlier run began: their figures are whole, what they cost before is not in ``money``."""
        return sum(trip.first_run_id not in self.run.runs for trip in (*self.trades, *self.open_trades))


def make_report(recorded: Recorded) -> Report:
    """Compute everything. Nothing is refused: what is not defined is None."""
    run = recorded.run
    fills = [fill for fill in recorded.fills if fill.run_id in run.runs]
    end_ms = _end_ms(recorded, fills)
    trips = [
        trip
        for trip in round_trips(recorded.fills, recorded.marks)
        if trip.last_run_id in run.runs or (trip.closed_ms is None and trip.opened_ms < end_ms)
    ]
    closed = [trip for trip in trips if trip.closed_ms is not None]
    curve = [EquityPoint(point.time_ms, point.equity) for point in recorded.account]
    money = _money(recorded.account, fills)
    days = days_of(curve)
    return Report(
        run,
        run.started_ms,
        end_ms,
        money,
        closed,
        [trip for trip in trips if trip.closed_ms is None],
        trade_statistics([trip.net_pnl for trip in closed]),
        _mean_hold_ms([trip for trip in closed if trip.net_pnl > 0]),
        _mean_hold_ms([trip for trip in closed if trip.net_pnl < 0]),
        _risk(curve, money, trips, run.started_ms, end_ms),
        _execution(fills, recorded.orders),
        symbol_parts(fills, trips),
        parts(trips, by_side),
        parts(trips, lambda trip: trip.strategy),
        parts(closed, lambda trip: trip.exit_reason),
        day_parts(days, fills, closed),
        month_returns(days),
        recorded.account,
        fills,
        recorded.marks,
    )


def _end_ms(recorded: Recorded, fills: Sequence[Fill]) -> TimeMs:
    if recorded.run.ended_ms is not None:
        return recorded.run.ended_ms
    last = [each.time_ms for each in recorded.account[-1:]] + [fill.execution.time_ms for fill in fills[-1:]]
    return max([recorded.run.started_ms, *last])


def _money(account: Sequence[AccountPoint], fills: Sequence[Fill]) -> Money:
    trades = [fill for fill in fills if fill.is_trade]
    first, last = (account[0], account[-1]) if account else (None, None)
    return Money(
        ZERO if first is None else first.wallet_balance,
        ZERO if last is None else last.wallet_balance,
        ZERO if first is None else first.equity,
        ZERO if last is None else last.equity,
        ZERO if last is None else last.unrealised_pnl,
        sum((fill.realised_pnl for fill in fills), ZERO),
        sum((fill.fee for fill in fills), ZERO),
        sum((fill.funding for fill in fills), ZERO),
        sum((fill.value for fill in trades), ZERO),
    )


def _risk(
    curve: Sequence[EquityPoint], money: Money, trips: Sequence[RoundTrip], start_ms: TimeMs, end_ms: TimeMs
) -> Risk:
    falls = drawdowns(curve)
    depth = deepest_fraction(falls) if curve else None
    days = days_of(curve)
    daily = day_returns(days) or []
    elapsed_ms = end_ms - start_ms
    growth = None
    if money.return_fraction is not None and elapsed_ms >= DAY_MS:  # less than a day says nothing about a year
        growth = returns.growth_rate(1 + money.return_fraction, elapsed_ms / YEAR_MS)
    net = [trip.net_pnl for trip in trips if trip.closed_ms is not None]
    whole_days = elapsed_ms // DAY_MS
    return Risk(
        deepest(falls),
        depth,
        max((fall.duration_ms for fall in falls), default=0),
        growth,
        returns.annual_volatility(daily),
        returns.sharpe(daily),
        returns.sortino(daily),
        returns.calmar(growth, depth),
        returns.omega(daily),
        ulcer_index([*curve[:1], *(EquityPoint(day.start_ms, day.after) for day in days)]),
        _exposure(trips, start_ms, end_ms),
        per_trade_sharpe(net, money.equity_before, whole_days),
        per_trade_sortino(net, money.equity_before, whole_days),
        per_trade_calmar(net, money.equity_before, whole_days, _depth_of_trades(trips, money.equity_before)),
    )


def _depth_of_trades(trips: Sequence[RoundTrip], start: Decimal) -> float | None:
    """The drawdown that who only looks at closed trades sees: the one of the largest value, as freqtrade takes it."""
    equity, curve = start, [EquityPoint(TimeMs(0), start)]
    for trip in trips:
        if trip.closed_ms is not None:
            equity += trip.net_pnl
            curve.append(EquityPoint(trip.closed_ms, equity))
    depth = deepest(drawdowns(curve))
    return None if depth is None else depth.fraction


def _exposure(trips: Sequence[RoundTrip], start_ms: TimeMs, end_ms: TimeMs) -> float | None:
    if end_ms <= start_ms:
        return None
    covered, until_ms = 0, start_ms
    for trip in sorted(trips, key=lambda trip: trip.opened_ms):
        last_ms = min(end_ms if trip.closed_ms is None else trip.closed_ms, end_ms)
        first_ms = max(trip.opened_ms, until_ms)
        covered += max(last_ms - first_ms, 0)
        until_ms = max(until_ms, last_ms)
    return covered / (end_ms - start_ms)


def _execution(fills: Sequence[Fill], orders: Sequence[PlacedOrder]) -> Execution:
    trades = [fill for fill in fills if fill.is_trade]
    return Execution(
        fill_rate(orders, OrderType.LIMIT),
        fill_rate(orders, OrderType.MARKET),
        slippage(trades),
        slippage(trades, lambda fill: fill.purpose in ENTRIES),
        slippage(trades, lambda fill: fill.purpose in STOPS),
        slippage(trades, lambda fill: fill.purpose not in ENTRIES | STOPS),
        len(trades),
        sum(fill.execution.is_maker for fill in trades),
    )


def _mean_hold_ms(trips: Sequence[RoundTrip]) -> float | None:
    held = [trip.hold_ms for trip in trips if trip.hold_ms is not None]
    return statistics.fmean(held) if held else None
