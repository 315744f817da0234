"""The exchange's own ledger of an account, for others to compare theirs with."""

from typing import Any

from bot.simulator.numbers import plain
from bot.simulator.trading.account import Account, Execution
from bot.simulator.trading.rows import money


def account_books(account: Account, now_ms: int) -> dict[str, Any]:
    """Everything that makes up the account, ready for JSON; all numbers are strings."""
    held = sorted(account.held(), key=lambda each: (each.market_id, each.idx))
    usdt = account.purse("USDT")
    return {
        "account": account.id,
        "now_ms": str(now_ms),
        "starting_balance": plain(usdt.starting),
        "wallet_balance": plain(usdt.wallet),
        "realised_pnl": plain(usdt.realised),
        "fees": plain(usdt.fees),
        "funding": plain(usdt.funding),
        "coins": {
            coin: {
                "starting_balance": plain(purse.starting),
                "wallet_balance": plain(purse.wallet),
                "realised_pnl": plain(purse.realised),
                "fees": plain(purse.fees),
                "funding": plain(purse.funding),
            }
            for coin, purse in sorted(account.coins.items())
        },
        "positions": [
            {
                "symbol": each.symbol,
                "category": each.category,
                "position_idx": each.idx,
                "side": each.side,
                "size": plain(abs(each.size)),
                "avg_price": money(each.entry_price),
            }
            for each in held
        ],
        "executions": [_execution(each) for each in account.executions],
        "symbols": {
            market_id: {
                "realised_pnl": plain(totals.realised),
                "fees": plain(totals.fees),
                "funding": plain(totals.funding),
                "volume": plain(totals.volume),
            }
            for market_id, totals in sorted(account.totals.items())
        },
    }


def _execution(execution: Execution) -> dict[str, Any]:
    return {
        "exec_id": execution.exec_id,
        "order_id": execution.order_id,
        "order_link_id": execution.link_id,
        "symbol": execution.symbol,
        "category": execution.category,
        "exec_type": execution.exec_type,
        "side": execution.side,
        "price": plain(execution.price),
        "qty": plain(execution.qty),
        "fee": plain(execution.fee),
        "realised_pnl": plain(execution.realised),
        "is_maker": execution.is_maker,
        "time_ms": str(execution.time_ms),
    }
