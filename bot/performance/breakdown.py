"""The whole in parts: by symbol, side, strategy, exit reason and day. The parts add up to the whole."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import msgspec

from bot.domain.values import ZERO, Side, TimeMs
from bot.performance.equity_curve import DAY_MS, Day, day_number
from bot.performance.fills import Fill
from bot.performance.round_trips import RoundTrip


class Part(msgspec.Struct, frozen=True):
    """What one part came to, in the settle coin; ``trades`` and ``won`` count closed round trips only."""

    name: str
    trades: int
    won: int
    realised_pnl: Decimal
    fees: Decimal
    funding: Decimal
    slippage: Decimal

    @property
    def net_pnl(self) -> Decimal:
        """After fees and funding."""
        return self.realised_pnl - self.fees - self.funding

    @property
    def win_rate(self) -> float | None:
        """Share of the closed trades that were won."""
        return self.won / self.trades if self.trades else None


class DayPart(msgspec.Struct, frozen=True):
    """A day (UTC): its equity, what was paid, and the trades that closed. ``start_ms`` is its midnight."""

    start_ms: TimeMs
    equity_before: Decimal
    equity_after: Decimal
    fees: Decimal
    funding: Decimal
    trades: int
    won: int
    net_of_trades: Decimal

    @property
    def change(self) -> Decimal:
        """What the day came to on marked equity, open positions included."""
        return self.equity_after - self.equity_before


def by_side(trip: RoundTrip) -> str:
    """The name of a trip's side."""
    return "long" if trip.side is Side.BUY else "short"


def parts(trips: Iterable[RoundTrip], name_of: Callable[[RoundTrip], str]) -> list[Part]:
    """The parts of a number of round trips, the worst first; those that are still open bring what they have so far."""
    groups: dict[str, list[RoundTrip]] = {}
    for trip in trips:
        groups.setdefault(name_of(trip), []).append(trip)
    return _worst_first(_part(name, group) for name, group in groups.items())


def symbol_parts(fills: Iterable[Fill], trips: Sequence[RoundTrip]) -> list[Part]:
    """The parts by symbol, the worst first. Money is that of the fills, so it is right also where a run cuts a trip."""
    groups: dict[str, list[Fill]] = {}
    for fill in fills:
        groups.setdefault(fill.execution.symbol, []).append(fill)
    return _worst_first(_symbol_part(name, group, trips) for name, group in groups.items())


def day_parts(days: Sequence[Day], fills: Iterable[Fill], trips: Iterable[RoundTrip]) -> list[DayPart]:
    """Every day of a curve with what was paid and closed on it; what lies outside of all days is not shown."""
    if not days:
        return []
    first_ms = days[0].start_ms
    paid: dict[int, list[Fill]] = {}
    closed: dict[int, list[RoundTrip]] = {}
    for fill in fills:
        paid.setdefault(day_number(fill.execution.time_ms, first_ms), []).append(fill)
    for trip in trips:
        if trip.closed_ms is not None:
            closed.setdefault(day_number(trip.closed_ms, first_ms), []).append(trip)
    return [
        _day_part(day, paid.get(day.start_ms // DAY_MS, ()), closed.get(day.start_ms // DAY_MS, ())) for day in days
    ]


def _worst_first(found: Iterable[Part]) -> list[Part]:
    return sorted(found, key=lambda part: (part.net_pnl, part.name))


def _part(name: str, trips: Sequence[RoundTrip]) -> Part:
    closed = [trip for trip in trips if trip.closed_ms is not None]
    return Part(
        name,
        len(closed),
        sum(trip.net_pnl > 0 for trip in closed),
        sum((trip.realised_pnl for trip in trips), ZERO),
        sum((trip.fees for trip in trips), ZERO),
        sum((trip.funding for trip in trips), ZERO),
        sum((trip.slippage or ZERO for trip in trips), ZERO),
    )


def _symbol_part(symbol: str, fills: Sequence[Fill], trips: Sequence[RoundTrip]) -> Part:
    closed = [trip for trip in trips if trip.closed_ms is not None and trip.symbol == symbol]
    return Part(
        symbol,
        len(closed),
        sum(trip.net_pnl > 0 for trip in closed),
        sum((fill.realised_pnl for fill in fills), ZERO),
        sum((fill.fee for fill in fills), ZERO),
        sum((fill.funding for fill in fills), ZERO),
        sum((fill.slippage or ZERO for fill in fills), ZERO),
    )


def _day_part(day: Day, fills: Sequence[Fill], trips: Sequence[RoundTrip]) -> DayPart:
    return DayPart(
        day.start_ms,
        day.before,
        day.after,
        sum((fill.fee for fill in fills), ZERO),
        sum((fill.funding for fill in fills), ZERO),
        len(trips),
        sum(trip.net_pnl > 0 for trip in trips),
        sum((trip.net_pnl for trip in trips), ZERO),
    )
