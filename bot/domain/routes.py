"""Who receives what: the one routing table, used by the live bot and by the replay."""

from collections.abc import Collection, Iterable, Mapping
from enum import Enum, auto
from typing import NamedTuple

from bot.domain import messages as m
from bot.domain.address import Role, address_of
from bot.domain.values import Address, Symbol


class Reach(Enum):
    """Which of a role's actors a message goes to."""

    SHARED = auto()
    """The only actor of the role."""
    SAME_SYMBOL = auto()
    """The role's actor for ``message.symbol``."""
    EVERY_SYMBOL = auto()
    """The role's actors for all symbols, in the order of the configuration."""
    ADDRESSED = auto()
    """The actor named by ``message.to``."""
    WORKER = auto()
    """The exchange worker numbered ``message.worker``."""


class Route(NamedTuple):
    """One line of the table: a role and which of its actors."""

    role: Role | None
    reach: Reach


def _shared(role: Role) -> Route:
    return Route(role, Reach.SHARED)


def _same(role: Role) -> Route:
    return Route(role, Reach.SAME_SYMBOL)


def _every(role: Role) -> Route:
    return Route(role, Reach.EVERY_SYMBOL)


_ADDRESSED = Route(None, Reach.ADDRESSED)

_market_data = _same(Role.MARKET_DATA)
_analyzer = _same(Role.ANALYZER)
_position_manager = _same(Role.POSITION_MANAGER)
_account = _shared(Role.ACCOUNT)
_rate_limiter = _shared(Role.RATE_LIMITER)
_database = _shared(Role.DATABASE)
_alerting = _shared(Role.ALERTING)
_dashboard = _shared(Role.DASHBOARD)
_supervisor = _shared(Role.SUPERVISOR)
_universe = _shared(Role.UNIVERSE)
_feed = _shared(Role.FEED)

ROUTES: Mapping[type[m.Message], tuple[Route, ...]] = {
    # The market
    m.CandleUpdate: (_market_data,),
    m.TickerUpdate: (_market_data,),
    m.BookFrame: (_market_data,),
    m.TradesSeen: (_market_data,),
    m.ResubscribeWanted: (_feed,),
    m.QuoteChanged: (_dashboard,),
    m.CandleHistory: (_market_data,),
    m.CandlesLoaded: (_analyzer,),
    m.BarClosed: (_analyzer, _dashboard),
    m.MarketMoved: (_analyzer,),
    m.MarketDataIssue: (_alerting,),
    # Decisions
    m.BarJudged: (_database,),
    m.ClosesSeen: (_account,),
    m.PriceMarked: (_position_manager,),
    m.PositionAsked: (_position_manager,),
    m.SignalRaised: (_position_manager, _database, _dashboard),
    m.QuotesWanted: (_position_manager,),
    m.EntryWanted: (_account,),
    m.EntryApproved: (_position_manager, _database),
    m.EntryRefused: (_position_manager, _database, _alerting, _dashboard),
    m.EntryEnded: (_account,),
    m.WorkingEntriesTold: (_account,),
    m.PlanChanged: (_database, _dashboard),
    # Orders on their way out
    m.PlaceOrder: (_database,),
    m.OrderIntentSaved: (_rate_limiter,),
    m.AmendOrder: (_rate_limiter,),
    m.CancelOrder: (_rate_limiter,),
    m.CancelAllOrders: (_rate_limiter,),
    m.SetTradingStop: (_rate_limiter,),
    m.SetLeverage: (_rate_limiter,),
    m.SwitchPositionMode: (_rate_limiter,),
    m.SwitchMarginMode: (_rate_limiter,),
    m.FetchInstrument: (_rate_limiter,),
    m.FetchCandles: (_rate_limiter,),
    m.FetchPosition: (_rate_limiter,),
    m.FetchOpenOrders: (_rate_limiter,),
    m.FetchPositions: (_rate_limiter,),
    m.FetchWorkingOrders: (_rate_limiter,),
    m.FetchOrder: (_rate_limiter,),
    m.FetchBestPrices: (_rate_limiter,),
    m.FetchExecutions: (_rate_limiter,),
    m.FetchWallet: (_rate_limiter,),
    m.FetchTransfers: (_rate_limiter,),
    m.FetchFeeRates: (_rate_limiter,),
    m.FetchTickers: (_rate_limiter,),
    m.FetchContracts: (_rate_limiter,),
    m.ExecuteRequest: (Route(Role.EXCHANGE_WORKER, Reach.WORKER),),
    # Answers
    m.WorkerIdle: (_rate_limiter,),
    m.RequestFailed: (_ADDRESSED, _alerting),
    m.OrderAcknowledged: (_position_manager, _database),
    m.OrderRefused: (_position_manager, _database, _alerting),
    m.OrderOutcomeUnknown: (_position_manager, _database, _alerting),
    m.OrderLookedUp: (_position_manager,),
    m.OrderProvenAbsent: (_database,),
    m.OpenOrdersLoaded: (_position_manager,),
    m.WorkingOrdersLoaded: (_every(Role.POSITION_MANAGER),),
    m.PositionsLoaded: (_every(Role.POSITION_MANAGER), _account),
    m.AmendAnswered: (_position_manager,),
    m.CancelAnswered: (_position_manager,),
    m.CancelAllAnswered: (_position_manager,),
    m.TradingStopAnswered: (_position_manager,),
    m.LeverageAnswered: (_position_manager,),
    m.BestPricesLoaded: (_position_manager,),
    m.InstrumentLoaded: (_position_manager, _market_data),
    m.TransfersLoaded: (_account,),
    m.FeeRatesLoaded: (_account,),
    m.PositionModeAnswered: (_account,),
    m.MarginModeAnswered: (_account,),
    # Private news
    m.OrderUpdate: (_position_manager,),
    m.ExecutionReported: (_position_manager,),
    m.ExecutionsLoaded: (_position_manager,),
    m.PositionUpdate: (_position_manager,),
    m.WalletUpdate: (_account, _database),
    # The ledger
    m.LoadLedger: (_database,),
    m.LedgerLoaded: (_position_manager,),
    m.OrderChanged: (_database,),
    m.FillBooked: (_account, _database, _alerting, _dashboard),
    m.PositionChanged: (_analyzer, _database, _account, _dashboard),
    m.PositionMarked: (_account, _database, _dashboard),
    m.TradeClosed: (_account, _alerting, _dashboard),
    m.EquityChanged: (_database, _dashboard),
    m.LoadTrades: (_database,),
    m.TradesLoaded: (_ADDRESSED,),
    m.AccountState: (_dashboard,),
    # What must outlive the bot, and what reaches into it from beside
    m.ConfigRevised: (_account, _every(Role.POSITION_MANAGER), _alerting, _database),
    m.KeepNote: (_database,),
    m.LoadNotes: (_database,),
    m.NotesLoaded: (_ADDRESSED,),
    m.TradingModeWanted: (_account,),
    m.GuardReleaseWanted: (_account,),
    m.FlattenWanted: (_every(Role.POSITION_MANAGER),),
    m.ClosePositionWanted: (_position_manager,),
    m.CancelEntriesWanted: (_every(Role.POSITION_MANAGER),),
    # The universe
    m.TickersLoaded: (_universe,),
    m.ContractsLoaded: (_universe,),
    m.LoadHeldSymbols: (_database,),
    m.HeldSymbolsLoaded: (_universe,),
    m.UniverseChanged: (_dashboard, _database, _supervisor),
    m.SymbolsChanged: (_feed, _account, _universe),
    m.StreamJoined: (_market_data, _position_manager),
    m.SymbolLeaving: (_position_manager,),
    m.SymbolIdle: (_universe,),
    m.SymbolUnusable: (_universe,),
    # The bot itself
    m.Started: (_ADDRESSED,),
    m.WakeAt: (_shared(Role.CLOCK),),
    m.TimePassed: (_ADDRESSED,),
    m.PublicStreamUp: (_every(Role.MARKET_DATA), _dashboard),
    m.PrivateStreamUp: (_account, _every(Role.POSITION_MANAGER), _dashboard),
    m.StreamLost: (_every(Role.POSITION_MANAGER), _alerting, _dashboard),
    m.StreamSuspected: (_feed,),
    m.FrameUnreadable: (_alerting,),
    m.ActorReady: (_supervisor,),
    m.AllReady: (_account, _alerting, _dashboard),
    m.ActorFailed: (_supervisor, _alerting),
    m.ActorReplaced: (_feed, _universe, _account, _alerting),
    m.AlarmDue: (_shared(Role.CLOCK),),
    m.BotHalted: (_supervisor, _account, _alerting, _dashboard),
    m.RunStarted: (_database, _alerting),
    m.RunEnded: (_database, _alerting),
    m.DrainWanted: (_universe, _account, _every(Role.POSITION_MANAGER), _supervisor),
    m.Drained: (_supervisor,),
    m.AlertRaised: (_alerting,),
    m.AlertSent: (_database,),
}


