"""The simulated exchange: what market it plays, how fast, and with how much money."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from bot.config.base import Section
from bot.config.fields import NUMBER_AS_TEXT, Bounded, Port, Speed, SymbolName, UtcTime, utc_ms

_SEED_MAX = 2**32 - 1


class SyntheticFeed(Section):
    """An invented market: correlated symbols with calm, trending and wild stretches, the same for the same seed."""

    kind: Annotated[Literal["synthetic"], Field(description="An invented market that never ends.")] = "synthetic"
    seed: Annotated[int, Field(ge=0, le=_SEED_MAX, description="The same seed gives the same market.")] = 7
    start: Annotated[UtcTime, Field(description="Market time at which the simulation starts (UTC).")] = datetime(
        2026, 1, 5, tzinfo=UTC
    )

    @property
    def start_ms(self) -> int:
        return utc_ms(self.start)


class CandlesFeed(Section):
    """A recorded market: a folder of candle files."""

    kind: Annotated[Literal["candles"], Field(description="A recorded market, from a folder of candle files.")]
    folder: Annotated[
        str,
        Field(
            min_length=1,
            description="Folder of files named SYMBOL_INTERVAL.parquet or .csv (BTCUSDT_1m.parquet). A relative path "
            "starts at the folder of config.json.",
        ),
        NUMBER_AS_TEXT,
    ]
    start: Annotated[
        UtcTime | None, Field(description="First moment to play (UTC); null plays from the first candle.")
    ] = None
    end: Annotated[UtcTime | None, Field(description="Moment to stop at (UTC); null plays to the last candle.")] = None

    @property
    def start_ms(self) -> int | None:
        return None if self.start is None else utc_ms(self.start)

    @property
    def end_ms(self) -> int | None:
        return None if self.end is None else utc_ms(self.end)

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise PydanticCustomError("feed_range", "must be later than the start of the feed", {"key": "end"})
        return self


def _feed_kind(value: object) -> str | None:
    """Tell the kind of feed; without one it is synthetic, so that the seed alone may be overridden."""
    kind = value.get("kind", "synthetic") if isinstance(value, Mapping) else getattr(value, "kind", None)
    return kind if isinstance(kind, str) else None


MarketFeedConfig = Annotated[
    Annotated[SyntheticFeed, Tag("synthetic")] | Annotated[CandlesFeed, Tag("candles")], Discriminator(_feed_kind)
]


def _address(*schemes: str) -> AfterValidator:
    """The check of an address without a path."""

    def check(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not parts.hostname or parts.path.strip("/"):
            raise PydanticCustomError("address", "must be an address like {like}://host", {"like": schemes[-1]})
        return text.rstrip("/")

    return AfterValidator(check)


class UpstreamConfig(Section):
    """The exchange whose live market paper trading shows."""

    rest: Annotated[
        str, Field(max_length=200, description="Where its REST queries go, without a path."), _address("http", "https")
    ] = "https://api.bybit.com"
    ws: Annotated[
        str, Field(max_length=200, description="Where its public streams are, without a path."), _address("ws", "wss")
    ] = "wss://stream.bybit.com"
    speed: Annotated[
        float,
        Field(
            gt=0,
            le=100_000,
            description="Market seconds per second of the wall clock there: 1, unless it is a simulator.",
        ),
    ] = 1.0


class SimulatorConfig(Section):
    """The simulated exchange; used when venue.kind is "simulator" or "paper", and by `simulate` and `backtest`."""

    feed: Annotated[MarketFeedConfig, Field(description="The market that the simulated exchange plays.")] = (
        SyntheticFeed()
    )
    symbols: Annotated[
        tuple[SymbolName, ...],
        Field(
            strict=False,
            max_length=500,
            description="What the simulated exchange lists beside the `symbols` of the bot: what universe rules choose "
            "from.",
        ),
    ] = ()
    upstream: Annotated[
        UpstreamConfig,
        Field(description="Whose market paper trading shows; then feed and speed have no meaning."),
    ] = UpstreamConfig()
    speed: Annotated[
        Speed,
        Field(
            description="Market seconds per second of the wall clock (60: a minute candle each second), or "
            '"lockstep": the market moves on only when the bot has nothing left to do.'
        ),
    ] = 60.0
    starting_balance_quote: Annotated[
        Decimal, Bounded(gt="0", le="1000000000"), Field(description="Wallet balance at the start, in USDT.")
    ] = Decimal(10_000)
    starting_balance_base: Annotated[
        Decimal,
        Bounded(gt="0", le="1000000000"),
        Field(
            description="Wallet balance at the start where inverse contracts are traded, in the base coin that they "
            "settle in (BTC of BTCUSD)."
        ),
    ] = Decimal(1)
    ack_delay_ms: Annotated[
        int,
        Field(ge=0, le=10_000, description="Delay of the answer to a WebSocket operation (ms of the wall clock)."),
    ] = 15
    taker_fee_rate: Annotated[
        Decimal, Bounded(ge="0", le="0.01"), Field(description="Fee of a fill that takes liquidity; 0.00055 = 0.055 %.")
    ] = Decimal("0.00055")
    maker_fee_rate: Annotated[
        Decimal, Bounded(ge="0", le="0.01"), Field(description="Fee of a fill that made liquidity; 0.0002 = 0.02 %.")
    ] = Decimal("0.0002")
    detail_step_ms: Annotated[
        int,
        Field(
            ge=100,
            le=86_400_000,
            description="In lockstep and in a backtest, where a strategy looks inside bars (order book, trades, "
            "funding rate): time between two looks (ms of the market).",
        ),
    ] = 20_000
    port: Annotated[Port, Field(description="Port of REST and WebSockets on 127.0.0.1; 0 takes any free one.")] = 0
    control_port: Annotated[Port, Field(description="Port of the control API on 127.0.0.1; 0 takes any free one.")] = 0
