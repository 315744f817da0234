"""Questions to Bybit. Asking twice does no harm, and a question that failed proves nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.bybit.outcomes import QueryFailedError, result_of
from bot.bybit.parse.fields import ParseError, Row, is_of, items, objects
from bot.bybit.parse.private import (
    ENTRY_PRICE_OF_QUERY,
    execution_reported,
    order_update,
    position_update,
    wallet_updates,
)
from bot.bybit.parse.public import candle_from_list
from bot.bybit.parse.rest import best_prices, contract_row, fee_rates, instrument, ticker_row
from bot.bybit.session import VenueSession
from bot.domain.contract import Category
from bot.domain.messages import (
    BestPricesLoaded,
    CandleHistory,
    ContractsLoaded,
    ExecutionReported,
    ExecutionsLoaded,
    FeeRatesLoaded,
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
    FetchWallet,
    FetchWorkingOrders,
    InstrumentLoaded,
    OpenOrdersLoaded,
    OrderLookedUp,
    OrderUpdate,
    PositionsLoaded,
    PositionUpdate,
    TickersLoaded,
    WalletUpdate,
    WorkingOrdersLoaded,
)
from bot.domain.values import ZERO, Candle, TimeMs

BARS_PER_PAGE = 1_000
ORDERS_PER_PAGE = 50
POSITIONS_PER_PAGE = 200
EXECUTIONS_PER_PAGE = 100
CONTRACTS_PER_PAGE = 1_000
PAGES_AT_MOST = 1_000
WEEK_MS = 7 * 24 * 3_600_000
"""The longest span of one execution/list query."""


class Queries:
    """Asks one venue. Every method raises QueryFailedError if the answer is missing, refused or not understood."""

    def __init__(self, session: VenueSession, category: Category = "linear") -> None:
        """Every symbol is of ``category``."""
        self._session = session
        self._category = category

    def instrument(self, request: FetchInstrument) -> InstrumentLoaded:
        """The trading rules of a symbol."""
        rows = self._rows("get_instruments_info", self._params(symbol=request.symbol))
        # A query for a linear symbol can return a contract of another kind beside it: the row's own type counts.
        kind = self._category.capitalize()
        found = [
            row
            for row in rows
            if row.get("symbol") == request.symbol and str(row.get("contractType", kind)).startswith(kind)
        ]
        if not found:
            raise QueryFailedError(0, f"no such {self._category} contract: {request.symbol}", transient=False)
        return InstrumentLoaded(request.symbol, _read(instrument, found[0]))

    def candles(self, request: FetchCandles) -> CandleHistory:
        """The newest bars, oldest first; the last one may still be forming. Asks page by page, newest first."""
        newest_first: list[Candle] = []
        params = self._params(symbol=request.symbol, interval=request.interval)
        while len(newest_first) < request.limit:
            wanted = min(request.limit - len(newest_first), BARS_PER_PAGE)
            params["limit"] = wanted
            rows = _read(lambda result: items(result, "list"), self._ask("get_kline", params))
            newest_first += [_read(lambda row: candle_from_list(row, request.symbol), row) for row in rows]
            if len(rows) < wanted:
                break
            params["end"] = newest_first[-1].start_ms - 1
        return CandleHistory(request.symbol, request.interval, tuple(reversed(newest_first)), request.is_check)

    def position(self, request: FetchPosition, now_ms: TimeMs) -> PositionUpdate:
        """The position of a symbol, in hedge mode that of the side asked for."""
        rows = self._rows("get_positions", self._params(symbol=request.symbol))
        positions = [
            _read(lambda row: _position(row, now_ms), row) for row in rows if row.get("symbol") == request.symbol
        ]
        if request.position_idx:
            positions = [position for position in positions if position.position_idx == request.position_idx]
        held = [position for position in positions if position.size]
        if len(held) > 1:
            raise QueryFailedError(0, f"{request.symbol} is held on both sides (hedge mode)", transient=False)
        flat = PositionUpdate(request.symbol, None, ZERO, ZERO, ZERO, None, None, now_ms, True, request.position_idx)
        return (held or positions or [flat])[0]

    def open_orders(self, request: FetchOpenOrders) -> OpenOrdersLoaded:
        """All open orders of a symbol, conditional ones included."""
        params = self._params(symbol=request.symbol, limit=ORDERS_PER_PAGE)
        rows = self._pages("get_open_orders", params)
        return OpenOrdersLoaded(request.symbol, tuple(_read(order_update, row) for row in rows))

    def positions(self, request: FetchPositions, now_ms: TimeMs) -> PositionsLoaded:
        """The open positions of all symbols that settle in a coin."""
        params = self._params(settleCoin=request.coin, limit=POSITIONS_PER_PAGE)
        found = (_read(lambda row: _position(row, now_ms), row) for row in self._pages("get_positions", params))
        return PositionsLoaded(request.coin, now_ms, tuple(position for position in found if position.size))

    def working_orders(self, request: FetchWorkingOrders, now_ms: TimeMs) -> WorkingOrdersLoaded:
        """The open orders of all symbols that settle in a coin, conditional ones included."""
        rows = self._pages("get_open_orders", self._params(settleCoin=request.coin, limit=ORDERS_PER_PAGE))
        return WorkingOrdersLoaded(request.coin, now_ms, tuple(_read(order_update, row) for row in rows))

    def order(self, request: FetchOrder, now_ms: TimeMs) -> OrderLookedUp:
        """One order, among open and recent ones, then in the history. None only if both know nothing of it."""
        params = self._params(symbol=request.symbol, orderLinkId=request.order_link_id)
        found: OrderUpdate | None = None
        for method in ("get_open_orders", "get_order_history"):
            rows = [row for row in self._rows(method, params) if row.get("orderLinkId") == request.order_link_id]
            if rows:
                found = _read(order_update, rows[0])
                break
        return OrderLookedUp(request.symbol, request.order_link_id, now_ms, found)

    def executions(self, request: FetchExecutions, now_ms: TimeMs) -> ExecutionsLoaded:
        """Every execution since a time, oldest first, each once."""
        by_id: dict[str, tuple[int, ExecutionReported]] = {}
        for start_ms in range(request.since_ms, max(now_ms, request.since_ms) + 1, WEEK_MS):
            end_ms = start_ms + WEEK_MS - 1
            window = {"startTime": start_ms, "endTime": end_ms, "limit": EXECUTIONS_PER_PAGE}
            for row in self._pages("get_executions", self._params(symbol=request.symbol, **window)):
                execution = _read(execution_reported, row)
                sequence = row.get("seq")
                by_id[execution.exec_id] = (sequence if isinstance(sequence, int) else 0, execution)
        in_order = sorted(by_id.values(), key=lambda entry: (entry[1].time_ms, entry[0], entry[1].exec_id))
        return ExecutionsLoaded(request.symbol, tuple(execution for _, execution in in_order))

    def wallet(self, request: FetchWallet, now_ms: TimeMs) -> WalletUpdate:
        """The unified account in one coin."""
        rows = self._rows("get_wallet_balance", {"accountType": "UNIFIED", "coin": request.coin})
        if not rows:
            raise QueryFailedError(0, "the account has no unified wallet", transient=False)
        updates = _read(lambda row: list(wallet_updates(row, now_ms, by_rest=True)), rows[0])
        never_held = WalletUpdate(now_ms, request.coin, ZERO, ZERO, ZERO, by_rest=True)
        return next((update for update in updates if update.coin == request.coin), never_held)

    def fee_rates(self, _request: FetchFeeRates) -> FeeRatesLoaded:
        """The fee rates of all symbols of the category."""
        return FeeRatesLoaded(tuple(_read(fee_rates, row) for row in self._rows("get_fee_rates", self._params())))

    def tickers(self, _request: FetchTickers) -> TickersLoaded:
        """The tickers of all contracts of the category, which come on one page."""
        return TickersLoaded(tuple(_read(ticker_row, row) for row in self._rows("get_tickers", self._params())))

    def best_prices(self, request: FetchBestPrices) -> BestPricesLoaded:
        """The best bid and ask of a symbol. QueryFailedError where the book has not both."""
        rows = self._rows("get_tickers", self._params(symbol=request.symbol))
        found = [_read(best_prices, row) for row in rows]
        if not found:
            raise QueryFailedError(0, f"no ticker of {request.symbol}", transient=True)
        return found[0]

    def contracts(self, _request: FetchContracts) -> ContractsLoaded:
        """All contracts of the category that trade: without a status the exchange lists no others."""
        rows = self._pages("get_instruments_info", self._params(limit=CONTRACTS_PER_PAGE))
        return ContractsLoaded(tuple(_read(contract_row, row) for row in rows))

    def _params(self, **params: str | int) -> dict[str, str | int]:
        return {"category": self._category, **params}

    def _ask(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return result_of(self._session.call(method, params))

    def _rows(self, method: str, params: Mapping[str, Any]) -> Sequence[Row]:
        return _read(objects, self._ask(method, params))

    def _pages(self, method: str, params: Mapping[str, Any]) -> Iterator[Row]:
        """The rows of the category, of all pages. The cursor goes back as it came: it is percent-encoded already."""
        seen: set[str] = set()
        cursor = ""
        for _ in range(PAGES_AT_MOST):
            result = self._ask(method, {**params, "cursor": cursor} if cursor else params)
            yield from (row for row in _read(objects, result) if is_of(row, self._category))
            cursor = result.get("nextPageCursor") or ""
            if not cursor:
                return
            if cursor in seen:
                raise QueryFailedError(0, f"{method}: the same page came twice", transient=True)
            seen.add(cursor)
        raise QueryFailedError(0, f"{method}: more than {PAGES_AT_MOST} pages", transient=True)


def _position(row: Row, now_ms: TimeMs) -> PositionUpdate:
    return position_update(row, ENTRY_PRICE_OF_QUERY, now_ms, by_rest=True)


def _read[Raw, Value](reader: Callable[[Raw], Value], raw: Raw) -> Value:
    try:
        return reader(raw)
    except (ParseError, AttributeError, TypeError) as error:
        raise QueryFailedError(0, f"the answer could not be understood: {error}", transient=True) from error
