"""What is traded and how: strategy, risk, symbols with their own settings, execution."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError

from bot.config.base import Section
from bot.config.entry import EntryConfig, EntryOverride, merge_entry
from bot.config.exits import ExitsConfig
from bot.config.fields import NUMBER_AS_TEXT, Interval, JsonObject, SymbolName
from bot.config.risk import Leverage, RiskConfig, RiskPerTrade

DEFAULT_STRATEGY = "ema_cross"

StrategyName = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="Name of the strategy, such as ema_cross."),
]
StrategyParams = Annotated[
    JsonObject, Field(description="Parameters of the strategy; each strategy knows and checks its own.")
]
StrategyFile = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=1000,
        description="A Python file with a strategy of your own, instead of a name; it starts at this file's folder.",
    ),
]
StrategyClass = Annotated[
    str | None,
    Field(
        alias="class",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$",
        description="The class in that file; null: the only strategy there.",
    ),
]


class StrategyChoice(NamedTuple):
    """Which strategy: one that is built in, by its name, or a class of a file; and its parameters as JSON has them."""

    name: str | None
    file: str | None
    class_name: str | None
    params: Mapping[str, Any]


class StrategyConfig(Section):
    """The strategy and its parameters."""

    name: Annotated[StrategyName | None, Field(description="Name of a strategy that is built in.")] = None
    file: StrategyFile = None
    class_name: StrategyClass = None
    params: StrategyParams = JsonObject({})

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        _check_choice(self.name, self.file, self.class_name)
        return self

    @property
    def choice(self) -> StrategyChoice:
        """What was chosen, with the default filled in."""
        name = (self.name or DEFAULT_STRATEGY) if self.file is None else None
        return StrategyChoice(name, self.file, self.class_name, self.params.plain())


class StrategyOverride(Section):
    """What one symbol changes about the strategy. Another one starts from that strategy's own parameters."""

    name: Annotated[
        StrategyName | None, Field(description="Name of this symbol's strategy; null: the bot's strategy.")
    ] = None
    file: StrategyFile = None
    class_name: StrategyClass = None
    params: StrategyParams = JsonObject({})

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        _check_choice(self.name, self.file, self.class_name)
        return self


def _check_choice(name: str | None, file: str | None, class_name: str | None) -> None:
    if name is not None and file is not None:
        raise PydanticCustomError("name_and_file", "must have a name or a file, not both")
    if class_name is not None and file is None:
        raise PydanticCustomError("class_without_file", "must name the file in which the class is")


class RiskOverride(Section):
    """What one symbol changes about the risk. `max_open_positions` counts over all symbols, so it is not here."""

    risk_per_trade: Annotated[
        RiskPerTrade | None, Field(description="Risk of one trade of this symbol; null: the bot's risk_per_trade.")
    ] = None
    leverage: Annotated[Leverage | None, Field(description="Leverage of this symbol; null: the bot's leverage.")] = None


class SymbolEntry(Section):
    """A symbol to trade: its name alone, or an object that also changes settings for this symbol."""

    symbol: Annotated[SymbolName, Field(description="The contract as Bybit spells it, such as BTCUSDT.")]
    interval: Annotated[
        Interval | None, Field(description="Trading interval of this symbol; null: the bot's interval.")
    ] = None
    strategy: Annotated[StrategyOverride, Field(description="Changes to the strategy for this symbol.")] = (
        StrategyOverride()
    )
    risk: Annotated[RiskOverride, Field(description="Changes to the risk settings for this symbol.")] = RiskOverride()
    entry: Annotated[
        EntryOverride,
        Field(description="Changes to the entry settings for this symbol; what is not given is the bot's."),
    ] = EntryOverride()
    exits: Annotated[
        ExitsConfig | None,
        Field(description="Exits of this symbol, in the place of all of the bot's; null: the bot's."),
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, value: object) -> object:
        return {"symbol": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        described = handler(schema)
        name = handler.resolve_ref_schema(described)["properties"]["symbol"]
        return {"anyOf": [name, described]}


class SymbolConfig(Section):
    """The settings of one symbol, with its own changes merged over the bot's."""

    symbol: SymbolName
    interval: Interval
    strategy: StrategyConfig
    risk: RiskConfig
    entry: EntryConfig
    exits: ExitsConfig


def resolve_symbol(
    entry: SymbolEntry,
    interval: str,
    strategy: StrategyConfig,
    risk: RiskConfig,
    entries: EntryConfig,
    exits: ExitsConfig,
) -> SymbolConfig:
    """Merge what a symbol changes over the bot's interval, strategy, risk, entries and exits."""
    own = entry.strategy
    given = own.name is not None or own.file is not None
    chosen = own if given else strategy
    mine = (own.name, own.file, own.class_name)
    inherited = JsonObject({}) if given and mine != strategy.choice[:3] else strategy.params
    changes = entry.risk.model_dump(exclude_none=True)
    return SymbolConfig.model_validate(
        {
            "symbol": entry.symbol,
            "interval": entry.interval or interval,
            "strategy": {
                "name": chosen.name,
                "file": chosen.file,
                "class": chosen.class_name,
                "params": {**inherited, **own.params},
            },
            "risk": {**risk.model_dump(), **changes},
            "entry": merge_entry(entries, entry.entry).model_dump(),
            "exits": (entry.exits or exits).model_dump(),
        }
    )


class ExecutionConfig(Section):
    """How orders reach the exchange."""

    external_positions: Annotated[
        Literal["adopt", "ignore", "close"],
        Field(
            description="What becomes of a position that somebody else opened on the account. adopt: it is protected "
            "and managed like the bot's own. ignore: it is booked and left alone, and the symbol waits until it is "
            "gone. close: it is closed at once."
        ),
    ] = "adopt"

    position_mode: Annotated[
        Literal["one_way", "hedge"],
        Field(
            description="one_way: a symbol has one position. hedge: two, one on each side; the bot holds one at a time "
            "and leaves the other to you. Set on the exchange at the start; it refuses while there are positions."
        ),
    ] = "one_way"
    margin_mode: Annotated[
        Literal["cross", "isolated"] | None,
        Field(description="Margin mode of the whole account, set on the exchange at the start; null: left as it is."),
    ] = None
    close_positions_on_stop: Annotated[
        bool,
        Field(description="Close every position when the bot stops; otherwise their stops stay on the exchange."),
    ] = False
    transport: Annotated[
        Literal["rest", "websocket"],
        Field(
            description="How orders, amends and cancels travel: rest, or websocket for Bybit's trade stream, which is "
            "quicker; while that is down they go by REST. Everything else always goes by REST."
        ),
    ] = "rest"
    rest_workers: Annotated[int, Field(ge=1, le=32, description="REST requests that may be under way at once.")] = 4
    request_timeout_ms: Annotated[
        int, Field(ge=100, le=60_000, description="Longest wait for the answer to a REST request (ms).")
    ] = 5_000
    order_prefix: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9]{1,4}$",
            description="Start of every orderLinkId, by which the bot knows its own orders: 1 to 4 letters or digits.",
        ),
        NUMBER_AS_TEXT,
    ] = "pyr"
