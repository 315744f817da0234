"""The simulated exchange in the same process, in place of pybit and its sockets."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.bybit.parse.frame import parse_frame
from bot.bybit.session import Answer, Reply
from bot.bybit.worker import ExchangeWorkerCore
from bot.domain.contract import Category
from bot.domain.messages import CandleUpdate, ExecuteRequest, Message, Started, Stream
from bot.domain.values import Candle, Symbol, TimeMs
from bot.simulator.exchange import Exchange
from bot.simulator.push import KlinePush, Push

PATHS: Mapping[str, tuple[str, str]] = {
    "place_order": ("POST", "/v5/order/create"),
    "amend_order": ("POST", "/v5/order/amend"),
    "cancel_order": ("POST", "/v5/order/cancel"),
    "cancel_all_orders": ("POST", "/v5/order/cancel-all"),
    "set_trading_stop": ("POST", "/v5/position/trading-stop"),
    "set_leverage": ("POST", "/v5/position/set-leverage"),
    "switch_position_mode": ("POST", "/v5/position/switch-mode"),
    "set_margin_mode": ("POST", "/v5/account/set-margin-mode"),
    "get_instruments_info": ("GET", "/v5/market/instruments-info"),
    "get_tickers": ("GET", "/v5/market/tickers"),
    "get_kline": ("GET", "/v5/market/kline"),
    "get_positions": ("GET", "/v5/position/list"),
    "get_open_orders": ("GET", "/v5/order/realtime"),
    "get_order_history": ("GET", "/v5/order/history"),
    "get_executions": ("GET", "/v5/execution/list"),
    "get_wallet_balance": ("GET", "/v5/account/wallet-balance"),
    "get_transaction_log": ("GET", "/v5/account/transaction-log"),
    "get_fee_rates": ("GET", "/v5/account/fee-rate"),
}
"""pybit's method names and what they call (Bybit V5 docs)."""


class ExchangeSession:
    """Answers REST calls from an exchange in this process, and keeps the pushes that they cause."""

    def __init__(self, exchange: Exchange, account: str) -> None:
        self._exchange = exchange
        self._account = account
        self._pushes: list[Push] = []
        self.now_ms = TimeMs(exchange.now_ms)

    def call(self, method: str, params: Mapping[str, Any]) -> Reply:
        """See VenueSession.call."""
        verb, path = PATHS[method]
        envelope, pushes = self._exchange.request(self._account, verb, path, params, self.now_ms)
        self._pushes.extend(pushes)
        return Answer(envelope["retCode"], envelope["retMsg"], envelope["result"], None)

    def take_pushes(self) -> Sequence[Push]:
        """The pushes since the last call, in order."""
        pushes, self._pushes = self._pushes, []
        return pushes


class InProcessWorker:
    """The exchange worker of a replay: the same core, and behind its answer the pushes that the request caused."""

    def __init__(self, session: ExchangeSession, category: Category = "linear") -> None:
        self._session = session
        self._category = category
        self._core = ExchangeWorkerCore(0, session, category)

    def handle(self, message: ExecuteRequest | Started, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        self._session.now_ms = now_ms
        out = [*self._core.handle(message, now_ms)]
        for push in self._session.take_pushes():
            out.extend(messages_of(push, now_ms, self._category))
        return out


def candle_of(push: KlinePush, category: Category) -> Candle:
    """The bar of a push, with what was traded in base coin."""
    volume = push.turnover if category == "inverse" else push.volume
    return Candle(TimeMs(push.start_ms), push.open, push.high, push.low, push.close, volume)


def messages_of(push: Push, now_ms: TimeMs, category: Category = "linear") -> Sequence[Message]:
    """What the bot reads from a push: the same messages as from its frame on the wire.

    A closed bar, which is nearly all of a replay, takes a short cut around text; a test holds the two ways equal.
    """
    if isinstance(push, KlinePush):
        return (CandleUpdate(Symbol(push.symbol), push.interval, candle_of(push, category), push.confirm),)
    stream = Stream.PUBLIC if push.account is None else Stream.PRIVATE
    return parse_frame(stream, push.frame(), now_ms, category)
