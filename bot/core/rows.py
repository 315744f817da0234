"""The rows that messages become in the database. Money is written as text, digit for digit."""

from collections.abc import Mapping
from typing import assert_never

import msgspec

from bot.domain.messages import (
    AlertSent,
    BarJudged,
    ConfigRevised,
    EntryApproved,
    EntryRefused,
    EquityChanged,
    FillBooked,
    OrderAcknowledged,
    OrderChanged,
    OrderOutcomeUnknown,
    OrderProvenAbsent,
    OrderRefused,
    OrderUpdate,
    PlaceOrder,
    PlanChanged,
    PositionChanged,
    PositionMarked,
    RunEnded,
    RunStarted,
    SignalRaised,
    TradeClosed,
    UniverseChanged,
    WalletUpdate,
)
from bot.domain.values import interval_ms

type Value = str | int | float | bool | None
type Row = Mapping[str, Value]

type Recorded = (
    PlanChanged
    | OrderAcknowledged
    | OrderRefused
    | OrderOutcomeUnknown
    | OrderProvenAbsent
    | OrderChanged
    | FillBooked
    | PositionChanged
    | PositionMarked
    | EquityChanged
    | WalletUpdate
    | SignalRaised
    | BarJudged
    | EntryApproved
    | EntryRefused
    | AlertSent
    | UniverseChanged
    | ConfigRevised
    | RunStarted
    | RunEnded
)


def row_of(message: Recorded) -> tuple[str, Row]:
    """The table a message is written to, and the columns it sets."""
    match message:
        case PlanChanged():
            return "plans", _plan_row(message)
        case OrderChanged():
            return "orders", _order_row(message.order)
        case OrderAcknowledged():
            return "orders", _outcome_row(message, "Acknowledged", order_id=message.order_id)
        case OrderRefused():
            return "orders", _outcome_row(message, "Refused", status="Refused", text=f"{message.code} {message.text}")
        case OrderOutcomeUnknown():
            return "orders", _outcome_row(message, "Unknown", text=message.text)
        case OrderProvenAbsent():
            return "orders", _outcome_row(message, "Absent", status="Absent")
        case FillBooked():
            return "executions", _execution_row(message)
        case PositionChanged():
            return "positions", _position_row(message)
        case PositionMarked():
            return "marks", {
                "symbol": message.symbol,
                "time_ms": message.time_ms,
                "price": str(message.price),
                "low": str(message.low),
                "high": str(message.high),
                "unrealised_pnl": str(message.unrealised_pnl),
            }
        case EquityChanged():
            return "equity", _equity_row(message)
        case WalletUpdate():
            return "wallet", {
                "time_ms": message.time_ms,
                "coin": message.coin,
                "wallet_balance": str(message.wallet_balance),
                "by_rest": message.by_rest,
            }
        case SignalRaised():
            return "signals", _signal_row(message)
        case BarJudged():
            return "judgements", _judgement_row(message)
        case EntryApproved(symbol=symbol, wanted=wanted, qty=qty):
            return "entry_answers", {"symbol": symbol, "time_ms": wanted.time_ms, "qty": str(qty), "reason": ""}
        case EntryRefused(symbol=symbol, time_ms=time_ms, reason=reason):
            return "entry_answers", {"symbol": symbol, "time_ms": time_ms, "qty": "0", "reason": reason}
        case AlertSent():
            alert = message.alert
            return "alerts", {
                "time_ms": alert.time_ms,
                "severity": alert.severity.value,
                "title": alert.title,
                "text": alert.text,
                "delivered": message.delivered,
            }
        case UniverseChanged():
            return "universe", {
                "time_ms": message.time_ms,
                "added": ",".join(message.added),
                "removed": ",".join(message.removed),
                "kept_until_flat": ",".join(message.kept_until_flat),
                "reasons": msgspec.json.encode(dict(message.reasons)).decode(),
            }
        case ConfigRevised():
            changes = msgspec.json.encode(dict(message.changes)).decode()
            return "revisions", {"revision": message.revision, "time_ms": message.time_ms, "changes": changes}
        case RunStarted():
            return "runs", {
                "run_id": message.run_id,
                "started_ms": message.now_ms,
                "venue": message.venue,
                "symbols": ",".join(message.symbols),
                "version": message.version,
            }
        case RunEnded():
            return "runs", {"run_id": message.run_id, "ended_ms": message.now_ms}
        case _:
            assert_never(message)


def intent_row(order: PlaceOrder) -> Row:
    """The first row of an order, written before it is sent."""
    return {
        "key": order.order_link_id,
        "order_link_id": order.order_link_id,
        "symbol": order.symbol,
        "purpose": order.purpose,
        "side": order.side.value,
        "order_type": order.order_type.value,
        "qty": str(order.qty),
        "price": _text(order.price),
        "time_in_force": order.time_in_force.value,
        "reduce_only": order.reduce_only,
        "stop_loss": _text(order.stop_loss),
        "take_profit": _text(order.take_profit),
        "trigger_price": _text(order.trigger_price),
        "rises": order.rises,
        "slippage_fraction": _text(order.slippage_fraction),
        "position_idx": order.position_idx,
        "plan_id": order.plan_id,
        "revision": order.revision,
        "decided_ms": order.time_ms,
        "status": "Planned",
    }


