"""The frames that come most, read from their text in one go."""

import msgspec

from bot.bybit.parse.fields import ParseError
from bot.bybit.parse.public import checked
from bot.domain.contract import is_inverse
from bot.domain.messages import CandleUpdate
from bot.domain.values import Candle, Symbol, TimeMs

KLINE = '{"topic":"kline.'


class _Row(msgspec.Struct, gc=False):
    start: int
    interval: str
    open: str
    high: str
    low: str
    close: str
    volume: str
    confirm: bool


class _Frame(msgspec.Struct, gc=False):
    topic: str
    ts: int
    data: list[_Row]


_decode = msgspec.json.Decoder(_Frame).decode


def candles_of(text: str) -> tuple[str, TimeMs, list[CandleUpdate]] | None:
    """Topic, time and candles of a kline frame as Bybit writes it; None for anything that is not just that.

    What is None here is for ``parse_frame``, which says what is wrong with it; a test holds the two equal.
    """
    try:
        frame = _decode(text)
        _, interval, name = frame.topic.split(".")
        symbol = Symbol(name)
        if is_inverse(symbol):  # its volume is elsewhere
            return None
        return (
            frame.topic,
            TimeMs(frame.ts),
            [
                CandleUpdate(
                    symbol,
                    interval,
                    checked(
                        Candle(
                            TimeMs(row.start),
                            float(row.open),
                            float(row.high),
                            float(row.low),
                            float(row.close),
                            float(row.volume),
                        )
                    ),
                    row.confirm,
                )
                for row in frame.data
            ],
        )
    except (msgspec.MsgspecError, ValueError, ParseError):
        return None
