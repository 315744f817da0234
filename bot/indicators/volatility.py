"""How much prices move."""

from math import nan

from bot.domain.values import Candle


class Atr:
    """Wilder's average true range, in quote per base.

    Starts as the plain average of the first ``period`` true ranges, the first bar (which has no close before it)
    left out, as TA-Lib does.
    """

    __slots__ = ("_last_close", "_seen", "_sum", "period", "ready", "value", "warmup_bars")

    def __init__(self, period: int) -> None:
        self.period = period
        self.warmup_bars = period + 1
        self.ready = False
        self.value = nan
        self._seen = -1
        self._sum = 0.0
        self._last_close = nan

    def update(self, candle: Candle) -> None:
        """Take the next closed bar."""
        last_close = self._last_close
        high = candle.high if candle.high > last_close else last_close
        low = candle.low if candle.low < last_close else last_close
        self._last_close = candle.close
        if self.ready:
            self.value += (high - low - self.value) / self.period
            return
        self._seen += 1
        if self._seen == 0:
            return
        self._sum += high - low
        if self._seen == self.period:
            self.value = self._sum / self.period
            self.ready = True
