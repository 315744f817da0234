"""Round trips: from flat to flat, with everything that they cost."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter

import msgspec

from bot.domain.contract import contract_of
from bot.domain.values import ZERO, Side, Symbol, TimeMs
from bot.performance.fills import Fill, Mark
from bot.performance.ledger import MONEY, PositionLedger, to_money

UNKNOWN = "-"


class RoundTrip(msgspec.Struct, frozen=True):
    """One position from flat to flat, or what there is of it so far (``closed_ms`` None). Money in the settle coin.

    ``slippage`` is part of ``realised_pnl``, of the fills whose decision price is known; None if that is none.
    ``mae`` and ``mfe`` (maximum adverse and favourable excursion, J. Sweeney 1996) say how far the price went against
    and for the average entry, times the largest size: over the fills of the trip and over all bars that closed while it
    was open, the first of them whole. Not negative; None while neither a bar nor an exit is known.
    """

    symbol: Symbol
    side: Side
    opened_ms: TimeMs
    closed_ms: TimeMs | None
    qty: Decimal
    """The largest size that it had."""
    entry_price: Decimal
    exit_price: Decimal | None
    realised_pnl: Decimal
    fees: Decimal
    funding: Decimal
    slippage: Decimal | None
    mae: Decimal | None
    mfe: Decimal | None
    strategy: str
    entry_reason: str
    exit_reason: str
    first_run_id: str
    last_run_id: str

    @property
    def net_pnl(self) -> Decimal:
        """After fees and funding."""
        return self.realised_pnl - self.fees - self.funding

    @property
    def hold_ms(self) -> int | None:
        """From the first to the last fill; None while it is open."""
        return None if self.closed_ms is None else self.closed_ms - self.opened_ms

    @property
    def return_fraction(self) -> float | None:
        """Net result per value of the entry, without leverage."""
        value = contract_of(self.symbol).value(self.qty, self.entry_price)
        return float(self.net_pnl / value) if value else None


def round_trips(fills: Iterable[Fill], marks: Mapping[Symbol, Sequence[Mark]]) -> list[RoundTrip]:
    """All round trips of an account, by the time of their last fill; those that are still open come last.

    ``fills`` are all of the account in the order in which they were booked, ``marks`` in the order of time.
    """
    books: dict[Symbol, _Book] = {}
    for fill in fills:
        symbol = fill.execution.symbol
        if symbol not in books:
            books[symbol] = _Book(symbol, marks.get(symbol, ()))
        books[symbol].enter(fill)
    trips = [trip for book in books.values() for trip in book.trips()]
    return sorted(trips, key=lambda trip: (trip.closed_ms is None, trip.closed_ms or trip.opened_ms))


class _Trip:
    """Sums over one trip while it lasts."""

    def __init__(self, fill: Fill) -> None:
        self.contract = contract_of(fill.execution.symbol)
        self.first = self.last = fill
        self.entry_qty = self.entry_value = self.exit_qty = self.exit_value = ZERO
        self.realised_pnl = self.fees = self.funding = self.largest = ZERO
        self.slippage: Decimal | None = None
        self.closed_ms: TimeMs | None = None
        self.low = self.high = fill.execution.price

    def enter(self, fill: Fill, qty: Decimal, fee: Decimal, *, opens: bool) -> None:
        """Count ``qty`` of an execution, which may be a part of it, and its share of the fee."""
        price = fill.execution.price
        if opens:
            self.entry_qty += qty
            self.entry_value += self.contract.value(qty, price)
        else:
            self.exit_qty += qty
            self.exit_value += self.contract.value(qty, price)
        self.fees += fee
        self.largest = max(self.largest, self.entry_qty - self.exit_qty)
        self.low, self.high = min(self.low, price), max(self.high, price)
        self.last = fill
        if fill.slippage is not None:
            self.slippage = (self.slippage or ZERO) + to_money(fill.slippage * qty / fill.execution.qty)

    def result(self, marks: Sequence[Mark]) -> RoundTrip:
        execution = self.first.execution
        entry_price = self.contract.average(self.entry_qty, self.entry_value)
        mae, mfe = self._excursions(entry_price, marks)
        wish = self.first.wish
        return RoundTrip(
            execution.symbol,
            execution.side,
            execution.time_ms,
            self.closed_ms,
            self.largest,
            entry_price.quantize(MONEY),
            self.contract.average(self.exit_qty, self.exit_value).quantize(MONEY) if self.exit_qty else None,
            self.realised_pnl,
            self.fees,
            self.funding,
            self.slippage,
            mae,
            mfe,
            self.first.purpose if wish is None else wish.strategy,
            UNKNOWN if wish is None else wish.reason or UNKNOWN,
            UNKNOWN if self.closed_ms is None else self.last.purpose,
            self.first.run_id,
            self.last.run_id,
        )

    def _excursions(self, entry_price: Decimal, marks: Sequence[Mark]) -> tuple[Decimal | None, Decimal | None]:
        time_ms = attrgetter("time_ms")
        begin = bisect_right(marks, self.first.execution.time_ms, key=time_ms)
        end = len(marks) if self.closed_ms is None else bisect_right(marks, self.closed_ms, key=time_ms)
        seen = marks[begin:end]
        if not seen and not self.exit_qty:
            return None, None
        low = min([self.low, *(mark.low for mark in seen)])
        high = max([self.high, *(mark.high for mark in seen)])
        profit = self.contract.profit
        below, above = profit(self.largest, low, entry_price), profit(self.largest, entry_price, high)
        adverse, favourable = (below, above) if self.first.execution.side is Side.BUY else (above, below)
        return max(to_money(adverse), ZERO), max(to_money(favourable), ZERO)


class _Book:
    """The trips of one symbol. The position itself is left to the ledger that the bot trades by."""

    def __init__(self, symbol: Symbol, marks: Sequence[Mark]) -> None:
        self._ledger = PositionLedger(symbol)
        self._marks = marks
        self._trips: list[_Trip] = []
        self._open: _Trip | None = None
        self._loose_funding = ZERO

    def enter(self, fill: Fill) -> None:
        execution, before = fill.execution, self._ledger.size
        booking = self._ledger.book(execution, fill.purpose)
        if booking is None:
            return
        if not fill.is_trade:
            self._pay(fill)
            return
        closing = min(abs(before), execution.qty) if before * execution.side.sign < 0 else ZERO
        opening = execution.qty - closing
        fee_of_closing = (execution.fee * closing / execution.qty).quantize(MONEY) if opening else execution.fee
        if closing and self._open is not None:
            self._open.enter(fill, closing, fee_of_closing, opens=False)
            self._open.realised_pnl += booking.realised_pnl
            if booking.trade is not None:
                self._open.closed_ms, self._open = execution.time_ms, None
        if opening:
            if self._open is None:
                self._open = _Trip(fill)
                self._open.funding, self._loose_funding = self._loose_funding, ZERO
                self._trips.append(self._open)
            self._open.enter(fill, opening, execution.fee - (fee_of_closing if closing else ZERO), opens=True)

    def _pay(self, fill: Fill) -> None:
        """What is paid while flat, because it was told late, belongs to the trip before, else to the next one."""
        trip = self._open or (self._trips[-1] if self._trips else None)
        if trip is None:
            self._loose_funding += fill.execution.fee
        else:
            trip.funding += fill.execution.fee

    def trips(self) -> list[RoundTrip]:
        return [trip.result(self._marks) for trip in self._trips]
