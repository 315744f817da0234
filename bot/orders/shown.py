"""A symbol's position as the exchange has shown it."""

from collections.abc import Sequence
from decimal import Decimal

from bot.domain.messages import ExecutionReported, PositionsLoaded, PositionUpdate, WorkingOrdersLoaded
from bot.domain.values import ZERO, Side, Symbol, TimeMs

ONE_WAY, LONG_SIDE, SHORT_SIDE = 0, 1, 2
"""Bybit ``positionIdx`` (Bybit V5 docs, position/switch-mode)."""


ATTACHED = frozenset({"StopLoss", "PartialStopLoss", "TakeProfit", "PartialTakeProfit", "TrailingStop"})
"""Bybit ``stopOrderType`` of orders that belong to a position and only close it."""

STALE_FOR_MS = 10_000
"""No answer is on its way for longer: one with an older time than the newest view then tells how things are."""


def idx_of_order(side: Side, *, reduce_only: bool, hedge: bool) -> int:
    """The position that an order of the bot's is for: the buying one opens a long, the selling one closes it."""
    if not hedge:
        return ONE_WAY
    return LONG_SIDE if (side is Side.BUY) != reduce_only else SHORT_SIDE


class ShownPosition:
    """The newest view of the exchange. In hedge mode a symbol has two positions, of which the bot holds one at a time.

    ``held`` is always the signed size by the bot's books: it says which of both is the bot's. While that is flat it is
    the one that is open, if there is one. What is on the other side is somebody else's.
    """

    def __init__(self, symbol: Symbol, *, hedge: bool) -> None:
        self._symbol = symbol
        self._hedge = hedge
        self._views: dict[int, PositionUpdate] = {}
        self._newest_ms: dict[int, TimeMs] = {}
        self._seen_ms: dict[int, TimeMs] = {}
        self._news_ms = TimeMs(0)

    @property
    def indices(self) -> Sequence[int]:
        """Every ``positionIdx`` of the symbol."""
        return (LONG_SIDE, SHORT_SIDE) if self._hedge else (ONE_WAY,)

    @property
    def is_complete(self) -> bool:
        """Whether every position of the symbol has been shown at least once."""
        return all(idx in self._views for idx in self.indices)

    def take(self, seen: PositionUpdate, now_ms: TimeMs) -> bool:
        """Take note of a view; False for an answer that is older than what the stream has told meanwhile."""
        idx = seen.position_idx
        if not seen.by_rest:
            self._news_ms = now_ms
        elif seen.time_ms < self._newest_ms.get(idx, 0) and now_ms - self._seen_ms.get(idx, 0) < STALE_FOR_MS:
            return False
        self._views[idx] = seen
        self._seen_ms[idx] = now_ms
        self._newest_ms[idx] = max(seen.time_ms, self._newest_ms.get(idx, TimeMs(0)))
        return True

    def look(self, loaded: PositionsLoaded) -> bool:
        """Take note of a list of open positions; False if it was asked for before the newest news came."""
        if loaded.asked_ms <= self._news_ms:
            return False
        mine = {each.position_idx: each for each in loaded.positions if each.symbol == self._symbol}
        for idx in self.indices:
            self._views[idx] = mine.get(idx) or self._flat(idx, loaded.asked_ms)
        return True

    def is_older(self, loaded: WorkingOrdersLoaded) -> bool:
        """Whether a list of orders was asked for before the newest news of the position came."""
        return loaded.asked_ms <= self._news_ms

    def of(self, held: Decimal) -> PositionUpdate | None:
        """The view of the bot's position; None while nothing was shown of it."""
        if not self._hedge:
            return next(iter(self._views.values()), None)
        if held:
            return self._views.get(self.idx(held))
        return next((view for view in self._views.values() if view.size), next(iter(self._views.values()), None))

    def idx(self, held: Decimal) -> int:
        """The ``positionIdx`` of a signed size."""
        if not self._hedge:
            return ONE_WAY
        return LONG_SIDE if held > 0 else SHORT_SIDE

    def concerns(self, execution: ExecutionReported, held: Decimal) -> bool:
        """Whether an execution that no order of the bot's caused changed the position that the bot holds.

        In hedge mode an execution opens or closes, never both: one that closes sells a long or buys a short.
        """
        if not self._hedge or not execution.qty:
            return True
        closes = bool(execution.closed_size) or execution.stop_order_type in ATTACHED
        idx = idx_of_order(execution.side, reduce_only=closes, hedge=True)
        return idx == self.idx(held) if held else not closes

    def _flat(self, idx: int, at_ms: TimeMs) -> PositionUpdate:
        return PositionUpdate(self._symbol, None, ZERO, ZERO, ZERO, None, None, at_ms, by_rest=True, position_idx=idx)


def signed_size(view: PositionUpdate | None) -> Decimal:
    """Size with a sign, negative for a short."""
    return ZERO if view is None or view.side is None else view.size * view.side.sign
