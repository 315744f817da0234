"""What public trades say about who is in a hurry: buyers or sellers."""

from collections import deque
from collections.abc import Iterable

from bot.domain.messages import PublicTrade, TradeFlow
from bot.domain.values import Side, TimeMs
from bot.market.volume_profile import VolumeProfile

DAY_MS = 86_400_000
SLICE_MS = 10_000
SIGNAL_SLICES = 30
"""The signal looks back over so many slices, the running one included: five minutes."""
IDS_KEPT = 10_000
LARGE_MULTIPLE = 5.0
LARGE_AFTER_TRADES = 50
MEAN_OVER_TRADES = 500
PROFILE_BUCKET_FRACTION = 0.001
"""Width of a bucket of the day's volume profile, as a fraction of the day's first price."""


class _Sums:
    """Volumes of one stretch of time, base coin, by the side that took."""

    __slots__ = ("buys", "large_buys", "large_sells", "sells")

    def __init__(self) -> None:
        self.buys = self.sells = self.large_buys = self.large_sells = 0.0

    def count(self, side: Side, qty: float, *, is_large: bool) -> None:
        if side is Side.BUY:
            self.buys += qty
            if is_large:
                self.large_buys += qty
        else:
            self.sells += qty
            if is_large:
                self.large_sells += qty

    def add(self, other: "_Sums") -> None:
        self.buys += other.buys
        self.sells += other.sells
        self.large_buys += other.large_buys
        self.large_sells += other.large_sells


class TradeFlowMeter:
    """Adds up the public trades of one symbol: per bar, over the last minutes and since the start of the UTC day.

    A trade belongs to the bar of its own time, not of its arrival; one that comes after its bar was closed counts in
    the next. A trade is large if it is at least five times the mean of those before it (exponential, over 500; none is
    large before 50 were seen). ``signal`` is (buys - sells) / (buys + sells) of the last five minutes (thirty slices of
    ten seconds, the running one included), large trades counted twice. Belongs to one thread; a day needs memory for
    the price buckets it traded in, nothing else grows.
    """

    def __init__(self, interval_ms: int) -> None:
        self._interval_ms = interval_ms
        self._bars: dict[int, _Sums] = {}
        self._slices: dict[int, _Sums] = {}
        self._ids: set[str] = set()
        self._ids_in_order: deque[str] = deque()
        self._trades = 0
        self._mean_qty = 0.0
        self._day = -1
        self._day_delta = 0.0
        self._profile: VolumeProfile | None = None
        self._newest_ms = 0

    def add(self, trades: Iterable[PublicTrade]) -> None:
        """Count trades; one whose id is known is left out."""
        for trade in trades:
            if self._is_new(trade.trade_id):
                self._count(trade)

    def _count(self, trade: PublicTrade) -> None:
        is_large = self._trades >= LARGE_AFTER_TRADES and trade.qty >= LARGE_MULTIPLE * self._mean_qty
        self._trades += 1
        # The plain mean at first, then the exponential one.
        self._mean_qty += (trade.qty - self._mean_qty) / min(self._trades, (MEAN_OVER_TRADES + 1) / 2)
        self._newest_ms = max(self._newest_ms, trade.time_ms)
        start_ms = trade.time_ms - trade.time_ms % self._interval_ms
        for stretches, key in ((self._bars, start_ms), (self._slices, trade.time_ms // SLICE_MS)):
            sums = stretches.get(key)
            if sums is None:
                sums = stretches[key] = _Sums()
            sums.count(trade.side, trade.qty, is_large=is_large)
        self._start_day(trade.time_ms // DAY_MS, trade.price)
        if self._profile is not None and trade.time_ms // DAY_MS == self._day:
            self._day_delta += trade.side.sign * trade.qty
            self._profile.add(trade.price, trade.qty)

    def _is_new(self, trade_id: str) -> bool:
        if trade_id in self._ids:
            return False
        self._ids.add(trade_id)
        self._ids_in_order.append(trade_id)
        if len(self._ids_in_order) > IDS_KEPT:
            self._ids.discard(self._ids_in_order.popleft())
        return True

    def _start_day(self, day: int, price: float) -> None:
        if day > self._day:
            self._day, self._day_delta = day, 0.0
            self._profile = VolumeProfile(price * PROFILE_BUCKET_FRACTION)

    def flow(self, end_ms: TimeMs) -> TradeFlow:
        """What was traded before ``end_ms`` and since the last bar that was closed."""
        bar = _Sums()
        for start_ms, sums in self._bars.items():
            if start_ms < end_ms:
                bar.add(sums)
        delta = self._day_delta if (end_ms - 1) // DAY_MS <= self._day else 0.0
        return TradeFlow(bar.buys, bar.sells, delta, bar.large_buys, bar.large_sells, self._signal(end_ms))

    def _signal(self, end_ms: TimeMs) -> float:
        slices = self._slices
        oldest = max(end_ms, self._newest_ms) // SLICE_MS - SIGNAL_SLICES
        for number in [number for number in slices if number <= oldest]:
            del slices[number]
        bought = sold = 0.0
        for sums in slices.values():
            bought += sums.buys + sums.large_buys
            sold += sums.sells + sums.large_sells
        return (bought - sold) / (bought + sold) if bought + sold > 0 else 0.0

    def close_bar(self, close_ms: TimeMs) -> TradeFlow:
        """The same at the end of a bar; what follows is the next bar's."""
        flow = self.flow(close_ms)
        for start_ms in [start_ms for start_ms in self._bars if start_ms < close_ms]:
            del self._bars[start_ms]
        return flow

    @property
    def profile(self) -> VolumeProfile | None:
        """Volume by price since the start of the UTC day, or since the first trade seen; None before that."""
        return self._profile
