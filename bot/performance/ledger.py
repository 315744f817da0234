"""The books of one symbol, kept from executions alone."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from bot.domain.contract import Contract, contract_of, settle_coin
from bot.domain.messages import ExecutionReported, TradeClosed
from bot.domain.values import ZERO, OrderLinkId, Side, Symbol, TimeMs

MONEY = Decimal("0.00000001")
"""Amounts of a coin are kept to 8 decimals, as in Bybit's wallet."""

ADJUSTMENT = "Adjustment"
"""Execution type of the bot's own: what makes the books equal to an exchange that goes on to differ."""

SIZE_CHANGING = frozenset(
    {"Trade", "AdlTrade", "BustTrade", "Delivery", "Settle", "BlockTrade", "MovePosition", ADJUSTMENT}
)
"""Execution types (Bybit ``execType``) that change a position; ``Funding`` only moves money."""


KNOWN_TYPES = SIZE_CHANGING | {"Funding"}


class Booking(msgspec.Struct, frozen=True):
    """What one execution did. ``realised_pnl`` is before fees; ``trade`` is set when the position became flat."""

    realised_pnl: Decimal
    trade: TradeClosed | None


class _RoundTrip:
    """Sums over one trip from flat to flat."""

    __slots__ = ("entry_qty", "entry_value", "exit_qty", "exit_value", "fees", "opened_ms", "realised_pnl", "side")

    def __init__(self, side: Side, opened_ms: TimeMs) -> None:
        self.side = side
        self.opened_ms = opened_ms
        self.entry_qty = self.entry_value = ZERO
        self.exit_qty = self.exit_value = ZERO
        self.realised_pnl = self.fees = ZERO


class PositionLedger:
    """Position, realised profit and fees of one symbol in one-way mode; money in its settle coin.

    ``size`` is signed (negative: short), ``cost`` the value at which it was entered. In linear contracts the average
    entry is cost / size: ``(q1 E1 + q2 P2) / (q1 + q2)`` after adding, and it stays when a position shrinks. The profit
    of closing ``c`` at ``P`` is ``side * c * (P - E)``, rounded to 8 decimals (Bybit help centre, "P&L calculations,
    USDT contract"; for inverse contracts see bot.domain.contract); what the rounding leaves stays in the cost of the
    rest, so that nothing is lost over a round trip.
    """

    def __init__(self, symbol: Symbol) -> None:
        self._symbol = symbol
        self._contract = contract_of(symbol)
        self._known_ids: set[str] = set()
        self._trip: _RoundTrip | None = None
        self.size = ZERO
        self.cost = ZERO
        self.realised_pnl = ZERO
        self.fees = ZERO
        self.last_fill_ms: TimeMs | None = None

    @property
    def entry_price(self) -> Decimal:
        """Average entry, unrounded; 0 when flat."""
        return self._contract.average(abs(self.size), self.cost) if self.size else ZERO

    @property
    def side(self) -> Side | None:
        """The side of the position; None when flat."""
        if self.size == 0:
            return None
        return Side.BUY if self.size > 0 else Side.SELL

    @property
    def opened_ms(self) -> TimeMs | None:
        """When the open position was opened; None when flat."""
        return None if self._trip is None else self._trip.opened_ms

    def book(self, execution: ExecutionReported, purpose: str) -> Booking | None:
        """Enter an execution; None if its id is in the books already."""
        if execution.exec_id in self._known_ids:
            return None
        self._known_ids.add(execution.exec_id)
        self.last_fill_ms = execution.time_ms
        self.fees += execution.fee
        if execution.exec_type not in SIZE_CHANGING:
            if self._trip is not None:
                self._trip.fees += execution.fee
            return Booking(ZERO, None)
        return self._book_trade(execution, purpose)

    def _book_trade(self, execution: ExecutionReported, purpose: str) -> Booking:
        signed_qty = execution.qty * execution.side.sign
        closing = min(abs(self.size), execution.qty) if self.size * signed_qty < 0 else ZERO
        opening = execution.qty - closing
        fee_of_closing = (execution.fee * closing / execution.qty).quantize(MONEY) if opening else execution.fee
        value = closing_value = to_money(self._contract.value(execution.qty, execution.price))
        if opening:
            closing_value = to_money(value * closing / execution.qty) if closing else ZERO
        realised, trade = ZERO, None
        if closing:
            realised = self._close(closing, closing_value)
            trade = self._record_exit(closing, execution, realised, fee_of_closing, purpose)
            self.size += closing * execution.side.sign
        if opening:
            self.cost += value - closing_value
            self.size += opening * execution.side.sign
            self._record_entry(opening, execution, execution.fee - (fee_of_closing if closing else ZERO))
        return Booking(realised, trade)

    def _close(self, qty: Decimal, value: Decimal) -> Decimal:
        held, gain = abs(self.size), self._contract.gain
        share = self.cost if qty == held else self.cost * qty / held
        realised = to_money(gain(value - share if self.size > 0 else share - value))
        self.cost -= value - gain(realised) if self.size > 0 else value + gain(realised)
        self.realised_pnl += realised
        return realised

    def _record_entry(self, qty: Decimal, execution: ExecutionReported, fee: Decimal) -> None:
        if self._trip is None:
            self._trip = _RoundTrip(execution.side, execution.time_ms)
        self._trip.entry_qty += qty
        self._trip.entry_value += self._contract.value(qty, execution.price)
        self._trip.fees += fee

    def _record_exit(
        self, qty: Decimal, execution: ExecutionReported, realised: Decimal, fee: Decimal, purpose: str
    ) -> TradeClosed | None:
        trip = self._trip
        if trip is None:
            raise ValueError(f"{self._symbol}: a position that nothing opened can not be closed")
        trip.exit_qty += qty
        trip.exit_value += self._contract.value(qty, execution.price)
        trip.realised_pnl += realised
        trip.fees += fee
        if qty < abs(self.size):
            return None
        self._trip = None
        return TradeClosed(
            self._symbol,
            trip.side,
            trip.opened_ms,
            execution.time_ms,
            trip.exit_qty,
            self._contract.average(trip.entry_qty, trip.entry_value).quantize(MONEY),
            self._contract.average(trip.exit_qty, trip.exit_value).quantize(MONEY),
            trip.realised_pnl,
            trip.fees,
            trip.realised_pnl - trip.fees,
            purpose,
        )

    def unrealised_pnl(self, price: Decimal) -> Decimal:
        """Open profit at ``price``."""
        return self._contract.profit(self.size, self.entry_price, price) if self.size else ZERO


