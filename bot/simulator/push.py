"""What the exchange sends without being asked."""

from typing import Any, NamedTuple, Protocol

from bot.simulator.numbers import plain_float


class Push(Protocol):
    """One frame for the subscribers of a topic."""

    @property
    def topic(self) -> str:
        """As it is subscribed: "kline.1.BTCUSDT", "orderbook.50.BTCUSDT", "order", "wallet"."""
        ...

    @property
    def account(self) -> str | None:
        """None = public; otherwise the account whose private streams get it."""
        ...

    @property
    def category(self) -> str:
        """Whose topic it is: "linear", "inverse" or "spot"; "" = of none (the wallet). A frame never mixes them."""
        ...

    def frame(self) -> dict[str, Any]:
        """The whole V5 frame, ready for JSON."""
        ...


class KlinePush(NamedTuple):
    """A candle of one symbol. Times in ms; prices and volume are market analytics, so floats.

    A replay makes one of these per bar and mostly reads its fields, so it is a tuple (the quickest immutable
    value to make) and the frame's strings are made only when asked for; they parse back to the same floats.
    """

    symbol: str
    interval: str
    start_ms: int
    end_ms: int
    """The last millisecond of the candle: its start + its length - 1."""
    open: float
    high: float
    low: float
    close: float
    volume: float
    turnover: float
    confirm: bool
    """True = the candle is closed; sent once."""
    timestamp_ms: int
    category: str = "linear"

    @property
    def topic(self) -> str:
        return f"kline.{self.interval}.{self.symbol}"

    @property
    def account(self) -> None:
        return None

    def frame(self) -> dict[str, Any]:
        return {
            "topic": self.topic,
            "type": "snapshot",
            "ts": self.timestamp_ms,
            "data": [
                {
                    "start": self.start_ms,
                    "end": self.end_ms,
                    "interval": self.interval,
                    "open": plain_float(self.open),
                    "close": plain_float(self.close),
                    "high": plain_float(self.high),
                    "low": plain_float(self.low),
                    "volume": plain_float(self.volume),
                    "turnover": plain_float(self.turnover),
                    "confirm": self.confirm,
                    "timestamp": self.timestamp_ms,
                }
            ],
        }


class FramePush(NamedTuple):
    """Any other frame, made when it happened. Its receivers must not change the payload."""

    topic: str
    account: str | None
    payload: dict[str, Any]
    category: str = ""

    def frame(self) -> dict[str, Any]:
        return self.payload
