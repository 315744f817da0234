"""Positions (Bybit V5 docs, position/*)."""

from decimal import Decimal
from typing import Any

import msgspec

from bot.bybit.client.area import Area, changes_account
from bot.bybit.client.values import Category, Page, PositionIdx, PositionMode, Row, StopMode, TriggerBy
from bot.domain.values import OrderType

LINEAR = Category.LINEAR


class Position(Row, frozen=True):
    """One position; size 0 and no side when flat. ``size`` in base coin (inverse: USD)."""

    symbol: str
    size: Decimal
    side: str = ""
    position_idx: int = 0
    avg_price: Decimal | None = None
    """Entry price; the stream calls it ``entry_price``."""
    entry_price: Decimal | None = None
    position_value: Decimal | None = None
    leverage: Decimal | None = None
    mark_price: Decimal | None = None
    liq_price: Decimal | None = None
    break_even_price: Decimal | None = None
    position_im: Decimal | None = msgspec.field(name="positionIM", default=None)
    position_mm: Decimal | None = msgspec.field(name="positionMM", default=None)
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    trailing_stop: Decimal | None = None
    unrealised_pnl: Decimal | None = None
    cur_realised_pnl: Decimal | None = None
    cum_realised_pnl: Decimal | None = None
    position_status: str = ""
    adl_rank_indicator: int = 0
    auto_add_margin: int = 0
    updated_time_ms: int | None = None
    seq: int = -1


class ClosedPnl(Row, frozen=True):
    """Profit of one closing order after both fees. ``side`` is the closing side."""

    symbol: str
    order_id: str
    side: str
    qty: Decimal
    closed_size: Decimal
    avg_entry_price: Decimal
    avg_exit_price: Decimal
    closed_pnl: Decimal
    open_fee: Decimal | None = None
    close_fee: Decimal | None = None
    leverage: Decimal | None = None
    created_time_ms: int | None = None
    updated_time_ms: int | None = None


