"""Market data, from the public stream and from kline queries."""

from math import inf
from typing import Any

from bot.bybit.parse.fields import ParseError, Row, price_or_none, section, time_ms
from bot.domain.messages import CandleUpdate, TickerUpdate
from bot.domain.values import Candle, Symbol, TimeMs


def candle_update(topic: str, row: Any) -> CandleUpdate:  # noqa: ANN401 - whatever JSON holds there
    """One row of a kline frame (Bybit V5 docs, WebSocket, Public, Kline).

    ``{"topic": "kline.5.BTCUSDT", "ts": 1760000000100, "type": "snapshot", "data": [{"start": 1760000000000,
    "end": 1760000299999, "interval": "5", "open": "60000.1", "close": "60001", "high": "60002", "low": "59999.5",
    "volume": "2.081", "turnover": "124865.2", "confirm": false, "timestamp": 1760000000100}]}``
    """
    try:
        _, interval, symbol = topic.split(".")
        candle = Candle(
            TimeMs(int(row["start"])),
            float(row["open"]),
            float(row["high"]),
            float(row["low"]),
            float(row["close"]),
            float(row["volume"]),
        )
        confirmed = row["confirm"]
    except KeyError as error:
        raise ParseError(f"{error.args[0]} is missing") from None
    except (TypeError, ValueError) as error:
        raise ParseError(f"kline: {error}") from None
    if confirmed is not True and confirmed is not False:
        raise ParseError(f"confirm: {confirmed!r} is neither true nor false")
    return CandleUpdate(Symbol(symbol), interval, _checked(candle), confirmed)


def candle_from_list(row: Any) -> Candle:  # noqa: ANN401 - whatever JSON holds there
    """One row of a kline query (Bybit V5 docs, market/kline), newest first in the answer.

    ``["1760000000000", "60000.1", "60002", "59999.5", "60001", "2.081", "124865.2"]``: start, open, high, low, close,
    volume, turnover.
    """
    try:
        start, open_, high, low, close, volume = row[:6]
        candle = Candle(TimeMs(int(start)), float(open_), float(high), float(low), float(close), float(volume))
    except (TypeError, ValueError, KeyError) as error:
        raise ParseError(f"kline: {error}") from None
    return _checked(candle)


def _checked(candle: Candle) -> Candle:
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
    last = price_or_none(data, "lastPrice")
    mark = price_or_none(data, "markPrice")
    bid = price_or_none(data, "bid1Price")
    ask = price_or_none(data, "ask1Price")
    if last is None and mark is None and bid is None and ask is None:
        return None
    return TickerUpdate(Symbol(topic.partition(".")[2]), time_ms(frame, "ts"), last, mark, bid, ask)
