"""Cores made from the configuration: the same for the live bot and for the replay."""

from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec

from bot.config.models import Config
from bot.config.trading import StrategyChoice
from bot.config.universe import UniverseConfig
from bot.core.account import AccountCore
from bot.core.account_modes import WantedModes
from bot.core.analyzer import AnalyzerCore
from bot.core.market_data import MarketDataCore
from bot.core.position_manager import PositionManagerCore
from bot.core.position_settings import position_settings
from bot.core.regular_checks import RegularChecks
from bot.core.universe import UniverseCore
from bot.domain.address import PER_SYMBOL_ROLES, Role, address_of
from bot.domain.values import Address, Symbol, interval_ms
from bot.market.needs import MarketNeeds
from bot.market.universe import UniverseRules
from bot.risk.correlation import closes_kept
from bot.strategies.base import Strategy
from bot.strategies.levels import LevelReader
from bot.strategies.registry import make_strategy, prepare

YEAR_MS = 365 * 86_400_000


class CoreMaker:
    """Makes fresh cores; ``epoch`` counts the runs on one database and goes into order ids.

    With ``explains`` what became of every bar is recorded. With ``watching_speed`` (seconds of the market's time in one
    of the wall clock) positions, orders and rules are read again regularly, as a network makes it necessary. Raises
    UserError where a strategy or its parameters are wrong.
    """

    def __init__(
        self, config: Config, epoch: int, *, explains: bool = True, watching_speed: float | None = None
    ) -> None:
        self._config = config
        self._epoch = epoch
        self._explains = explains
        self._watching_speed = watching_speed
        self._revision = 0
        self._prepared: list[tuple[StrategyChoice, Callable[[], Strategy]]] = []
        self._prepare(config.strategy.choice)  # here mistakes show, before anybody trades
        for symbol in config.symbol_names:
            self._strategy(symbol)

    def revise(self, config: Config, revision: int) -> None:
        """Actors that are made from now on begin with another configuration. May be called from any thread."""
        self._config, self._revision = config, revision

    def topics(self, symbol: Symbol) -> tuple[str, ...]:
        """The topics of the public stream that the strategy of a symbol decides on."""
        return self.needs(symbol).topics(symbol, self._config.for_symbol(symbol).interval)

    def needs(self, symbol: Symbol) -> MarketNeeds:
        """What the strategy of a symbol must see besides its bars."""
        needs = self._strategy(symbol).needs
        if self._config.risk.guards.spread_max is None or needs.book_depth:
            return needs
        return msgspec.structs.replace(needs, ticker=True)

    def market_data(self, symbol: Symbol) -> MarketDataCore:
        """The core of ``market_data/SYMBOL``."""
        interval = self._config.for_symbol(symbol).interval
        strategy = self._strategy(symbol)
        history_bars = max(strategy.history_bars(interval_ms(interval)), self._closes_told)
        higher_bars = {name: strategy.higher_history_bars(name) for name in strategy.higher_indicators}
        return MarketDataCore(symbol, interval, history_bars, self.needs(symbol), higher_bars)

    def analyzer(self, symbol: Symbol) -> AnalyzerCore:
        """The core of ``analyzer/SYMBOL``."""
        interval = self._config.for_symbol(symbol).interval
        return AnalyzerCore(
            symbol,
            interval,
            lambda: self._strategy(symbol),
            explains=self._explains,
            tells_closes=self._closes_told,
        )

    @property
    def _closes_told(self) -> int:
        """How many closes the account wants for its correlations; 0 where it looks at none."""
        watched = self._config.risk.limits.correlation
        return 0 if watched is None else closes_kept(watched.bars)

    def position_manager(self, symbol: Symbol) -> PositionManagerCore:
        """The core of ``position_manager/SYMBOL``."""
        settings = position_settings(
            self._config, symbol, self._epoch, refreshes=self._watching_speed is not None, revision=self._revision
        )
        return PositionManagerCore(symbol, settings)

    def account(self) -> AccountCore:
        """The core of ``account``."""
        speed = self._watching_speed
        coin, execution = self._config.settle_coin, self._config.execution
        checks = None if speed is None else RegularChecks(coin, speed)
        hedge = execution.position_mode == "hedge" if coin == "USDT" else None
        modes = WantedModes(hedge, execution.margin_mode)
        return AccountCore(coin, self._config.risk, checks, self._bars_per_year, modes, self._revision)

    def _bars_per_year(self, symbol: Symbol) -> float:
        return YEAR_MS / interval_ms(self._config.for_symbol(symbol).interval)

    def universe(self, present: Iterable[Symbol]) -> UniverseCore:
        """The core of ``universe``, where rules choose the symbols; those ``present`` have their actors already."""
        wanted = self._config.universe
        return UniverseCore(universe_rules(wanted), wanted.refresh_minutes, present)

    def _strategy(self, symbol: Symbol) -> Strategy:
        chosen = self._config.for_symbol(symbol)
        strategy = self._prepare(chosen.strategy.choice)()
        if chosen.exits.follows_market or chosen.risk.sizing.kind == "volatility_target":
            strategy.levels = LevelReader(strategy, chosen.exits)
        return strategy

    def _prepare(self, choice: StrategyChoice) -> Callable[[], Strategy]:
        """A file of the user's is taken as it is at the start: an edit must not trade before the bot is run again."""
        for known, make in self._prepared:
            if known == choice:
                return make
        make = prepare(choice)
        self._prepared.append((choice, make))
        return make


def needs_detail(config: Config) -> bool:
    """Whether a strategy, or the guard of the spread, looks inside bars: a replay must then be played in detail."""
    if config.risk.guards.spread_max is not None:
        return True
    chosen = [config.strategy, *(config.for_symbol(symbol).strategy for symbol in config.symbol_names)]
    return any(make_strategy(each.choice).needs.inside_bars for each in chosen)


def expected_ready(config: Config) -> list[Address]:
    """The actors that must be ready before trading begins."""
    per_symbol = [address_of(role, symbol) for role in PER_SYMBOL_ROLES for symbol in config.fixed_symbols]
    universe = [address_of(Role.UNIVERSE)] if config.universe.kind == "rules" else []
    return [*per_symbol, *universe, address_of(Role.ACCOUNT)]


def universe_rules(wanted: UniverseConfig) -> UniverseRules:
    """The rules that choose symbols."""
    return UniverseRules(
        top=wanted.top,
        by=wanted.by,
        age_days_min=wanted.age_days_min,
        turnover_24h_min=_float(wanted.turnover_24h_min),
        spread_fraction_max=_float(wanted.spread_fraction_max),
        volatility_24h_min=_float(wanted.volatility_24h_min),
        volatility_24h_max=_float(wanted.volatility_24h_max),
        price_min=_float(wanted.price_min),
        price_max=_float(wanted.price_max),
        include=wanted.include,
        exclude=wanted.exclude,
    )


def _float(bound: Decimal | None) -> float | None:
    """Bounds are exact in the configuration; choices among symbols are made with floats."""
    return None if bound is None else float(bound)
