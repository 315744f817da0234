"""The tables of the SQLite file. Numbers of money are kept as text, digit for digit."""

from typing import Any

from sqlite_utils import Database

PRIMARY_KEYS: dict[str, tuple[str, ...] | None] = {
    "runs": ("run_id",),
    "orders": ("book", "key"),
    "plans": ("book", "plan_id"),
    "executions": ("book", "exec_id"),
    "positions": ("book", "symbol"),
    "trades": None,
    "equity": None,
    "marks": None,
    "wallet": None,
    "signals": None,
    "judgements": ("symbol", "slot"),
    "entry_answers": None,
    "alerts": None,
    "universe": None,
    "revisions": None,
    "notes": ("book", "owner", "key"),
}
"""The key of each table; None for those that only grow. A book is one account: a simulator's lives for one run.

Judgements are kept in a ring of slots per symbol, whatever book they belong to: the newest replace the oldest.
"""

COLUMNS: dict[str, dict[str, type]] = {
    "runs": {
        "run_id": str, "book": str, "venue": str, "symbols": str, "version": str, "started_ms": int, "ended_ms": int,
    },
    "orders": {
        "book": str, "key": str, "run_id": str, "symbol": str, "order_link_id": str, "order_id": str, "purpose": str,
        "side": str, "order_type": str, "qty": str, "price": str, "time_in_force": str, "reduce_only": int,
        "stop_loss": str, "take_profit": str, "trigger_price": str, "rises": int, "slippage_fraction": str,
        "position_idx": int, "plan_id": str, "revision": int, "status": str, "outcome": str, "text": str,
        "avg_price": str, "cum_exec_qty": str, "cum_exec_fee": str, "stop_order_type": str, "create_type": str,
        "cancel_type": str, "reject_reason": str, "decided_ms": int, "answered_ms": int, "created_ms": int,
        "updated_ms": int,
    },
    "plans": {
        "book": str, "plan_id": str, "run_id": str, "symbol": str, "kind": str, "side": str, "qty": str,
        "filled_qty": str, "average_price": str, "children": int, "moves": int, "state": str, "reason": str,
        "began_ms": int, "updated_ms": int,
    },
    "executions": {
        "book": str, "exec_id": str, "run_id": str, "symbol": str, "exec_type": str, "order_id": str,
        "order_link_id": str, "purpose": str, "side": str, "price": str, "qty": str, "fee": str, "fee_currency": str,
        "is_maker": int, "stop_order_type": str, "create_type": str, "realised_pnl": str, "size_after": str,
        "entry_price_after": str, "time_ms": int,
    },
    "positions": {
        "book": str, "symbol": str, "run_id": str, "size": str, "entry_price": str, "stop_price": str,
        "target_price": str, "leverage": str, "realised_pnl": str, "fees": str, "time_ms": int,
    },
    "trades": {
        "book": str, "run_id": str, "symbol": str, "side": str, "opened_ms": int, "closed_ms": int, "qty": str,
        "entry_price": str, "exit_price": str, "realised_pnl": str, "fees": str, "net_pnl": str, "exit_reason": str,
    },
    "marks": {
        "book": str, "run_id": str, "symbol": str, "time_ms": int, "price": str, "low": str, "high": str,
        "unrealised_pnl": str,
    },
    "equity": {
        "book": str, "run_id": str, "time_ms": int, "wallet_balance": str, "unrealised_pnl": str, "equity": str,
        "open_risk": str, "open_positions": int,
    },
    "wallet": {
        "book": str, "run_id": str, "time_ms": int, "coin": str, "wallet_balance": str, "by_rest": int,
    },
    "signals": {
        "book": str, "run_id": str, "time_ms": int, "symbol": str, "strategy": str, "interval": str, "direction": str,
        "strength": float, "price": float, "stop_price": float, "target_price": float, "breakdown": str,
        "reason": str,
    },
    "judgements": {
        "book": str, "run_id": str, "symbol": str, "slot": int, "time_ms": int, "strategy": str, "interval": str,
        "price": float, "ready": int, "direction": str, "strength": float, "score": float, "threshold": float,
        "reason": str, "breakdown": str,
    },
    "entry_answers": {
        "book": str, "run_id": str, "symbol": str, "time_ms": int, "qty": str, "reason": str,
    },
    "alerts": {
        "book": str, "run_id": str, "time_ms": int, "severity": str, "title": str, "text": str, "delivered": int,
    },
    "universe": {
        "book": str, "run_id": str, "time_ms": int, "added": str, "removed": str, "kept_until_flat": str,
        "reasons": str,
    },
    "revisions": {"book": str, "run_id": str, "revision": int, "time_ms": int, "changes": str},
    "notes": {"book": str, "run_id": str, "owner": str, "key": str, "text": str},
}  # fmt: skip

INDEXES = (("orders", ("book", "symbol")), ("executions", ("book", "symbol")), ("trades", ("book", "run_id")))


def create_tables(database: Database) -> None:
    """Make the tables and columns that are missing; leaves what is there."""
    for name, columns in COLUMNS.items():
        key: Any = PRIMARY_KEYS[name]
        table = database.table(name)
        if not table.exists():
            table.create(columns, pk=key)
            continue
        for column, kind in columns.items():
            if column not in table.columns_dict:
                table.add_column(column, kind)
    for name, indexed in INDEXES:
        database.table(name).create_index(indexed, if_not_exists=True)
