"""A position in one contract, and what a fill does to it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from bot.simulator.instruments import Instrument
from bot.simulator.market.book import Side
from bot.simulator.numbers import ZERO, to_ledger
from bot.simulator.trading.order import Order, sign

DEFAULT_LEVERAGE = Decimal(10)
NEVER_TRADED = -1
ONE_WAY, HEDGE_BUY, HEDGE_SELL = 0, 1, 2


class Applied(NamedTuple):
    """What a fill did: the quantity that it closed and the profit realised by that, before the fee."""

    closed: Decimal
    realised: Decimal


@dataclass(slots=True, eq=False)
class Position:
    """A signed size with its cost, in linear or inverse contracts.

    Attributes:
        market_id, symbol, category, coin: of the contract; all money is in `coin`, its settle coin.
        idx: Bybit's positionIdx: 0 one-way, 1 and 2 the long and the short of hedge mode.
        size: base coin (linear) or USD contracts (inverse); negative = short.
        cost: value at which the size was entered, never negative: quote coin (linear) or coin (inverse). Partial
            closes take their share of it, and the rounding of what they realise stays in it, so that no part of a
            wallet is ever lost between two accounts.
        leverage: of this side.
        extra_margin: added by hand to an isolated position; what is closed takes its share along.
        auto_add: whether an isolated position may draw margin by itself.
        cur_realised: since the position was opened, fees and funding included.
        cum_realised: since the account began, fees and funding included.
        seq: sequence number of the last fill.
        take_profit, stop_loss, trailing_stop: the untriggered orders that guard the whole position.
        status: Normal, Liq or Adl.
    """

    market_id: str
    symbol: str
    category: str
    coin: str
    idx: int = ONE_WAY
    size: Decimal = ZERO
    cost: Decimal = ZERO
    leverage: Decimal = DEFAULT_LEVERAGE
    extra_margin: Decimal = ZERO
    auto_add: bool = False
    cur_realised: Decimal = ZERO
    cum_realised: Decimal = ZERO
    open_fee: Decimal = ZERO
    opened_ms: int = 0
    created_ms: int = 0
    updated_ms: int = 0
    seq: int = NEVER_TRADED
    take_profit: Order | None = None
    stop_loss: Order | None = None
    trailing_stop: Order | None = None
    status: str = "Normal"
    reduce_only: bool = False

    @classmethod
    def flat(cls, rules: Instrument, idx: int = ONE_WAY) -> "Position":
        """A position that holds nothing yet."""
        return cls(rules.id, rules.symbol, rules.category, rules.settle_coin, idx)

    @property
    def inverse(self) -> bool:
        return self.category == "inverse"

    @property
    def side(self) -> Side | None:
        if not self.size:
            return None
        return "Buy" if self.size > 0 else "Sell"

    @property
    def direction(self) -> int:
        """+1 long, -1 short, 0 flat."""
        return (self.size > 0) - (self.size < 0)

    @property
    def entry_price(self) -> Decimal:
        """Average entry in quote coin: cost / size, for inverse contracts size / cost; 0 when flat."""
        if not self.size:
            return ZERO
        size = abs(self.size)
        return size / self.cost if self.inverse else self.cost / size

    @property
    def signed_cost(self) -> Decimal:
        """The cost with the sign with which it enters the ledger law: see `House`."""
        cost = -self.cost if self.size < 0 else self.cost
        return -cost if self.inverse else cost

    def closable_by(self, side: Side) -> Decimal:
        """How much of the position an order of `side` would close at most."""
        size = self.size
        return ZERO if not size or (size > 0) == (side == "Buy") else abs(size)

    def value_at(self, price: Decimal, size: Decimal | None = None) -> Decimal:
        """Value of the position (or of another size of it) at a price, in its coin, unrounded."""
        qty = abs(self.size) if size is None else size
        return qty / price if self.inverse else qty * price

    def profit_at(self, price: Decimal) -> Decimal:
        """What closing it at a price would realise before fees, unrounded."""
        if not self.size:
            return ZERO
        gained = self.value_at(price) - self.cost
        return -gained if (self.size < 0) != self.inverse else gained

    def apply(self, side: Side, qty: Decimal, value: Decimal, fee: Decimal, now_ms: int) -> Applied:
        """Book a fill.

        Args:
            side: of the order that was filled.
            qty: filled, in the unit of `size`.
            value: of the fill in the position's coin, exactly as the other side of the trade has it.
            fee: paid for it.
            now_ms: virtual time.

        What goes past flat opens anew with its share of value and fee.
        """
        if not self.size:
            self.cur_realised = self.open_fee = ZERO
        closed = min(qty, self.closable_by(side))
        added = qty - closed
        closing_value = value if not added else self._share(value, closed, qty)
        realised = self._close(closed, closing_value) if closed else ZERO
        self.cur_realised += realised - fee
        self.cum_realised += realised - fee
        if added:
            opening_fee = fee if not closed else fee - to_ledger(fee * closed / qty)
            if closed:
                self.cur_realised, self.open_fee = -opening_fee, ZERO
            self._open(side, added, value - closing_value, opening_fee, now_ms)
        self.updated_ms = now_ms
        return Applied(closed, realised)

    def pay(self, amount: Decimal) -> None:
        """Book funding (negative: received) to the position's profit."""
        self.cur_realised -= amount
        self.cum_realised -= amount

    def _share(self, value: Decimal, part: Decimal, whole: Decimal) -> Decimal:
        share = value * part / whole
        return to_ledger(share) if self.inverse else share

    def _close(self, closed: Decimal, value: Decimal) -> Decimal:
        held = abs(self.size)
        share = self.cost if closed == held else self.cost * closed / held
        against = (self.size < 0) != self.inverse
        realised = to_ledger(share - value if against else value - share)
        self.cost -= value + realised if against else value - realised
        self.open_fee -= self.open_fee * closed / held
        self.extra_margin -= self.extra_margin if closed == held else to_ledger(self.extra_margin * closed / held)
        self.size += -closed if self.size > 0 else closed
        return realised

    def _open(self, side: Side, added: Decimal, value: Decimal, fee: Decimal, now_ms: int) -> None:
        if not self.size:
            self.opened_ms = now_ms
            self.created_ms = self.created_ms or now_ms
            self.cost = ZERO
        self.cost += value
        self.open_fee += fee
        self.size += sign(side) * added
