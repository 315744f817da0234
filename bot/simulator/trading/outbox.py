"""Private pushes: collected while something happens, handed out when it is done."""

from collections.abc import Sequence

from bot.simulator.ids import Ids
from bot.simulator.market.clock import MarketClock
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO
from bot.simulator.trading.account import Account, Execution
from bot.simulator.trading.late_push import LatePush
from bot.simulator.trading.margin import Margin, MarginSummary
from bot.simulator.trading.order import Order
from bot.simulator.trading.position import Position
from bot.simulator.trading.position_rows import PositionState, Valuation, position_push_row
from bot.simulator.trading.rows import execution_push_row, lost_cancel_row, order_push_row, order_values
from bot.simulator.trading.wallet_rows import WalletState, wallet_row

NONE: Sequence[LatePush] = ()
NO_SUMMARY = MarginSummary({}, ZERO, ZERO, ZERO, ZERO, ZERO)
"""Of a flat position no row tells anything that depends on the rest of the account."""


class Outbox:
    """Makes the frames of the private topics, each with the state at the moment it is told of."""

    def __init__(self, clock: MarketClock, ids: Ids, margin: Margin) -> None:
        self._clock = clock
        self._ids = ids
        self._margin = margin
        self._waiting: list[LatePush] = []

    def drain(self) -> Sequence[LatePush]:
        """Everything since the last call, in order."""
        if not self._waiting:
            return NONE
        waiting, self._waiting = self._waiting, []
        return waiting

    def order(self, order: Order) -> None:
        """Tell how an order stands. Orders that change at one moment, one after the other, share a frame."""
        last = self._waiting[-1] if self._waiting else None
        if last is None or last.topic != "order" or last.account != order.account or last.category != order.category:
            last = self._push("order", order.account, order.category, self._ids.frame_id())
        last.add(order_push_row, order_values(order))

    def lost_cancel(self, order: Order) -> None:
        """Tell a second time of an order that was filled before its cancel arrived."""
        push = self._push("order", order.account, order.category, self._ids.frame_id())
        push.add(lost_cancel_row, order_values(order))

    def executions(self, account: Account, fills: Sequence[Execution]) -> None:
        """Tell of everything that one order has traded at one moment, in one frame."""
        last = fills[-1]
        push = self._push("execution", account.id, last.category, f"{account.id}_{last.symbol}_{last.seq}")
        for fill in fills:
            push.add(execution_push_row, fill)

    def position(self, account: Account, position: Position, market: SymbolMarket, *, wallet: bool = False) -> None:
        """Tell how a position stands and, if it was changed too, the `wallet`."""
        summary = self._margin.summary(account) if wallet or position.size else NO_SUMMARY
        state = PositionState.of(position, Valuation(account, market.instrument, self._margin, summary))
        self._push("position", account.id, position.category, self._ids.frame_id()).add(position_push_row, state)
        if wallet:
            self._wallet(account, summary, (position.coin,))

    def wallet(self, account: Account, *coins: str) -> None:
        """Tell how some coins of the wallet stand."""
        self._wallet(account, self._margin.summary(account), coins)

    def _wallet(self, account: Account, summary: MarginSummary, coins: Sequence[str]) -> None:
        push = self._push("wallet", account.id, "", self._ids.frame_id())
        push.add(wallet_row, WalletState.of(account, summary, coins))

    def _push(self, topic: str, account_id: str, category: str, frame_id: str) -> LatePush:
        push = LatePush(topic, account_id, category, frame_id, self._clock.now_ms)
        self._waiting.append(push)
        return push
