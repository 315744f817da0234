"""The whole configuration."""

from functools import cached_property
from typing import Annotated, Self

from pydantic import ConfigDict, Field, PrivateAttr, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from bot.config.base import Section
from bot.config.categories import check_category
from bot.config.entry import EntryConfig, check_own_entry
from bot.config.exits import ExitsConfig
from bot.config.fields import Interval
from bot.config.operation import AlertsConfig, ConsoleConfig, FeedConfig, LoggingConfig, StorageConfig
from bot.config.risk import RiskConfig, check_own_risk
from bot.config.secrets import Credentials, SecretValues
from bot.config.simulator import SimulatorConfig
from bot.config.trading import ExecutionConfig, StrategyConfig, SymbolConfig, SymbolEntry, resolve_symbol
from bot.config.universe import UniverseConfig
from bot.config.venue import VenueConfig
from bot.domain.contract import settle_coin
from bot.domain.values import Symbol

_DEFAULT_SYMBOL_NAMES = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "DOGEUSDT")


class Config(Section):
    """Settings of Pyrmethus. Every key has a default; keys that are not known are refused.

    Any key can also come from the environment or .env (BOT__RISK__LEVERAGE=3) and from --set risk.leverage=3.
    Immutable, so it may be shared by any number of threads. The API keys are beside the keys of the file, in
    `credentials`.
    """

    model_config = ConfigDict(title="Pyrmethus configuration", ignored_types=(cached_property,))

    schema_uri: Annotated[str, Field(alias="$schema", description="Lets editors complete and check this file.")] = ""
    venue: Annotated[VenueConfig, Field(description="Which exchange the bot trades on.")] = VenueConfig()
    simulator: Annotated[SimulatorConfig, Field(description="The simulated exchange.")] = SimulatorConfig()
    universe: Annotated[UniverseConfig, Field(description="Which symbols are traded.")] = UniverseConfig()
    symbols: Annotated[
        tuple[SymbolEntry, ...],
        Field(
            strict=False,
            max_length=500,
            description="What to trade: names, or objects that change interval, strategy or risk for one symbol. With "
            "universe.kind rules only the changes count, and the list may be empty.",
            json_schema_extra={"default": list(_DEFAULT_SYMBOL_NAMES)},
        ),
    ] = tuple(SymbolEntry(symbol=Symbol(name)) for name in _DEFAULT_SYMBOL_NAMES)
    interval: Annotated[
        Interval, Field(description="Candle interval that is traded, as Bybit spells it: minutes, or D.")
    ] = "1"
    strategy: Annotated[StrategyConfig, Field(description="The strategy and its parameters.")] = StrategyConfig()
    risk: Annotated[RiskConfig, Field(description="How much may be lost.")] = RiskConfig()
    entry: Annotated[EntryConfig, Field(description="Which orders an entry becomes.")] = EntryConfig()
    exits: Annotated[ExitsConfig, Field(description="Where stops and targets stand and how they move.")] = ExitsConfig()
    execution: Annotated[ExecutionConfig, Field(description="How orders reach the exchange.")] = ExecutionConfig()
    feed: Annotated[FeedConfig, Field(description="The WebSocket feeds.")] = FeedConfig()
    storage: Annotated[StorageConfig, Field(description="The SQLite database.")] = StorageConfig()
    alerts: Annotated[AlertsConfig, Field(description="Who is told about what happens.")] = AlertsConfig()
    logging: Annotated[LoggingConfig, Field(description="The log file.")] = LoggingConfig()
    console: Annotated[ConsoleConfig, Field(description="The live table in the terminal.")] = ConsoleConfig()

    _credentials: Credentials | None = PrivateAttr(default=None)

    @field_validator("symbols")
    @classmethod
    def _each_symbol_once(cls, entries: tuple[SymbolEntry, ...]) -> tuple[SymbolEntry, ...]:
        if len({entry.symbol for entry in entries}) < len(entries):
            raise PydanticCustomError("duplicate_symbols", "must name each symbol once")
        return entries

    @field_validator("symbols")
    @classmethod
    def _something_to_trade(cls, entries: tuple[SymbolEntry, ...], info: ValidationInfo) -> tuple[SymbolEntry, ...]:
        universe = info.data.get("universe")  # missing if it is wrong itself
        if not entries and universe is not None and universe.kind == "fixed":
            raise PydanticCustomError("too_short", "must have at least {min_length} item", {"min_length": 1})
        return entries

    @model_validator(mode="after")
    def _own_risks_keep_the_limits(self) -> Self:
        for index, entry in enumerate(self.symbols):
            check_own_risk(self.risk, entry.risk.risk_per_trade, entry.risk.leverage, f"symbols.{index}.risk")
        return self

    @model_validator(mode="after")
    def _own_entries_make_sense(self) -> Self:
        for index, each in enumerate(self.symbols):
            check_own_entry(self.entry, each.entry, f"symbols.{index}.entry")
        return self

    @model_validator(mode="after")
    def _demo_has_no_trade_stream(self) -> Self:
        if self.venue.kind == "demo" and self.execution.transport == "websocket":
            text = "must be rest: Bybit's demo trading has no trade stream"
            raise PydanticCustomError("demo_transport", "{text}", {"text": text, "at": "execution.transport"})
        return self

    @model_validator(mode="after")
    def _symbols_are_of_the_category(self) -> Self:
        check_category(self.venue.category, self.universe.kind, self.execution.position_mode, self.symbol_names)
        return self

    @property
    def settle_coin(self) -> str:
        """The coin of all money: wallet, profit, fees, margin and risk."""
        return settle_coin(self.symbol_names[0]) if self.fixed_symbols else "USDT"

    @property
    def credentials(self) -> Credentials | None:
        """The API keys of demo, testnet or mainnet; None when they are not set (the simulator hands out its own)."""
        return self._credentials

    def with_credentials(self, credentials: Credentials | None) -> Self:
        """Return the same settings with other API keys."""
        copy = self.model_copy()
        copy._credentials = credentials  # noqa: SLF001  # the copy is ours and not shared yet
        return copy

    @cached_property
    def symbol_names(self) -> tuple[Symbol, ...]:
        """The symbols named in the file, in its order: all that are traded, unless they are chosen by rules."""
        return tuple(entry.symbol for entry in self.symbols)

    @property
    def fixed_symbols(self) -> tuple[Symbol, ...]:
        """The symbols that are traded from the start to the end; none if they are chosen by rules."""
        return self.symbol_names if self.universe.kind == "fixed" else ()

    @cached_property
    def _by_symbol(self) -> dict[Symbol, SymbolConfig]:
        return {entry.symbol: self._resolve(entry) for entry in self.symbols}

    def _resolve(self, entry: SymbolEntry) -> SymbolConfig:
        return resolve_symbol(entry, self.interval, self.strategy, self.risk, self.entry, self.exits)

    def for_symbol(self, symbol: Symbol) -> SymbolConfig:
        """Return the settings of one symbol, its own changes merged over the bot's.

        KeyError: it is not configured, where the symbols are a fixed list.
        """
        known = self._by_symbol.get(symbol)
        if known is None and self.universe.kind == "rules":
            return self._resolve(SymbolEntry(symbol=symbol))
        return self._by_symbol[symbol] if known is None else known

    def secret_values(self) -> SecretValues:
        """Return every secret of these settings, for the redaction of logs; more may be added to it later."""
        values = SecretValues()
        if self.credentials is not None:
            values.add(self.credentials.api_key.reveal())
            values.add(self.credentials.api_secret.reveal())
        for url in self.alerts.urls:
            values.add_url(url.reveal())
        return values