def _plan_row(plan: PlanChanged) -> Row:
    return {
        "plan_id": plan.plan_id,
        "symbol": plan.symbol,
        "kind": plan.kind,
        "side": plan.side.value,
        "qty": str(plan.qty),
        "filled_qty": str(plan.filled_qty),
        "average_price": _text(plan.average_price),
        "children": plan.children,
        "moves": plan.moves,
        "state": plan.state.value,
        "reason": plan.reason,
        "began_ms": plan.began_ms,
        "updated_ms": plan.time_ms,
    }


def _outcome_row(
    message: OrderAcknowledged | OrderRefused | OrderOutcomeUnknown | OrderProvenAbsent, outcome: str, **more: Value
) -> Row:
    return {"key": message.order_link_id, "outcome": outcome, "answered_ms": message.time_ms, **more}


def _order_row(order: OrderUpdate) -> Row:
    return {
        "key": order.order_link_id or order.order_id,
        "order_link_id": order.order_link_id or None,
        "order_id": order.order_id,
        "symbol": order.symbol,
        "side": order.side.value,
        "order_type": order.order_type.value,
        "qty": str(order.qty),
        "status": order.status.value,
        "avg_price": str(order.avg_price),
        "cum_exec_qty": str(order.cum_exec_qty),
        "cum_exec_fee": str(order.cum_exec_fee),
        "reduce_only": order.reduce_only,
        "stop_order_type": order.stop_order_type,
        "create_type": order.create_type,
        "cancel_type": order.cancel_type,
        "reject_reason": order.reject_reason,
        "trigger_price": _text(order.trigger_price),
        "created_ms": order.created_ms,
        "updated_ms": order.updated_ms,
    }


def _execution_row(booked: FillBooked) -> Row:
    execution = booked.execution
    return {
        "exec_id": execution.exec_id,
        "symbol": execution.symbol,
        "exec_type": execution.exec_type,
        "order_id": execution.order_id,
        "order_link_id": execution.order_link_id,
        "purpose": booked.purpose,
        "side": execution.side.value,
        "price": str(execution.price),
        "qty": str(execution.qty),
        "fee": str(execution.fee),
        "fee_currency": execution.fee_currency,
        "is_maker": execution.is_maker,
        "stop_order_type": execution.stop_order_type,
        "create_type": execution.create_type,
        "realised_pnl": str(booked.realised_pnl),
        "size_after": str(booked.size_after),
        "entry_price_after": str(booked.entry_price_after),
        "time_ms": execution.time_ms,
    }


def trade_row(trade: TradeClosed) -> Row:
    """A round trip."""
    return {
        "symbol": trade.symbol,
        "side": trade.side.value,
        "opened_ms": trade.opened_ms,
        "closed_ms": trade.closed_ms,
        "qty": str(trade.qty),
        "entry_price": str(trade.entry_price),
        "exit_price": str(trade.exit_price),
        "realised_pnl": str(trade.realised_pnl),
        "fees": str(trade.fees),
        "net_pnl": str(trade.net_pnl),
        "exit_reason": trade.exit_reason,
    }


def _position_row(position: PositionChanged) -> Row:
    return {
        "symbol": position.symbol,
        "time_ms": position.time_ms,
        "size": str(position.size),
        "entry_price": str(position.entry_price),
        "stop_price": _text(position.stop_price),
        "target_price": _text(position.target_price),
        "leverage": str(position.leverage),
        "realised_pnl": str(position.realised_pnl),
        "fees": str(position.fees),
    }


def _equity_row(equity: EquityChanged) -> Row:
    return {
        "time_ms": equity.time_ms,
        "wallet_balance": str(equity.wallet_balance),
        "unrealised_pnl": str(equity.unrealised_pnl),
        "equity": str(equity.equity),
        "open_risk": str(equity.open_risk),
        "open_positions": equity.open_positions,
    }


JUDGEMENTS_KEPT = 500
"""Bars per symbol of which the reasons are kept: the oldest row makes way for the newest, so the table stays small."""


def _judgement_row(judged: BarJudged) -> Row:
    return {
        "symbol": judged.symbol,
        "slot": judged.time_ms // interval_ms(judged.interval) % JUDGEMENTS_KEPT,
        "time_ms": judged.time_ms,
        "strategy": judged.strategy,
        "interval": judged.interval,
        "price": judged.price,
        "ready": judged.ready,
        "direction": None if judged.direction is None else judged.direction.value,
        "strength": judged.strength,
        "score": judged.score,
        "threshold": judged.threshold,
        "reason": judged.reason,
        "breakdown": msgspec.json.encode(judged.breakdown).decode(),
    }


def _signal_row(signal: SignalRaised) -> Row:
    return {
        "time_ms": signal.time_ms,
        "symbol": signal.symbol,
        "strategy": signal.strategy,
        "interval": signal.interval,
        "direction": signal.direction.value,
        "strength": signal.strength,
        "price": signal.price,
        "stop_price": signal.stop_price,
        "target_price": signal.target_price,
        "breakdown": msgspec.json.encode(dict(signal.breakdown)).decode(),
        "reason": signal.reason,
    }


def _text(number: object) -> str | None:
    return None if number is None else str(number)
