"""The order book around the last price: made when looked at, the same for the same moment."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, NamedTuple

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import plain

Side = Literal["Buy", "Sell"]

DEPTH = 50
RECENT_BARS = 240
LEVEL_SHARES = (0.2, *(0.05 + 0.001 * distance for distance in range(1, DEPTH)))
SHARE_PER_BASIS_POINT = 1.0
"""How sizes follow from recent volume: see `Book`."""
PRICE_TEXTS_MAX = 10_000
_MASK = (1 << 64) - 1


class Level(NamedTuple):
    """Resting size at one price: whole ticks, base coin."""

    ticks: int
    qty: Decimal


class Book:
    """50 levels a side, one tick apart.

    After an up-tick the best ask is the last price and the best bid one tick below; after a down-tick the best
    bid is the last price and the best ask one tick above. What orders take is gone until time moves.

    Sizes are fractions of the mean volume of the last 240 bars: the best level holds a fifth, the next ones
    from 5 % to 10 %, growing with the distance. Where a tick is coarse, a level stands for many prices of a finer
    one: it holds the whole mean volume per basis point that the tick is wide, but not more than all of it. The
    size of a level is 25 % to 175 % of that, a pure function of seed, symbol, bar and price.
    """

    def __init__(self, market: SymbolMarket, seed: int) -> None:
        self._market = market
        self._key = _mix(seed * 0x9E3779B97F4A7C15 + market.index)
        self._base_bar = -1
        self._base_steps = self._least_share = 0.0
        self._sizes: dict[tuple[int, int], Decimal] = {}
        self._price_texts: dict[int, str] = {}
        self._taken_at: tuple[int, bool, int] | None = None
        self._taken: dict[tuple[Side, int], Decimal] = {}

    def best(self, side: Side) -> int:
        """Best price of the bids ("Buy") or asks ("Sell"), ticks."""
        quote = self._market.quote
        ask = quote.ticks if quote.rising else quote.ticks + 1
        return ask if side == "Sell" else ask - 1

    def levels(self, side: Side, depth: int = DEPTH) -> Iterator[Level]:
        """Bids ("Buy") or asks ("Sell"), best first, without what has been taken just now."""
        best = self.best(side)
        taken = self._taken_now()
        away = 1 if side == "Sell" else -1
        for distance in range(min(depth, DEPTH)):
            ticks = best + away * distance
            if ticks < 1:
                return
            qty = self._size(ticks, distance)
            if taken:
                qty -= taken.get((side, ticks), 0)
            if qty > 0:
                yield Level(ticks, qty)

    def take(self, side: Side, ticks: int, qty: Decimal) -> None:
        """Remove what an order has traded against."""
        taken = self._taken_now()
        taken[side, ticks] = taken.get((side, ticks), Decimal(0)) + qty

    def price_text(self, ticks: int) -> str:
        """A price as it is written in frames."""
        text = self._price_texts.get(ticks)
        if text is None:
            if len(self._price_texts) > PRICE_TEXTS_MAX:
                self._price_texts.clear()
            text = self._price_texts[ticks] = plain(self._market.price_of(ticks))
        return text

    def _taken_now(self) -> dict[tuple[Side, int], Decimal]:
        clock = self._market.clock
        now = (clock.now_ms, clock.opened, self._market.bar_number)
        if self._taken_at != now:
            self._taken_at = now
            self._taken = {}
        return self._taken

    def _size(self, ticks: int, distance: int) -> Decimal:
        market = self._market
        if self._base_bar != market.bar_number:
            self._base_bar = market.bar_number
            self._base_steps, self._least_share = self._usual_steps(), self._share_of_a_tick()
            self._sizes.clear()
        size = self._sizes.get((ticks, distance))
        if size is None:
            noise = _mix(self._key ^ (self._base_bar << 32) ^ ticks) / _MASK
            rules = market.instrument
            share = max(LEVEL_SHARES[distance], self._least_share)
            size = rules.qty_step * int(self._base_steps * share * (0.25 + 1.5 * noise))
            size = self._sizes[ticks, distance] = max(size, rules.min_qty)
        return size

    def _usual_steps(self) -> float:
        """The mean volume of recent bars, in quantity steps."""
        market = self._market
        last, so_far = max(market.bar, 1) - 1, market.bars.volume_so_far
        first = max(last - RECENT_BARS, 0)
        mean = (so_far[last] - so_far[first]) / (last - first) if last else so_far[0]
        return mean / float(market.instrument.qty_step)

    def _share_of_a_tick(self) -> float:
        """What a level holds at least for the width of a tick, as a fraction of the mean volume."""
        market, bar = self._market, self._market.bar
        price = market.bars.close[bar - 1] if bar else market.bars.open[0]
        return min(SHARE_PER_BASIS_POINT * 10_000 * market.tick / price, 1.0)


def _mix(number: int) -> int:
    """Scatter 64 bits (the finishing steps of the splitmix64 generator)."""
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)
