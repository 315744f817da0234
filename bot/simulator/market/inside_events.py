"""What happens inside bars: a price touches a level or is looked at in detail, or funding is due."""

import heapq
from collections.abc import Sequence
from typing import NamedTuple

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.market.walk import BarWalk, Touch

TOUCH, LOOK, FUND = 0, 1, 2

LAST_LOOK_MS = 1_000
"""So long before its end a bar is always looked at, however far apart looks are: who decides at the close has seen a
market that is fresh."""


class InsideEvent(NamedTuple):
    """One event of one market; `touch` is there if a price touches a level."""

    at_ms: int
    market: SymbolMarket
    kind: int
    touch: Touch | None = None


class InsideEvents:
    """A queue of (time, symbol index, kind, stamp).

    At most one touch and one look per symbol are valid; entries that were overtaken stay in the queue, are
    known by their old stamp and skipped. Every contract has one funding time in it.
    """

    def __init__(self, markets: Sequence[SymbolMarket], detail_step_ms: int) -> None:
        self.queue: list[tuple[int, int, int, int]] = []
        self.detail = False
        self._markets = markets
        self._detail_step_ms = detail_step_ms
        self._touches: list[Touch | None] = [None] * len(markets)
        self._stamps = [0] * len(markets)
        for market in markets:
            self.plan_funding(market)

    def next_ms(self) -> int | None:
        """When the next event happens, None if nothing is planned."""
        self._drop_stale()
        return self.queue[0][0] if self.queue else None

    def pop(self) -> InsideEvent:
        """Take the event that `next_ms` has told of."""
        at_ms, index, kind, _ = heapq.heappop(self.queue)
        if kind != TOUCH:
            return InsideEvent(at_ms, self._markets[index], kind)
        touch, self._touches[index] = self._touches[index], None
        return InsideEvent(at_ms, self._markets[index], kind, touch)

    def plan_funding(self, market: SymbolMarket) -> None:
        """Plan the next time at which a contract charges funding."""
        if market.category != "spot":
            heapq.heappush(self.queue, (market.next_funding_ms, market.index, FUND, 0))

    def enter_bar(self, market: SymbolMarket) -> None:
        """Plan what happens in the bar that begins after the one just closed."""
        if market.watched and market.may_touch():
            self.plan_touch(market)
        if self.detail:
            self.plan_look(market)

    def plan_touch(self, market: SymbolMarket) -> None:
        """Work out anew when the price of a symbol touches a level in the bar under way."""
        index = market.index
        self._stamps[index] += 1
        touch = market.next_touch() if market.watched and market.may_touch() else None
        self._touches[index] = touch
        if touch is not None:
            heapq.heappush(self.queue, (touch.at_ms, index, TOUCH, self._stamps[index]))

    def plan_look(self, market: SymbolMarket) -> None:
        """Plan the next look at the price in the bar under way: a corner of its path or the next step."""
        walk = market.walk()
        if walk is None:
            return
        at_ms = self._next_look_ms(market, walk)
        if at_ms is not None:
            heapq.heappush(self.queue, (at_ms, market.index, LOOK, market.bar_number))

    def _next_look_ms(self, market: SymbolMarket, walk: BarWalk) -> int | None:
        if not market.clock.has_passed(walk.start_ms):
            return walk.start_ms
        now_ms = market.clock.now_ms
        gone = (now_ms - walk.start_ms) // self._detail_step_ms
        step_ms = walk.start_ms + (gone + 1) * self._detail_step_ms
        end_ms = walk.legs[-1].to_ms
        moments = (*walk.corners_ms, step_ms, end_ms - LAST_LOOK_MS)
        return min((at for at in moments if now_ms < at <= end_ms), default=None)

    def _drop_stale(self) -> None:
        queue = self.queue
        while queue:
            _, index, kind, stamp = queue[0]
            if kind == TOUCH and stamp == self._stamps[index] and self._touches[index] is not None:
                return
            if kind == FUND:
                return
            if kind == LOOK and self.detail and stamp == self._markets[index].bar_number:
                return
            heapq.heappop(queue)