def to_money(amount: Decimal) -> Decimal:
    """An amount as it enters a wallet: 8 decimals, half up."""
    return amount.quantize(MONEY, ROUND_HALF_UP)


def adjustments(
    ledger: PositionLedger, symbol: Symbol, size: Decimal, entry_price: Decimal, now_ms: TimeMs
) -> Sequence[ExecutionReported]:
    """The made-up executions, free of fees, that bring ``ledger`` to a signed ``size`` from ``entry_price``.

    What disappears is closed at its entry, because nobody knows at which price it was; what appears is bought so that
    the average entry becomes the exchange's.
    """
    held, entry = ledger.size, ledger.entry_price
    kept = ZERO if held * size <= 0 else min(abs(held), abs(size))
    out: list[ExecutionReported] = []
    if abs(held) > kept:
        out.append(_adjustment(symbol, "out", held < 0, abs(held) - kept, entry, now_ms))
    if abs(size) > kept:
        added = abs(size) - kept
        price = _price_of_rest(contract_of(symbol), (abs(size), entry_price), (kept, entry))
        out.append(_adjustment(symbol, "in", size > 0, added, price, now_ms))
    return out


def _price_of_rest(contract: Contract, whole: tuple[Decimal, Decimal], part: tuple[Decimal, Decimal]) -> Decimal:
    """The price of what makes a part, of (quantity, average price), the whole."""
    value = contract.value(*whole) - (contract.value(*part) if part[0] else ZERO)
    return contract.average(whole[0] - part[0], value)


def _adjustment(
    symbol: Symbol, name: str, buys: bool, qty: Decimal, price: Decimal, now_ms: TimeMs
) -> ExecutionReported:
    return ExecutionReported(
        symbol,
        f"adjustment-{symbol}-{now_ms}-{name}",
        ADJUSTMENT,
        "",
        OrderLinkId(""),
        Side.BUY if buys else Side.SELL,
        price,
        qty,
        ZERO,
        settle_coin(symbol),
        is_maker=False,
        stop_order_type="",
        create_type="",
        time_ms=now_ms,
    )
