"""Moving averages."""

from math import nan

from bot.domain.values import Candle


class Ema:
    """Exponential moving average of closes: ``value += (close - value) * 2 / (period + 1)``.

    Starts from the simple average of the first ``period`` closes, as TA-Lib does.
    """

    __slots__ = ("_alpha", "_seen", "_sum", "period", "ready", "value", "warmup_bars")

    def __init__(self, period: int) -> None:
        self.period = period
        self.warmup_bars = period
        self.ready = False
        self.value = nan
        self._alpha = 2.0 / (period + 1)
        self._seen = 0
        self._sum = 0.0

    def update(self, candle: Candle) -> None:
        """Take the next closed bar."""
        if self.ready:
            self.value += (candle.close - self.value) * self._alpha
            return
        self._seen += 1
        self._sum += candle.close
        if self._seen == self.period:
            self.value = self._sum / self.period
            self.ready = True
