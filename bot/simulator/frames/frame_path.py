"""A price that goes where frames say."""

from bot.simulator.market.price_path import Ohlc, PricePath, Walked
from bot.simulator.market.walk import BarWalk, Leg, Quote


class FramePath(PricePath):
    """The last, mark or index price: now, in the minute under way and in those before it.

    A minute of which nothing is known had the price of now throughout.
    """

    __slots__ = ("_closed", "_forming", "_now")

    def __init__(self, market: Walked, ticks: int) -> None:
        super().__init__(market, self._ohlc_of)
        self._now = Quote(ticks, rising=True)
        self._forming: Ohlc = (ticks, ticks, ticks, ticks)
        self._closed: dict[int, Ohlc] = {}

    @property
    def quote(self) -> Quote:
        return self._now

    def go_to(self, ticks: int) -> None:
        """The price is there now."""
        if ticks != self._now.ticks:
            self._now = Quote(ticks, ticks > self._now.ticks)
            open_, high, low, _ = self._forming
            self._forming = (open_, max(high, ticks), min(low, ticks), ticks)

    def close_bar(self, kept: int) -> None:
        """A minute has just been closed, and the next one begins; `kept` are remembered."""
        number = self._market.bar_number - 1
        self._closed[number] = self._forming
        self._closed.pop(number - kept, None)
        self._forming = _flat(self._now.ticks)

    def walk(self) -> BarWalk | None:
        """The minute under way as far as it has come, as a path through its prices."""
        market, now_ms = self._market, self._clock.now_ms
        start_ms = market.bars.start[market.bar]
        open_, high, low, close = self._forming
        legs = (
            Leg(start_ms, start_ms, open_, open_),
            Leg(start_ms, start_ms, open_, high),
            Leg(start_ms, start_ms, high, low),
            Leg(start_ms, max(now_ms, start_ms), low, close),
        )
        return BarWalk(start_ms, legs, self._now.rising)

    def unbend(self) -> None:
        """Prices are counted in other ticks now; the next frame tells where they are."""
        self._closed.clear()

    def rescale(self, ratio: float) -> None:
        """One tick of before is `ratio` ticks now."""
        ticks = max(round(self._now.ticks * ratio), 1)
        self._now = Quote(ticks, self._now.rising)
        self._forming = _flat(ticks)

    def _ohlc_of(self, bar: int) -> Ohlc:
        number = self._market.bars.dropped + bar
        if number == self._market.bar_number:
            return self._forming
        return self._closed.get(number, _flat(self._now.ticks))


def _flat(ticks: int) -> Ohlc:
    return ticks, ticks, ticks, ticks
