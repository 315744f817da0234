"""What an actor ``exchange_worker/N`` does: one request at a time, by REST."""

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from bot.bybit import commands
from bot.bybit.outcomes import QueryFailedError, Silence
from bot.bybit.queries import Queries
from bot.bybit.session import Reply, VenueSession
from bot.bybit.transfers import transfers
from bot.domain.address import Role, address_of
from bot.domain.contract import Category
from bot.domain.messages import (
    AmendOrder,
    CancelAllOrders,
    CancelOrder,
    ExecuteRequest,
    FetchBestPrices,
    FetchCandles,
    FetchContracts,
    FetchExecutions,
    FetchFeeRates,
    FetchInstrument,
    FetchOpenOrders,
    FetchOrder,
    FetchPosition,
    FetchPositions,
    FetchTickers,
    FetchTransfers,
    FetchWallet,
    FetchWorkingOrders,
    Message,
    PlaceOrder,
    Request,
    RequestFailed,
    SetLeverage,
    SetTradingStop,
    Started,
    SwitchMarginMode,
    SwitchPositionMode,
    WorkerIdle,
)
from bot.domain.values import Address, TimeMs


class ExchangeWorkerCore:
    """Does requests through a session that blocks until the exchange answers; then it is idle again.

    An order is sent once. What became of it is said only where that is certain.
    """

    def __init__(self, worker: int, session: VenueSession, category: Category = "linear") -> None:
        """Every symbol that it is asked for is of ``category``."""
        self._worker = worker
        self._category = category
        self._session = _Attentive(session)
        self._queries = Queries(self._session, category)

    def handle(self, message: ExecuteRequest | Started, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle. Blocks for as long as the calls take."""
        match message:
            case Started():
                return (WorkerIdle(self._worker),)
            case ExecuteRequest(request=request):
                self._session.silence = Silence()
                answer = self._answer(request, now_ms)
                return (answer, WorkerIdle(self._worker, self._session.silence.retry_after_ms))
            case _:
                assert_never(message)

    def _answer(self, request: Request, now_ms: TimeMs) -> Message:
        try:
            return self._execute(request, now_ms)
        except QueryFailedError as error:
            return RequestFailed(asker_of(request), request, error.code, error.text, error.transient)

    def _execute(self, request: Request, now_ms: TimeMs) -> Message:  # noqa: C901, PLR0911, PLR0912 - one arm a request
        session, queries, category = self._session, self._queries, self._category
        match request:
            case PlaceOrder():
                return commands.place_order(session, request, now_ms, category)
            case CancelOrder():
                return commands.cancel_order(session, request, category)
            case AmendOrder():
                return commands.amend_order(session, request, category)
            case CancelAllOrders():
                return commands.cancel_all_orders(session, request, category)
            case SetTradingStop():
                return commands.set_trading_stop(session, request, category)
            case SetLeverage():
                return commands.set_leverage(session, request, category)
            case SwitchPositionMode():
                return commands.switch_position_mode(session, request, category)
            case SwitchMarginMode():
                return commands.switch_margin_mode(session, request)
            case FetchInstrument():
                return queries.instrument(request)
            case FetchCandles():
                return queries.candles(request)
            case FetchPosition():
                return queries.position(request, now_ms)
            case FetchOpenOrders():
                return queries.open_orders(request)
            case FetchPositions():
                return queries.positions(request, now_ms)
            case FetchWorkingOrders():
                return queries.working_orders(request, now_ms)
            case FetchOrder():
                return queries.order(request, now_ms)
            case FetchBestPrices():
                return queries.best_prices(request)
            case FetchExecutions():
                return queries.executions(request, now_ms)
            case FetchWallet():
                return queries.wallet(request, now_ms)
            case FetchTransfers():
                return transfers(session, request, now_ms)
            case FetchFeeRates():
                return queries.fee_rates(request)
            case FetchTickers():
                return queries.tickers(request)
            case FetchContracts():
                return queries.contracts(request)
            case _:
                assert_never(request)


class _Attentive:
    """A session that notes when Bybit asks for silence."""

    def __init__(self, session: VenueSession) -> None:
        self._session = session
        self.silence = Silence()

    def call(self, method: str, params: Mapping[str, Any]) -> Reply:
        reply = self._session.call(method, params)
        self.silence.note(reply)
        return reply


def asker_of(request: Request) -> Address:
    """Who asked, and is told when a request failed."""
    match request:
        case FetchWallet() | FetchTransfers() | FetchFeeRates() | FetchPositions() | FetchWorkingOrders():
            return address_of(Role.ACCOUNT)
        case SwitchPositionMode() | SwitchMarginMode():
            return address_of(Role.ACCOUNT)
        case FetchTickers() | FetchContracts():
            return address_of(Role.UNIVERSE)
        case FetchCandles():
            return address_of(Role.MARKET_DATA, request.symbol)
        case _:
            return address_of(Role.POSITION_MANAGER, request.symbol)
