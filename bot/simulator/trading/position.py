"""A one-way position in one symbol."""

from dataclasses import dataclass
from decimal import Decimal

from bot.simulator.market.book import Side
from bot.simulator.numbers import ZERO, to_ledger
from bot.simulator.trading.order import Order, sign

DEFAULT_LEVERAGE = Decimal(10)
NEVER_TRADED = -1


@dataclass(slots=True, eq=False)
class Position:
    """Size in base coin (negative = short), entry in quote coin and unrounded, money in USDT.

    Attributes:
        cur_realised: since the position was opened, fees included.
        cum_realised: since the account began, fees included.
        seq: sequence number of the last fill.
        take_profit, stop_loss: the untriggered orders that guard the position.
    """

    symbol: str
    size: Decimal = ZERO
    entry_price: Decimal = ZERO
    leverage: Decimal = DEFAULT_LEVERAGE
    cur_realised: Decimal = ZERO
    cum_realised: Decimal = ZERO
    opened_ms: int = 0
    created_ms: int = 0
    updated_ms: int = 0
    seq: int = NEVER_TRADED
    take_profit: Order | None = None
    stop_loss: Order | None = None

    @property
    def side(self) -> Side | None:
        if not self.size:
            return None
        return "Buy" if self.size > 0 else "Sell"

    @property
    def direction(self) -> int:
        """+1 long, -1 short, 0 flat."""
        return (self.size > 0) - (self.size < 0)

    def closable_by(self, side: Side) -> Decimal:
        """How much of the position an order of `side` would close at most."""
        return abs(self.size) if self.size * sign(side) < 0 else ZERO

    def apply(self, side: Side, qty: Decimal, price: Decimal, fee: Decimal, now_ms: int) -> tuple[Decimal, Decimal]:
        """Book a fill; returns the quantity that it closed and the profit realised by that (before the fee).

        Adding averages the entry by quantity; reducing keeps it; what goes past flat opens anew at `price`.
        """
        if not self.size:
            self.cur_realised = ZERO
        closed = min(qty, self.closable_by(side))
        realised = to_ledger(self.direction * closed * (price - self.entry_price)) if closed else ZERO
        added = qty - closed
        self.size += sign(side) * closed
        self.cur_realised += realised - fee
        self.cum_realised += realised - fee
        if not self.size:
            self.entry_price = ZERO
        if added:
            self._add(side, added, price, now_ms)
            if closed:  # turned over: the new position starts with its share of the fee
                self.cur_realised = -to_ledger(fee * added / qty)
        self.updated_ms = now_ms
        return closed, realised

    def _add(self, side: Side, added: Decimal, price: Decimal, now_ms: int) -> None:
        held = abs(self.size)
        if held:
            self.entry_price = (held * self.entry_price + added * price) / (held + added)
        else:
            self.entry_price = price
            self.opened_ms = now_ms
            self.created_ms = self.created_ms or now_ms
        self.size += sign(side) * added
