"""What accounts do in a market that everybody gets to see: their trades, and liquidations of their positions."""

from collections import deque
from decimal import Decimal
from typing import NamedTuple

from bot.simulator.market.clock import MarketClock

KEPT = 1000
type TakerSide = str


class Trade(NamedTuple):
    """One public trade; `side` is the taker's."""

    trade_id: str
    time_ms: int
    side: TakerSide
    price: Decimal
    qty: Decimal


class Liquidation(NamedTuple):
    """One liquidation; `side` is that of the position, `price` the one at which it was bankrupt."""

    time_ms: int
    side: str
    qty: Decimal
    price: Decimal


class Tape:
    """The last trades and liquidations of accounts, oldest first. Whoever trades writes; topics and queries read."""

    def __init__(self, clock: MarketClock) -> None:
        self._clock = clock
        self.trades: deque[Trade] = deque(maxlen=KEPT)
        self.liquidations: deque[Liquidation] = deque(maxlen=KEPT)
        self.liquidations_told = 0
        """How many there have ever been."""

    def traded(self, trade_id: str, side: TakerSide, qty: Decimal, price: Decimal) -> None:
        """An account has traded now; `side` is the taker's."""
        self.trades.append(Trade(trade_id, self._clock.now_ms, side, price, qty))

    def liquidated(self, side: str, qty: Decimal, price: Decimal) -> None:
        """A position of `side` is liquidated now; `price` is its bankruptcy price."""
        self.liquidations.append(Liquidation(self._clock.now_ms, side, qty, price))
        self.liquidations_told += 1
