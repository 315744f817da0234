"""What the account holds and what it has promised: positions and reservations of all symbols."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from bot.domain.contract import contract_of
from bot.domain.messages import EntryWanted, PositionChanged, WorkingEntriesTold
from bot.domain.values import ZERO, Side, Symbol
from bot.risk.open_risk import open_risk

ONE = Decimal(1)


class Holding(msgspec.Struct):
    """An open position as far as the account cares; ``size`` is signed (negative: short), money in the settle coin."""

    size: Decimal
    entry_price: Decimal
    margin: Decimal
    risk: Decimal
    price: Decimal
    """The newest that is known: of the last mark, or of the entry."""
    unrealised_pnl: Decimal = ZERO
    is_marked: bool = False
    """Whether the open profit is known: it is from a fill of this life on, or after the first mark."""


class Reservation(msgspec.Struct):
    """What one symbol may still become: orders that are on their way, working, or of unknown outcome.

    A plain entry has ``left`` on ``side``. Quotes may build up ``left`` on either side, from flat. ``margin`` and
    ``risk`` are per unit of quantity.
    """

    side: Side
    left: Decimal
    price: Decimal
    margin: Decimal
    risk: Decimal
    is_quotes: bool = False
    is_in_wallet: bool = False
    """Whether the exchange has told of the wallet since it was reserved."""
    is_told: bool = False
    """Whether a position manager told of it, instead of having been given leave in this life of the account."""

    @classmethod
    def of(cls, told: WorkingEntriesTold) -> "Reservation":
        """What a position manager says of its orders. Where no price is known it is that of the stop.

        Without a stop, or without a price to hold it against, all of the value is at risk.
        """
        price = told.price or told.stop_price or ZERO
        is_risk_known = told.price is not None and told.stop_price is not None
        contract = contract_of(told.symbol)
        value = contract.value(ONE, price)
        risk = abs(contract.profit(ONE, price, told.stop_price or ZERO)) if is_risk_known else value
        return cls(
            told.side, told.qty, price, value / told.leverage, risk, told.both_sides, is_in_wallet=True, is_told=True
        )

    def room(self, side: Side, size: Decimal) -> Decimal:
        """How much farther the symbol may go on a side from the signed ``size``."""
        if self.is_quotes:
            return max(self.left - side.sign * size, ZERO)
        return self.left if side is self.side else ZERO

    def beyond(self, size: Decimal) -> Decimal:
        """How much larger than ``size`` (signed) the position may become."""
        return max(self.left - abs(size), ZERO) if self.is_quotes else self.left


def _left_open(known: Holding, size: Decimal) -> Decimal:
    """The open profit after a fill: a part that was closed has taken its share of it to the wallet."""
    if known.size * size <= 0:
        return ZERO
    return known.unrealised_pnl * min(size / known.size, ONE)


class Portfolio:
    """Holdings and reservations; exposure counts both.

    A reservation shrinks with the fills of its entry, at the moment at which the position grows by them, so that
    nothing is counted twice and nothing is left out. What is left of it ends with the entry.
    """

    def __init__(self) -> None:
        self.holdings: dict[Symbol, Holding] = {}
        self.reservations: dict[Symbol, Reservation] = {}
        self._filled: dict[Symbol, Decimal] = {}
        self._works: dict[Symbol, Reservation | None] = {}
        """What position managers said last of their orders."""

    # --- what happens ------------------------------------------------------------------------------------------

    def reserve(self, wanted: EntryWanted, qty: Decimal, margin: Decimal, risk: Decimal) -> None:
        """Promise ``qty``; margin and risk are those of all of it."""
        self.reservations[wanted.symbol] = Reservation(
            wanted.side, qty, wanted.price, margin / qty, risk / qty, is_quotes=wanted.for_quotes
        )

    def told(self, symbol: Symbol, reservation: Reservation | None) -> None:
        """A position manager says what works. What the account itself has promised it knows better."""
        self._works[symbol] = reservation
        known = self.reservations.get(symbol)
        if known is not None and not known.is_told:
            return
        if reservation is None:
            self.reservations.pop(symbol, None)
        else:
            self.reservations[symbol] = reservation

    def end(self, symbol: Symbol) -> None:
        """The entry is over: what it reserved beyond its fills is free."""
        self.reservations.pop(symbol, None)
        self._works.pop(symbol, None)

    def asked_anew(self, symbol: Symbol) -> None:
        """Leave for quotes takes the place of what was given before."""
        self.reservations.pop(symbol, None)

    def quotes_refused(self, symbol: Symbol) -> None:
        """What still rests of quotes may be filled until it is withdrawn; their position manager has told of it."""
        works = self._works.get(symbol)
        if works is not None:
            self.reservations[symbol] = works

    def forget(self, symbol: Symbol) -> None:
        """A symbol is not traded any more."""
        self._works.pop(symbol, None)
        self.reservations.pop(symbol, None)
        self.holdings.pop(symbol, None)
        self._filled.pop(symbol, None)

    def filled(self, symbol: Symbol, qty: Decimal, *, of_entry: bool) -> None:
        """A fill is in the books; the position that it leads to is told next."""
        self._filled[symbol] = self._filled.get(symbol, ZERO) + (qty if of_entry else ZERO)

    def position(self, changed: PositionChanged) -> None:
        """A position as the books have it now."""
        symbol = changed.symbol
        filled = self._filled.pop(symbol, None)
        reservation = self.reservations.get(symbol)
        if filled and reservation is not None and not reservation.is_quotes:
            reservation.left = max(reservation.left - filled, ZERO)
        known = self.holdings.get(symbol)
        if changed.size == 0:
            self.holdings.pop(symbol, None)
            return
        contract = contract_of(symbol)
        notional = contract.value(abs(changed.size), changed.entry_price)
        price = changed.entry_price if known is None else known.price
        holding = Holding(
            changed.size,
            changed.entry_price,
            notional / changed.leverage,
            open_risk(contract, changed.size, changed.entry_price, changed.stop_price),
            price,
            ZERO if known is None else _left_open(known, changed.size),
            is_marked=filled is not None if known is None else known.is_marked,
        )
        self.holdings[symbol] = holding

    def mark(self, symbol: Symbol, price: Decimal, unrealised_pnl: Decimal) -> bool:
        """Take over a newer price of a position; False if there is none."""
        holding = self.holdings.get(symbol)
        if holding is None:
            return False
        holding.price, holding.unrealised_pnl, holding.is_marked = price, unrealised_pnl, True
        return True

    # --- sums --------------------------------------------------------------------------------------------------

    @property
    def taken(self) -> set[Symbol]:
        """Symbols with a position, or with an entry that may still become one."""
        return self.holdings.keys() | self.reservations.keys()

    @property
    def unrealised_pnl(self) -> Decimal:
        """Open profit of all positions at their newest marks."""
        return sum((holding.unrealised_pnl for holding in self.holdings.values()), ZERO)

    @property
    def unmarked(self) -> list[Symbol]:
        """Positions whose open profit is not known yet."""
        return [symbol for symbol, holding in self.holdings.items() if not holding.is_marked]

    @property
    def risk_of_positions(self) -> Decimal:
        """What the stops of all positions may cost."""
        return sum((holding.risk for holding in self.holdings.values()), ZERO)

    def wallet_told(self) -> None:
        """What the exchange says is available is without the margin of all that it has heard of."""
        for each in self.reservations.values():
            each.is_in_wallet = True

    def margin_promised(self) -> Decimal:
        """Margin of what was reserved since the exchange told what is available: both must not spend the same."""
        return sum(
            (
                each.beyond(self.size(symbol)) * each.margin
                for symbol, each in self.reservations.items()
                if not each.is_in_wallet
            ),
            ZERO,
        )

    def margin_used(self) -> Decimal:
        """Margin of positions, and of what is reserved."""
        reserved = (each.beyond(self.size(symbol)) * each.margin for symbol, each in self.reservations.items())
        return sum((holding.margin for holding in self.holdings.values()), ZERO) + sum(reserved, ZERO)

    def open_risk(self) -> Decimal:
        """What the stops of all positions may cost, and those of what is reserved."""
        reserved = (each.beyond(self.size(symbol)) * each.risk for symbol, each in self.reservations.items())
        return self.risk_of_positions + sum(reserved, ZERO)

    def exposure(self, symbol: Symbol) -> Decimal:
        """Most that one symbol may be worth: its position, and what is reserved for it."""
        reservation = self.reservations.get(symbol)
        held = abs(self.value(symbol))
        if reservation is None:
            return held
        return held + contract_of(symbol).value(reservation.beyond(self.size(symbol)), reservation.price)

    def total_exposure(self) -> Decimal:
        """The same of all symbols together."""
        return sum((self.exposure(symbol) for symbol in self.taken), ZERO)

    def excess(self, side: Side) -> Decimal:
        """Most that positions on a side may be worth beyond those on the other: if only its entries are filled."""
        held = sum((self.value(symbol) for symbol in self.holdings), ZERO) * side.sign
        reserved = (
            contract_of(symbol).value(each.room(side, self.size(symbol)), each.price)
            for symbol, each in self.reservations.items()
        )
        return held + sum(reserved, ZERO)

    def size(self, symbol: Symbol) -> Decimal:
        """Signed size of a position; 0 without one."""
        holding = self.holdings.get(symbol)
        return ZERO if holding is None else holding.size

    def value(self, symbol: Symbol) -> Decimal:
        """Signed value of a position at the newest price; 0 without one."""
        holding = self.holdings.get(symbol)
        return ZERO if holding is None else contract_of(symbol).value(holding.size, holding.price)

    def sides(self, symbol: Symbol) -> Iterator[Side]:
        """The sides that a symbol is on, or may come to be on."""
        for side in Side:
            reservation = self.reservations.get(symbol)
            may_come = reservation is not None and reservation.room(side, self.size(symbol)) > 0
            if self.size(symbol) * side.sign > 0 or may_come:
                yield side
