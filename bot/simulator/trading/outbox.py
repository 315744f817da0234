"""Private pushes: collected while something happens, handed out when it is done."""

from collections.abc import Sequence
from typing import Any

from bot.simulator.ids import Ids
from bot.simulator.market.clock import MarketClock
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.push import FramePush
from bot.simulator.trading.account import Account, Execution
from bot.simulator.trading.margin import Margin, MarginSummary
from bot.simulator.trading.order import Order
from bot.simulator.trading.position import Position
from bot.simulator.trading.position_rows import Valuation, position_push_row
from bot.simulator.trading.rows import execution_push_row, order_push_row
from bot.simulator.trading.wallet_rows import wallet_row

NONE: Sequence[FramePush] = ()


class Outbox:
    """Makes the frames of the private topics, each with the state at the moment it is told of."""

    def __init__(self, clock: MarketClock, ids: Ids, margin: Margin) -> None:
        self._clock = clock
        self._ids = ids
        self._margin = margin
        self._waiting: list[FramePush] = []

    def drain(self) -> Sequence[FramePush]:
        """Everything since the last call, in order."""
        if not self._waiting:
            return NONE
        waiting, self._waiting = self._waiting, []
        return waiting

    def order(self, order: Order) -> None:
        """Tell how an order stands. Orders that change at one moment, one after the other, share a frame."""
        row = order_push_row(order)
        last = self._waiting[-1] if self._waiting else None
        if last is None or (last.topic, last.account, last.category) != ("order", order.account, order.category):
            self._add("order", order.account, order.category, self._ids.frame_id(), row)
        else:
            last.payload["data"].append(row)

    def lost_cancel(self, order: Order) -> None:
        """Tell a second time of an order that was filled before its cancel arrived."""
        row = order_push_row(order)
        row["cancelType"], row["rejectReason"] = "CancelByUser", "EC_OrigClOrdIDDoesNotExist"
        self._add("order", order.account, order.category, self._ids.frame_id(), row)

    def executions(self, account: Account, fills: Sequence[Execution]) -> None:
        """Tell of everything that one order has traded at one moment, in one frame."""
        last = fills[-1]
        frame_id = f"{account.id}_{last.symbol}_{last.seq}"
        self._add("execution", account.id, last.category, frame_id, *map(execution_push_row, fills))

    def position(self, account: Account, position: Position, market: SymbolMarket, *, wallet: bool = False) -> None:
        """Tell how a position stands and, if it was changed too, the `wallet`."""
        summary = self._margin.summary(account)
        row = position_push_row(position, Valuation(account, market.instrument, self._margin, summary))
        self._add("position", account.id, position.category, self._ids.frame_id(), row)
        if wallet:
            self._wallet(account, summary, (position.coin,))

    def wallet(self, account: Account, *coins: str) -> None:
        """Tell how some coins of the wallet stand."""
        self._wallet(account, self._margin.summary(account), coins)

    def _wallet(self, account: Account, summary: MarginSummary, coins: Sequence[str]) -> None:
        self._add("wallet", account.id, "", self._ids.frame_id(), wallet_row(account, summary, coins))

    def _add(self, topic: str, account_id: str, category: str, frame_id: str, *rows: dict[str, Any]) -> None:
        frame = {"id": frame_id, "topic": topic, "creationTime": self._clock.now_ms, "data": [*rows]}
        self._waiting.append(FramePush(topic, account_id, frame, category))
