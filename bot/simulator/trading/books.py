"""The exchange's own ledger of an account, for others to compare theirs with."""

from typing import Any

from bot.simulator.numbers import plain
from bot.simulator.trading.account import Account, Execution
from bot.simulator.trading.rows import money


def account_books(account: Account, now_ms: int) -> dict[str, Any]:
    """Everything that makes up the account, ready for JSON; all numbers are strings."""
    held = sorted(account.held(), key=lambda each: each.symbol)
    return {
        "account": account.id,
        "now_ms": str(now_ms),
        "starting_balance": plain(account.starting_balance),
        "wallet_balance": plain(account.wallet),
        "realised_pnl": plain(account.realised),
        "fees": plain(account.fees),
        "positions": [
            {
                "symbol": each.symbol,
                "side": each.side,
                "size": plain(abs(each.size)),
                "avg_price": money(each.entry_price),
            }
            for each in held
        ],
        "executions": [_execution(each) for each in account.executions],
        "symbols": {
            symbol: {
                "realised_pnl": plain(totals.realised),
                "fees": plain(totals.fees),
                "volume": plain(totals.volume),
            }
            for symbol, totals in sorted(account.totals.items())
        },
    }


def _execution(execution: Execution) -> dict[str, Any]:
    return {
        "exec_id": execution.exec_id,
        "order_id": execution.order_id,
        "order_link_id": execution.link_id,
        "symbol": execution.symbol,
        "side": execution.side,
        "price": plain(execution.price),
        "qty": plain(execution.qty),
        "fee": plain(execution.fee),
        "realised_pnl": plain(execution.realised),
        "is_maker": execution.is_maker,
        "time_ms": str(execution.time_ms),
    }
