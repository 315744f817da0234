"""Frames of the streams to messages: the one entry for live sockets and for the replay."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bot.bybit.parse.fields import ParseError, Row, is_of, items, time_ms
from bot.bybit.parse.private import (
    ENTRY_PRICE_OF_STREAM,
    execution_reported,
    order_update,
    position_update,
    wallet_updates,
)
from bot.bybit.parse.public import book_frame, candle_update, ticker_update, trades_seen
from bot.domain.contract import Category
from bot.domain.messages import FrameUnreadable, Message, Stream
from bot.domain.values import TimeMs

type RowReader = Callable[[Row], Iterable[Message]]


def parse_frame(stream: Stream, frame: Row, now_ms: TimeMs, category: Category = "linear") -> Sequence[Message]:
    """What a data frame (one with a topic) says, in its order; nothing for topics and markets the bot does not read.

    A row that can not be understood becomes a FrameUnreadable at the end, and the other rows survive it. Raises
    nothing for anything that JSON can hold.
    """
    topic = frame.get("topic")
    if not isinstance(topic, str):
        return (FrameUnreadable(stream, now_ms, "a frame without topic"),)
    try:
        if topic.startswith("kline."):
            return _rows(stream, frame, now_ms, lambda row: (candle_update(topic, row),), category)
        if topic.startswith("tickers."):
            ticker = ticker_update(topic, frame)
            return () if ticker is None else (ticker,)
        if topic.startswith(("orderbook.", "publicTrade.")):
            return _inside_bars(stream, topic, frame, now_ms)
        reader = _private_reader(topic.removesuffix(f".{category}"), frame, now_ms)
        return () if reader is None else _rows(stream, frame, now_ms, reader, category)
    except ParseError as error:
        return (FrameUnreadable(stream, now_ms, f"{topic}: {error}"),)


def _inside_bars(stream: Stream, topic: str, frame: Row, now_ms: TimeMs) -> Sequence[Message]:
    if topic.startswith("orderbook."):
        return (book_frame(frame),)
    seen, problems = trades_seen(topic, items(frame, "data"))
    if not problems:
        return (seen,)
    return (seen, FrameUnreadable(stream, now_ms, f"{topic}: {'; '.join(problems)}"))


def _private_reader(topic: str, frame: Row, now_ms: TimeMs) -> RowReader | None:
    match topic:
        case "order":
            return lambda row: (order_update(row),)
        case "execution":
            return lambda row: (execution_reported(row),)
        case "position":
            return lambda row: (position_update(row, ENTRY_PRICE_OF_STREAM, now_ms, by_rest=False),)
        case "wallet":
            pushed_ms = time_ms(frame, "creationTime")
            return lambda row: wallet_updates(row, pushed_ms, by_rest=False)
        case _:
            return None


def _rows(stream: Stream, frame: Row, now_ms: TimeMs, read: RowReader, category: Category) -> Sequence[Message]:
    messages: list[Message] = []
    problems: list[str] = []
    for row in items(frame, "data"):
        problem = _add(messages, row, read, category)
        if problem:
            problems.append(problem)
    if problems:
        reason = f"{frame['topic']}: {'; '.join(problems)}"
        messages.append(FrameUnreadable(stream, now_ms, reason))
    return messages


def _add(messages: list[Message], row: Any, read: RowReader, category: Category) -> str:  # noqa: ANN401 - whatever JSON holds there
    """Append what ``row`` says; the problem if it can not be understood."""
    try:
        if is_of(row, category):
            messages.extend(read(row))
    except ParseError as error:
        return str(error)
    except (AttributeError, TypeError):
        return f"a row that is no object: {row!r:.80}"
    return ""
