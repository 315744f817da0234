"""Oscillators."""

from math import nan

from bot.domain.values import Candle


class Rsi:
    """Wilder's relative strength index of closes, 0 to 100; 50 where nothing moved.

    Average gain and loss start as plain averages over the first ``period`` changes and are then smoothed by Wilder's
    ``(average * (period - 1) + change) / period``.
    """

    __slots__ = ("_gain", "_last_close", "_loss", "_seen", "period", "ready", "value", "warmup_bars")

    def __init__(self, period: int) -> None:
        self.period = period
        self.warmup_bars = period + 1
        self.ready = False
        self.value = nan
        self._gain = 0.0
        self._loss = 0.0
        self._seen = -1
        self._last_close = nan

    def update(self, candle: Candle) -> None:
        """Take the next closed bar."""
        change = candle.close - self._last_close
        self._last_close = candle.close
        gain = change if change > 0 else 0.0
        loss = -change if change < 0 else 0.0
        period = self.period
        if self.ready:
            self._gain = (self._gain * (period - 1) + gain) / period
            self._loss = (self._loss * (period - 1) + loss) / period
        else:
            self._seen += 1
            if self._seen == 0:
                return
            self._gain += gain / period
            self._loss += loss / period
            if self._seen < period:
                return
            self.ready = True
        total = self._gain + self._loss
        self.value = 100.0 * (self._gain / total) if total > 0 else 50.0
