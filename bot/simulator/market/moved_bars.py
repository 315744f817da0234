"""Bars of a feed in which somebody has moved the price by hand, or halted the market."""

from bot.simulator.feeds.bars import Bars

PRICES = ("open", "high", "low", "close")


class MovedBars:
    """A copy of a feed's bars whose future may differ by a factor, or stand still.

    The feed keeps its own bars, which other exchanges may play too; both lose their oldest bars together.
    """

    def __init__(self, source: Bars) -> None:
        self._source = source
        self._factor = 1.0
        self._still: float | None = None
        self.bars = Bars(dropped=source.dropped, basis_key=source.basis_key, recorded=source.recorded)
        self._refill(0, tick=0.0, scale=0)

    def scale(self, bar: int, factor: float, tick: float, scale: int) -> None:
        """From `bar` on every price is `factor` times as high, on a tick and with `scale` decimals."""
        self._factor *= factor
        if self._still is not None:
            self._still = round(self._still * factor, scale)
        self._refill(bar, tick, scale)

    def stand_still(self, bar: int, price: float) -> None:
        """From `bar` on nothing trades."""
        self._still = price
        self._refill(bar, tick=0.0, scale=0)

    def go_on(self, bar: int, tick: float, scale: int) -> None:
        """From `bar` on the market is again where the feed has it."""
        self._still = None
        self._refill(bar, tick, scale)

    def put(self, bar: int, high: float, low: float, close: float) -> None:
        """What became of a bar in which the price was moved."""
        self.bars.high[bar], self.bars.low[bar], self.bars.close[bar] = high, low, close

    def take_in(self, tick: float, scale: int) -> None:
        """Follow a feed that has grown."""
        self._refill(len(self.bars), tick, scale)

    def drop(self, count: int) -> None:
        """Cut off the oldest bars, here and in the feed."""
        self.bars.drop(count)
        self._source.drop(count)

    def _refill(self, bar: int, tick: float, scale: int) -> None:
        """Make the bars from `bar` on anew."""
        source, bars, still = self._source, self.bars, self._still
        count = len(source) - bar
        bars.start[bar:] = source.start[bar:]
        if still is not None:
            for name in PRICES:
                getattr(bars, name)[bar:] = [still] * count
            bars.volume[bar:] = bars.turnover[bar:] = [0.0] * count
        else:
            for name in PRICES:
                getattr(bars, name)[bar:] = self._scaled(getattr(source, name)[bar:], tick, scale)
            bars.volume[bar:] = source.volume[bar:]
            bars.turnover[bar:] = [round(each * self._factor, 4) for each in source.turnover[bar:]]
        del bars.volume_so_far[bar:]
        so_far = bars.volume_so_far[-1] if bars.volume_so_far else source.volume_so_far[0] - source.volume[0]
        for volume in bars.volume[bar:]:
            so_far += volume
            bars.volume_so_far.append(so_far)

    def _scaled(self, prices: list[float], tick: float, scale: int) -> list[float]:
        factor = self._factor
        if factor == 1.0:
            return prices
        return [round(max(round(price * factor / tick), 1) * tick, scale) for price in prices]
