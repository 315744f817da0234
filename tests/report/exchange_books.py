"""The figures of a run computed from the exchange's own books, without any code of the bot."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

DAY_MS = 86_400_000


class Trip(NamedTuple):
    symbol: str
    opened_ms: int
    closed_ms: int
    net: Decimal


def total(books: Mapping[str, Any], column: str, *, funding: bool | None = None, symbol: str | None = None) -> Decimal:
    """The sum over executions: all of them, or only those that are funding, or are not."""
    return sum(
        (
            Decimal(row[column])
            for row in books["executions"]
            if (funding is None or (row["exec_type"] == "Funding") is funding)
            and (symbol is None or row["symbol"] == symbol)
        ),
        Decimal(0),
    )


def trips(books: Mapping[str, Any]) -> list[Trip]:
    """From flat to flat. In this game an execution never closes and opens at once."""
    size: dict[str, Decimal] = defaultdict(Decimal)
    net: dict[str, Decimal] = defaultdict(Decimal)
    opened: dict[str, int] = {}
    out = []
    for row in books["executions"]:
        symbol = row["symbol"]
        opened.setdefault(symbol, int(row["time_ms"]))
        net[symbol] += Decimal(row["realised_pnl"]) - Decimal(row["fee"])
        if row["exec_type"] != "Funding":
            size[symbol] += Decimal(row["qty"]) * (1 if row["side"] == "Buy" else -1)
        if not size[symbol]:
            out.append(Trip(symbol, opened.pop(symbol), int(row["time_ms"]), net.pop(symbol)))
    return out


def equity_at(books: Mapping[str, Any], time_ms: int, closes: Mapping[str, float]) -> float:
    """Wallet and open profit after all executions up to a moment, at these prices."""
    wallet = Decimal(books["starting_balance"])
    size: dict[str, Decimal] = defaultdict(Decimal)
    cost: dict[str, Decimal] = defaultdict(Decimal)
    for row in _until(books, time_ms):
        symbol, realised = row["symbol"], Decimal(row["realised_pnl"])
        wallet += realised - Decimal(row["fee"])
        if row["exec_type"] != "Funding":
            signed = Decimal(row["qty"]) * (1 if row["side"] == "Buy" else -1)
            size[symbol] += signed
            cost[symbol] += signed * Decimal(row["price"]) + realised
    open_profit = sum(float(size[symbol]) * closes[symbol] - float(cost[symbol]) for symbol in size if size[symbol])
    return float(wallet) + open_profit


def _until(books: Mapping[str, Any], time_ms: int) -> Iterable[Mapping[str, Any]]:
    return (row for row in books["executions"] if int(row["time_ms"]) <= time_ms)
