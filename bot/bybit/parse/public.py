"""Market data, from the public stream and from kline queries."""

from collections.abc import Sequence
from math import inf
from typing import Any

import msgspec
from msgspec.structs import astuple

from bot.bybit.parse.fields import (
    ParseError,
    Row,
    choice,
    is_given,
    number_or_none,
    price_or_none,
    section,
    text,
    time_ms,
)
from bot.domain.contract import is_inverse
from bot.domain.messages import BookFrame, CandleUpdate, PublicTrade, TickerUpdate, TradesSeen
from bot.domain.values import Candle, Side, Symbol, TimeMs


def candle_update(topic: str, row: Any) -> CandleUpdate:  # noqa: ANN401 - whatever JSON holds there
    """One row of a kline frame (Bybit V5 docs, WebSocket, Public, Kline).

    ``{"topic": "kline.5.BTCUSDT", "ts": 1760000000100, "type": "snapshot", "data": [{"start": 1760000000000,
    "end": 1760000299999, "interval": "5", "open": "60000.1", "close": "60001", "high": "60002", "low": "59999.5",
    "volume": "2.081", "turnover": "124865.2", "confirm": false, "timestamp": 1760000000100}]}``. What was traded in
    base coin is the volume, but the turnover of an inverse contract.
    """
    try:
        _, interval, symbol = topic.split(".")
        candle = Candle(
            TimeMs(int(row["start"])),
            float(row["open"]),
            float(row["high"]),
            float(row["low"]),
            float(row["close"]),
            float(row["turnover" if is_inverse(symbol) else "volume"]),
        )
        confirmed = row["confirm"]
    except KeyError as error:
        raise ParseError(f"{error.args[0]} is missing") from None
    except (TypeError, ValueError) as error:
        raise ParseError(f"kline: {error}") from None
    if confirmed is not True and confirmed is not False:
        raise ParseError(f"confirm: {confirmed!r} is neither true nor false")
    return CandleUpdate(Symbol(symbol), interval, checked(candle), confirmed)


def candle_from_list(row: Any, symbol: str) -> Candle:  # noqa: ANN401 - whatever JSON holds there
    """One row of a kline query (Bybit V5 docs, market/kline), newest first in the answer.

    ``["1760000000000", "60000.1", "60002", "59999.5", "60001", "2.081", "124865.2"]``: start, open, high, low, close,
    volume, turnover. For what was traded see ``candle_update``.
    """
    try:
        start, open_, high, low, close, volume = row[:6]
        if is_inverse(symbol):
            volume = row[6]
        candle = Candle(TimeMs(int(start)), float(open_), float(high), float(low), float(close), float(volume))
    except (TypeError, ValueError, LookupError) as error:
        raise ParseError(f"kline: {error}") from None
    return checked(candle)


def checked(candle: Candle) -> Candle:
    """``candle`` if it can be true; ParseError otherwise."""
    # Comparisons with NaN are false, so this refuses NaN and infinity as well.
    low, high = candle.low, candle.high
    if not (0 < low <= candle.open <= high < inf and low <= candle.close <= high and 0 <= candle.volume < inf):
        raise ParseError(f"kline: impossible prices or volume in {candle}")
    return candle


def ticker_update(topic: str, frame: Row) -> TickerUpdate | None:
    """A tickers frame (Bybit V5 docs, WebSocket, Public, Ticker); None if nothing that the bot reads changed.

    ``{"topic": "tickers.BTCUSDT", "type": "delta", "data": {"symbol": "BTCUSDT", "markPrice": "60000.1",
    "bid1Price": "60000", ...}, "cs": 9532239429, "ts": 1760000000100}``: deltas carry only what changed.
    """
    data = section(frame, "data")
    funding_ms = time_ms(data, "nextFundingTime") if is_given(data, "nextFundingTime") else None
    update = TickerUpdate(
        Symbol(topic.partition(".")[2]),
        time_ms(frame, "ts"),
        last_price=price_or_none(data, "lastPrice"),
        mark_price=price_or_none(data, "markPrice"),
        bid_price=price_or_none(data, "bid1Price"),
        ask_price=price_or_none(data, "ask1Price"),
        funding_rate=number_or_none(data, "fundingRate"),
        next_funding_ms=funding_ms or None,
        turnover_24h=number_or_none(data, "turnover24h"),
    )
    return None if astuple(update)[2:] == _NOTHING else update


_NOTHING = (None,) * 7


def trades_seen(topic: str, rows: Sequence[Any]) -> tuple[TradesSeen, Sequence[str]]:
    """A publicTrade frame (Bybit V5 docs, WebSocket, Public, Trade), and what is wrong with rows that were left out.

    ``{"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": 1760000000100, "data": [{"T": 1760000000098,
    "s": "BTCUSDT", "S": "Buy", "v": "0.001", "p": "60000.1", "L": "PlusTick", "i": "20f43950-d8dd-5b31-9112",
    "BT": false}]}``: the side is the one that took, and ``v`` is in USD for an inverse contract.
    """
    symbol = Symbol(topic.partition(".")[2])
    trades: list[PublicTrade] = []
    problems: list[str] = []
    for row in rows:
        try:
            trades.append(_trade(row, symbol))
        except ParseError as error:
            problems.append(str(error))
        except (AttributeError, TypeError):
            problems.append(f"a row that is no object: {row!r:.80}")
    return TradesSeen(symbol, tuple(trades)), problems


def _trade(row: Row, symbol: Symbol) -> PublicTrade:
    price, qty = price_or_none(row, "p"), price_or_none(row, "v")
    if price is None or qty is None:
        raise ParseError("a trade without price or size")
    if is_inverse(symbol):
        qty /= price
    return PublicTrade(time_ms(row, "T"), text(row, "i"), choice(row, "S", Side), price, qty)


def book_frame(frame: Row) -> BookFrame:
    """An orderbook frame, for the book to read. Sockets do not come here: they have the bytes."""
    return BookFrame(Symbol(text(frame, "topic").rpartition(".")[2]), msgspec.json.encode(frame))