class Switchboard:
    """Answers which addresses a message goes to in a bot whose symbols may change; remembers every answer.

    May be asked from any thread; one at a time may change the symbols.
    """

    def __init__(self, symbols: Iterable[Symbol]) -> None:
        self._symbols = tuple(symbols)
        self._by_symbol = {
            kind: any(route.reach is Reach.SAME_SYMBOL for route in routes) for kind, routes in ROUTES.items()
        }
        self._known: dict[tuple[type[m.Message], Symbol | None], tuple[Address, ...]] = {}

    def change(self, added: Collection[Symbol], removed: Collection[Symbol]) -> None:
        """Other symbols from now on; those that stay keep their order, and the added ones come behind them."""
        self._symbols = tuple(dict.fromkeys((*(each for each in self._symbols if each not in removed), *added)))
        self._known = {}  # after the symbols: who still holds the old answers writes into what nobody reads any more

    def recipients(self, message: m.Message) -> tuple[Address, ...]:
        """The addresses that ``message`` goes to, in order. KeyError if the type is missing from the table."""
        kind = type(message)
        symbol: Symbol | None = message.symbol if self._by_symbol[kind] else None  # type: ignore[attr-defined]
        answers = self._known
        known = answers.get((kind, symbol))
        if known is None:
            known, fixed = self._resolve(message, kind, symbol)
            if fixed:
                answers[kind, symbol] = known
        return known

    def _resolve(
        self, message: m.Message, kind: type[m.Message], symbol: Symbol | None
    ) -> tuple[tuple[Address, ...], bool]:
        """The addresses, and whether they are the same for every message of this type and symbol."""
        addresses: list[Address] = []
        fixed = True
        for role, reach in ROUTES[kind]:
            match reach:
                case Reach.SHARED:
                    addresses.append(address_of(_named(role)))
                case Reach.SAME_SYMBOL:
                    addresses.append(address_of(_named(role), symbol))
                case Reach.EVERY_SYMBOL:
                    addresses.extend(address_of(_named(role), each) for each in self._symbols)
                case Reach.ADDRESSED:
                    addresses.append(message.to)  # type: ignore[attr-defined]
                    fixed = False
                case Reach.WORKER:
                    addresses.append(address_of(_named(role), message.worker))  # type: ignore[attr-defined]
                    fixed = False
        return tuple(addresses), fixed


def _named(role: Role | None) -> Role:
    if role is None:
        raise ValueError("this reach needs a role")
    return role
