"""The order book of one symbol, kept from the raw frames of the exchange."""

from decimal import Decimal
from typing import NamedTuple

import msgspec
import numpy as np

from bot.domain.contract import is_inverse
from bot.domain.messages import BookTop
from bot.domain.values import Side, TimeMs
from bot.market import book_kernel as kernel
from bot.market.book_frame import BookFrameError, read_frame

BASIS_POINTS = 10_000.0
SPARE_LEVELS = 200
MEAN_SPREAD_OVER_MS = 60_000
_BID, _ASK, _IMBALANCE, _TOP_END = kernel.BID, kernel.ASK, kernel.IMBALANCE, kernel.ASK_QUOTE + 1
_IS_READABLE = kernel.IS_READABLE
_TEXTS = {
    kernel.NO_SNAPSHOT: "there was no snapshot yet",
    kernel.GAP: "updates are missing",
    kernel.CROSSED: "the best bid is not below the best ask",
    kernel.FULL: "there are more levels than the topic has",
}


class TradeCost(NamedTuple):
    """What taking a size from the book would cost now.

    ``slippage_bps``: how much worse than the middle of the spread the average price is, in basis points.
    """

    average_price: float
    slippage_bps: float


class OrderBook:
    """The levels of one ``orderbook.{depth}.{symbol}`` topic; prices in whole ticks inside.

    Whatever is wrong (no snapshot yet, a missing update, best bid not below best ask, a frame that can not be read, a
    price off the tick grid) makes the book unusable until the next snapshot, and `problem` says why. Every read-out is
    None meanwhile, and while one side is empty. Making one compiles the reader on the first start (about 3 s); later
    starts read it from disk. Belongs to one thread.
    """

    def __init__(self, topic: str, tick_size: Decimal | str, mean_spread_over_ms: float = MEAN_SPREAD_OVER_MS) -> None:
        """ValueError for a tick size that is no positive number, or a topic that is no book's."""
        _, depth, symbol = topic.split(".")
        self._topic = topic
        self._is_inverse = is_inverse(symbol)
        self._tick_size = Decimal(tick_size).normalize()
        if not self._tick_size.is_finite() or self._tick_size <= 0 or not symbol:
            raise ValueError(f"no book of {topic} with ticks of {tick_size}")
        room = 2 * int(depth) + SPARE_LEVELS
        decimals = max(-int(self._tick_size.as_tuple().exponent), 0)
        self._keys = np.zeros((3, room), np.int64)
        self._sizes = np.zeros((3, room), np.float64)
        self._shown = self._sizes[kernel.SHOWN]
        self._shown[kernel.SPREAD_TAU_MS] = mean_spread_over_ms
        self._state = self._keys[kernel.STATE]
        self._state[kernel.PROBLEM] = kernel.NO_SNAPSHOT
        self._state[kernel.SCALE_DIGITS] = decimals
        self._state[kernel.TICK_UNITS] = int(self._tick_size.scaleb(decimals))
        self._state[kernel.TOPIC_HASH] = kernel.hash_of(topic)
        self._state[kernel.IS_TOP_ONLY] = depth == "1"
        self._ten = self._shown[kernel.TOP : kernel.SHOWN_SLOTS].reshape(4, kernel.TOP_LEVELS)
        # Plain numbers come out of these three times as fast as out of the arrays, whose memory they share.
        self._slots = memoryview(self._state).cast("B").cast("q")
        self._values = memoryview(self._shown).cast("B").cast("d")
        self._reason = ""
        kernel.take(b"", self._keys, self._sizes)  # compiled before the first frame waits

    def apply(self, raw: bytes) -> None:
        """Take one frame, as it came from the socket. Never raises: a bad one shows in `problem`."""
        outcome = kernel.take(raw, self._keys, self._sizes)
        if outcome == kernel.UNREAD:
            self._read_slowly(raw)

    def _read_slowly(self, raw: bytes) -> None:
        """Take a frame whose layout the compiled reader does not know. It may have set some of its levels already."""
        state = self._state
        try:
            frame = read_frame(raw, self._topic, self._tick_size)
        except BookFrameError as error:
            self._fail(kernel.UNREADABLE, f"a frame could not be read: {error}")
            return
        is_snapshot = frame.is_snapshot or bool(state[kernel.IS_TOP_ONLY])
        if is_snapshot:
            state[kernel.BID_COUNT] = state[kernel.ASK_COUNT] = 0
        elif state[kernel.PROBLEM] != kernel.SOUND:
            return
        for side, levels in ((kernel.BIDS, frame.bids), (kernel.ASKS, frame.asks)):
            for ticks, size in levels:
                if not kernel.put(self._keys, self._sizes, state, side, ticks, size):
                    self._fail(kernel.FULL, "")
                    return
        kernel.settle(self._keys, self._sizes, state, self._shown, is_snapshot, frame.update_id, frame.time_ms)
        state[kernel.SEQUENCE], state[kernel.MATCH_MS] = frame.sequence, frame.match_ms

    def _fail(self, problem: int, reason: str) -> None:
        self._state[kernel.PROBLEM], self._reason = problem, reason
        self._state[kernel.SPREAD_MS] = self._state[kernel.IS_READABLE] = 0

    @property
    def problem(self) -> str | None:
        """Why the book must not be used until the next snapshot; None if it is sound."""
        code = self._slots[kernel.PROBLEM]
        return None if code == kernel.SOUND else _TEXTS.get(code, self._reason)

    def problem_at(self, now_ms: TimeMs, max_age_ms: int) -> str | None:
        """The same, and a book whose last frame is older than ``max_age_ms`` is not used either."""
        age_ms = now_ms - self.time_ms
        if self.problem is None and age_ms > max_age_ms:
            return f"nothing was heard of it for {age_ms} ms"
        return self.problem

    @property
    def is_unreadable(self) -> bool:
        """Whether the problem is a frame that could not be read, or a price off the tick grid."""
        return self._slots[kernel.PROBLEM] == kernel.UNREADABLE

    @property
    def is_readable(self) -> bool:
        """Whether the book is sound and has both sides."""
        return self._slots[_IS_READABLE] == 1

    @property
    def time_ms(self) -> TimeMs:
        """The exchange's time of the last frame that was applied; 0 before the first."""
        return TimeMs(self._slots[kernel.TIME_MS])

    @property
    def update_id(self) -> int:
        """The number of the last frame that was applied (``u``)."""
        return self._slots[kernel.UPDATE_ID]

    @property
    def best_bid(self) -> float | None:
        """The best bid, quote per base."""
        return self._values[_BID] if self._slots[_IS_READABLE] else None

    @property
    def best_ask(self) -> float | None:
        """The best ask, quote per base."""
        return self._values[_ASK] if self._slots[_IS_READABLE] else None

    @property
    def top_imbalance(self) -> float | None:
        """(bids - asks) / (bids + asks) of the sizes of the ten best levels of each side: -1 to 1."""
        return self._values[_IMBALANCE] if self._slots[_IS_READABLE] else None

    @property
    def top(self) -> BookTop | None:
        """The best prices and sizes, and what follows from them.

        The average of the spread is over time: a moment counts less by a factor of e for each ``mean_spread_over_ms``
        that it lies back. Imbalance and depths are those of the ten best levels of each side.
        """
        if not self._slots[_IS_READABLE]:
            return None
        top = BookTop(self.time_ms, *self._values[:_TOP_END])
        return self._in_base_coin(top) if self._is_inverse else top

    def _in_base_coin(self, top: BookTop) -> BookTop:
        """Sizes of an inverse contract are in USD."""
        _, bid_sizes, _, ask_sizes = self._ten
        return msgspec.structs.replace(
            top,
            bid_qty=top.bid_qty / top.bid_price,
            ask_qty=top.ask_qty / top.ask_price,
            bid_depth_quote=float(bid_sizes.sum()),
            ask_depth_quote=float(ask_sizes.sum()),
        )

    def top_ten(self) -> kernel.Floats | None:
        """The ten best levels: rows bid prices, bid sizes, ask prices, ask sizes; best first, 0 where none is."""
        return self._ten.copy() if self._slots[_IS_READABLE] else None

    def levels(self, side: Side, count: int | None = None) -> list[tuple[float, float]]:
        """Price and size of the best bids (BUY) or asks (SELL), best first; empty while there is a problem."""
        if self._slots[kernel.PROBLEM] != kernel.SOUND:
            return []
        prices, sizes = self._side(side)
        return list(zip(prices[:count].tolist(), sizes[:count].tolist(), strict=True))

    def depth(self, levels: int) -> tuple[float, float] | None:
        """What rests on the best ``levels`` of bids and asks, base coin."""
        if not self.is_readable:
            return None
        bids, asks = (float(self._side(side)[1][:levels].sum()) for side in (Side.BUY, Side.SELL))
        return bids, asks

    def depth_within(self, distance_bps: float) -> tuple[float, float] | None:
        """What rests on bids and asks no further than ``distance_bps`` from the middle, base coin."""
        middle = self.middle
        if middle is None:
            return None
        reach = middle * distance_bps / BASIS_POINTS
        (bids, bid_sizes), (asks, ask_sizes) = self._side(Side.BUY), self._side(Side.SELL)
        return float(bid_sizes[bids >= middle - reach].sum()), float(ask_sizes[asks <= middle + reach].sum())

    def imbalance(self, levels: int) -> float | None:
        """(bids - asks) / (bids + asks) of `depth`: -1 to 1."""
        return _imbalance(self.depth(levels))

    def imbalance_within(self, distance_bps: float) -> float | None:
        """The same of `depth_within`; None if nothing rests there."""
        return _imbalance(self.depth_within(distance_bps))

    @property
    def middle(self) -> float | None:
        """Halfway between the best prices."""
        if not self.is_readable:
            return None
        return 0.5 * (self._values[kernel.BID] + self._values[kernel.ASK])

    def cost_of(self, side: Side, qty: float) -> TradeCost | None:
        """What buying or selling ``qty`` base coin at once would cost; None if the book does not hold as much."""
        middle = self.middle
        if middle is None or not qty > 0:
            return None
        prices, sizes = self._side(side.opposite)
        sums = np.cumsum(sizes)
        last = int(np.searchsorted(sums, qty))
        if last >= len(sums):
            return None
        whole = sums[last - 1] if last else 0.0
        average = float((prices[:last] @ sizes[:last] + (qty - whole) * prices[last]) / qty)
        return TradeCost(average, side.sign * (average / middle - 1) * BASIS_POINTS)

    def _side(self, side: Side) -> tuple[kernel.Floats, kernel.Floats]:
        """All prices and sizes of a side, best first."""
        row, count = (kernel.BIDS, kernel.BID_COUNT) if side is Side.BUY else (kernel.ASKS, kernel.ASK_COUNT)
        held = self._slots[count]
        units = np.abs(self._keys[row, :held][::-1]) * self._slots[kernel.TICK_UNITS]
        prices = units / kernel.POWERS_OF_TEN[self._slots[kernel.SCALE_DIGITS]]
        return prices, self._sizes[row, :held][::-1]


def _imbalance(depth: tuple[float, float] | None) -> float | None:
    if depth is None or not sum(depth):
        return None
    return (depth[0] - depth[1]) / sum(depth)
