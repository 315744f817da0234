"""What market data knows of a symbol between the closes of its bars: the order book and the trades."""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from bot.core.contract import NOTHING
from bot.domain.instrument import Instrument
from bot.domain.messages import (
    BookFrame,
    BookTop,
    FetchInstrument,
    MarketDataIssue,
    MarketMoved,
    Message,
    ResubscribeWanted,
    TradeFlow,
    TradesSeen,
    WakeAt,
)
from bot.domain.values import Address, Symbol, TimeMs
from bot.market.needs import MarketNeeds
from bot.market.trade_flow import TradeFlowMeter

if TYPE_CHECKING:
    from bot.market.order_book import OrderBook

BOOK_AGE_MAX_MS = 5_000
"""An older book is not decided on."""
RESUBSCRIBE_EVERY_MS = 5_000
AHEAD_MAX_MS = 60_000
"""A trade that claims to be later than this is left out: with it the flow would wait for that day."""
TICK_SIZE_AFTER_MS = 2_000
"""The position manager reads the trading rules as well; if nobody has by then, it is asked for."""
FRAMES_KEPT = 500
"""While the tick size is not known."""


class Inside(NamedTuple):
    """Book and trades at the close of a bar, None where they can not be trusted, and what must be done about it."""

    book: BookTop | None
    flow: TradeFlow | None
    wanted: Sequence[Message]


class InsideBars:
    """Keeps the order book and the trade flow of one symbol, as far as its strategy needs them.

    While the book can not be used no book is given out, and its topic is subscribed anew: at once, and again every five
    seconds. The flow of a bar during which the stream was away is not given out.
    """

    def __init__(self, symbol: Symbol, bar_ms: int, needs: MarketNeeds, address: Address) -> None:
        self._symbol = symbol
        self._bar_ms = bar_ms
        self._needs = needs
        self._address = address
        self._topic = f"orderbook.{needs.book_depth}.{symbol}"
        self._tick_size: object = None
        self._book: OrderBook | None = None
        self._early: deque[bytes] = deque(maxlen=FRAMES_KEPT)
        self._flow = TradeFlowMeter(bar_ms) if needs.trades else None
        self._flow_whole_from_ms = TimeMs(0)
        self._resubscribed_ms = TimeMs(-RESUBSCRIBE_EVERY_MS)
        self._told_problem = False
        self._told_move_ms = TimeMs(0)
        self._owes_move = False
        self._alarm_ms: TimeMs | None = None

    def on_stream(self, now_ms: TimeMs) -> None:
        """The stream is there (again): trades may have been missed before."""
        self._flow_whole_from_ms = now_ms

    def on_trades(self, seen: TradesSeen, now_ms: TimeMs) -> None:
        """Public trades."""
        if self._flow is not None:
            latest_ms = now_ms + AHEAD_MAX_MS
            self._flow.add(trade for trade in seen.trades if trade.time_ms <= latest_ms)

    def on_rules(self, rules: Instrument) -> None:
        """The tick size is known, or another one."""
        if not self._needs.book_depth or rules.tick_size == self._tick_size:
            return
        from bot.market.order_book import OrderBook  # the compiler's half second is only for those who need it

        self._tick_size = rules.tick_size
        self._book = OrderBook(self._topic, rules.tick_size)
        for raw in self._early:
            self._book.apply(raw)
        self._early.clear()

    def on_frame(self, frame: BookFrame, now_ms: TimeMs, *, moves: bool) -> Sequence[Message]:
        """A frame of the book; with ``moves`` a strategy wants to hear of it."""
        if not self._needs.book_depth:
            return NOTHING
        if self._book is None:
            self._early.append(frame.raw)
            return self._wake_at(TimeMs(now_ms + TICK_SIZE_AFTER_MS), now_ms)
        self._book.apply(frame.raw)
        problem = self._book.problem
        if problem is not None:
            return self._renew(problem, now_ms)
        self._told_problem = False
        return self._on_move(now_ms) if moves and self._needs.moves_every_ms is not None else NOTHING

    def _renew(self, problem: str, now_ms: TimeMs) -> Sequence[Message]:
        if now_ms - self._resubscribed_ms < RESUBSCRIBE_EVERY_MS:
            return NOTHING
        self._resubscribed_ms = now_ms
        out: list[Message] = [ResubscribeWanted(self._symbol, self._topic)]
        if self._book is not None and self._book.is_unreadable:
            out.append(FetchInstrument(self._symbol))  # prices may be off the grid because the exchange has changed it
        if not self._told_problem:
            self._told_problem = True
            text = f"the order book can not be used ({problem}): asking for a new one"
            out.insert(0, MarketDataIssue(self._symbol, now_ms, text))
        return out

    def _on_move(self, now_ms: TimeMs) -> Sequence[Message]:
        next_ms = TimeMs(self._told_move_ms + (self._needs.moves_every_ms or 0))
        if now_ms < next_ms:
            self._owes_move = True
            return self._wake_at(next_ms, now_ms)
        return self._tell_move(now_ms)

    def _tell_move(self, now_ms: TimeMs) -> Sequence[Message]:
        self._owes_move = False
        top = self._top_at(now_ms)
        if top is None:
            return NOTHING
        self._told_move_ms = now_ms
        return (MarketMoved(self._symbol, now_ms, top, None if self._flow is None else self._flow.flow(now_ms)),)

    def on_time(self, now_ms: TimeMs, *, moves: bool) -> Sequence[Message]:
        """An alarm has come, perhaps somebody else's."""
        if self._alarm_ms is None or now_ms < self._alarm_ms:
            return NOTHING
        self._alarm_ms = None
        if self._book is None:
            again = self._wake_at(TimeMs(now_ms + TICK_SIZE_AFTER_MS), now_ms)
            return (FetchInstrument(self._symbol), *again)
        every_ms = self._needs.moves_every_ms
        is_due = every_ms is not None and now_ms >= self._told_move_ms + every_ms
        if not moves or not is_due or not self._owes_move:  # the alarm may have been for the tick size
            return NOTHING
        return self._tell_move(now_ms)

    def _wake_at(self, at_ms: TimeMs, now_ms: TimeMs) -> Sequence[Message]:
        # An alarm that has passed without a word was lost with the clock.
        if self._alarm_ms is not None and now_ms <= self._alarm_ms <= at_ms:
            return NOTHING
        self._alarm_ms = at_ms
        return (WakeAt(self._address, at_ms),)

    def at_close(self, close_ms: TimeMs, now_ms: TimeMs) -> Inside:
        """The market at the close of a bar; the flow of the next one begins."""
        flow = None if self._flow is None else self._flow.close_bar(close_ms)
        if close_ms - self._bar_ms < self._flow_whole_from_ms:
            flow = None
        top = self._top_at(close_ms)
        wanted: Sequence[Message] = NOTHING
        if self._book is not None and top is None:
            wanted = self._renew(self._book.problem_at(close_ms, BOOK_AGE_MAX_MS) or "one side is empty", now_ms)
        return Inside(top, flow, wanted)

    def _top_at(self, now_ms: TimeMs) -> BookTop | None:
        book = self._book
        return None if book is None or book.problem_at(now_ms, BOOK_AGE_MAX_MS) is not None else book.top