class Positions(Area):
    """Positions of the account, their stops, margin and leverage."""

    def get_positions(
        self,
        category: Category = LINEAR,
        symbol: str | None = None,
        base_coin: str | None = None,
        settle_coin: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Position]:
        """The position of a symbol, flat or not, or all open ones of a settle coin. ``limit`` 1 to 200."""
        return self._ask(
            "get_positions", Page[Position], category=category, symbol=symbol, base_coin=base_coin,
            settle_coin=settle_coin, limit=limit, cursor=cursor,
        )  # fmt: skip

    def get_closed_pnl(
        self,
        category: Category = LINEAR,
        symbol: str | None = None,
        start_time_ms: int | None = None,
        end_time_ms: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[ClosedPnl]:
        """What closing orders earned, newest first, of at most seven days. ``limit`` 1 to 100."""
        return self._ask(
            "get_closed_pnl", Page[ClosedPnl], category=category, symbol=symbol, start_time_ms=start_time_ms,
            end_time_ms=end_time_ms, limit=limit, cursor=cursor,
        )  # fmt: skip

    @changes_account
    def set_leverage(
        self, symbol: str, buy_leverage: Decimal, sell_leverage: Decimal, category: Category = LINEAR
    ) -> bool:
        """Set the leverage; both sides alike in one-way mode. False if it was so already."""
        return self._set(
            "set_leverage", category=category, symbol=symbol, buy_leverage=buy_leverage, sell_leverage=sell_leverage
        )

    @changes_account
    def switch_position_mode(
        self, mode: PositionMode, category: Category = LINEAR, symbol: str | None = None, coin: str | None = None
    ) -> bool:
        """Set one-way (0) or hedge mode (3) of a symbol or of all of a coin. False if it was so already."""
        return self._set("switch_position_mode", category=category, mode=mode, symbol=symbol, coin=coin)

    @changes_account
    def set_trading_stop(
        self,
        symbol: str,
        category: Category = LINEAR,
        tpsl_mode: StopMode = StopMode.FULL,
        position_idx: PositionIdx = PositionIdx.ONE_WAY,
        stop_loss: Decimal | None = None,
        take_profit: Decimal | None = None,
        trailing_stop: Decimal | None = None,
        active_price: Decimal | None = None,
        sl_trigger_by: TriggerBy | None = None,
        tp_trigger_by: TriggerBy | None = None,
        sl_size: Decimal | None = None,
        tp_size: Decimal | None = None,
        sl_order_type: OrderType | None = None,
        tp_order_type: OrderType | None = None,
        sl_limit_price: Decimal | None = None,
        tp_limit_price: Decimal | None = None,
    ) -> bool:
        """Set stop, target and trailing distance of a position; 0 removes one. False if it was so already."""
        return self._set(
            "set_trading_stop", category=category, symbol=symbol, tpsl_mode=tpsl_mode, position_idx=position_idx,
            stop_loss=stop_loss, take_profit=take_profit, trailing_stop=trailing_stop, active_price=active_price,
            sl_trigger_by=sl_trigger_by, tp_trigger_by=tp_trigger_by, sl_size=sl_size, tp_size=tp_size,
            sl_order_type=sl_order_type, tp_order_type=tp_order_type, sl_limit_price=sl_limit_price,
            tp_limit_price=tp_limit_price,
        )  # fmt: skip

    @changes_account
    def set_auto_add_margin(
        self,
        symbol: str,
        auto_add_margin: int,
        category: Category = LINEAR,
        position_idx: PositionIdx = PositionIdx.ONE_WAY,
    ) -> bool:
        """Have margin added by itself (1) or not (0); with isolated margin only."""
        return self._set(
            "set_auto_add_margin", category=category, symbol=symbol, auto_add_margin=auto_add_margin,
            position_idx=position_idx,
        )  # fmt: skip

    @changes_account
    def add_or_reduce_margin(
        self,
        symbol: str,
        margin: Decimal,
        category: Category = LINEAR,
        position_idx: PositionIdx = PositionIdx.ONE_WAY,
    ) -> Position:
        """Add margin (settle coin) to an isolated position, or take it out where negative."""
        return self._change(
            "add_or_reduce_margin", Position, category=category, symbol=symbol, margin=margin, position_idx=position_idx
        )

    @changes_account
    def confirm_new_risk_limit(self, symbol: str, category: Category = LINEAR) -> bool:
        """Accept a maintenance margin that Bybit has raised, so that the position may grow again."""
        return self._set("confirm_new_risk_limit", category=category, symbol=symbol)

    @changes_account
    def switch_margin_mode(
        self,
        symbol: str,
        trade_mode: int,
        buy_leverage: Decimal,
        sell_leverage: Decimal,
        category: Category = LINEAR,
    ) -> bool:
        """Margin mode of one symbol: refused by unified accounts, where set_margin_mode is for all symbols."""
        return self._set(
            "switch_margin_mode", category=category, symbol=symbol, trade_mode=trade_mode, buy_leverage=buy_leverage,
            sell_leverage=sell_leverage,
        )  # fmt: skip

    @changes_account
    def set_tp_sl_mode(self, symbol: str, tp_sl_mode: StopMode, category: Category = LINEAR) -> dict[str, Any]:
        """Given up by Bybit: the mode is chosen with each stop."""
        return self._change("set_tp_sl_mode", dict[str, Any], category=category, symbol=symbol, tp_sl_mode=tp_sl_mode)

    @changes_account
    def set_risk_limit(
        self, symbol: str, risk_id: int, category: Category = LINEAR, position_idx: PositionIdx = PositionIdx.ONE_WAY
    ) -> dict[str, Any]:
        """Given up by Bybit: the tier follows the position by itself."""
        return self._change(
            "set_risk_limit", dict[str, Any], category=category, symbol=symbol, risk_id=risk_id,
            position_idx=position_idx,
        )  # fmt: skip
