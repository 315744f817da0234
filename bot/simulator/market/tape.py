"""What accounts do in a market that everybody gets to see: their trades, and liquidations of their positions."""

from collections import deque
from decimal import Decimal
from itertools import islice
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


class Log[Row]:
    """The last rows of something, oldest first, and how many there have ever been."""

    def __init__(self) -> None:
        self.rows: deque[Row] = deque(maxlen=KEPT)
        self.count = 0

    def add(self, row: Row) -> None:
        self.rows.append(row)
        self.count += 1

    def since(self, count: int) -> list[Row]:
        """Rows that were added when there had been `count` (of those that are kept)."""
        new = min(self.count - count, len(self.rows))
        return list(islice(self.rows, len(self.rows) - new, None))


class Tape:
    """The last trades and liquidations of accounts. Whoever trades writes; topics and queries read."""

    def __init__(self, clock: MarketClock) -> None:
        self._clock = clock
        self.trades = Log[Trade]()
        self.liquidations = Log[Liquidation]()

    def traded(self, trade_id: str, side: TakerSide, qty: Decimal, price: Decimal) -> None:
        """An account has traded now; `side` is the taker's."""
        self.trades.add(Trade(trade_id, self._clock.now_ms, side, price, qty))

    def liquidated(self, side: str, qty: Decimal, price: Decimal) -> None:
        """A position of `side` is liquidated now; `price` is its bankruptcy price."""
        self.liquidations.add(Liquidation(self._clock.now_ms, side, qty, price))
