"""Whether the bot's books and the exchange's are the same, to the last digit."""

from collections.abc import Mapping
from typing import Any

import msgspec

TOTALS = ("starting_balance", "wallet_balance", "realised_pnl", "fees", "funding")
FILL_FIELDS = (
    "order_id",
    "order_link_id",
    "symbol",
    "exec_type",
    "side",
    "price",
    "qty",
    "fee",
    "realised_pnl",
    "is_maker",
    "time_ms",
)
POSITION_FIELDS = ("side", "size", "avg_price")


class Comparison(msgspec.Struct, frozen=True):
    """One figure in both books, as text."""

    what: str
    ledger: str
    exchange: str

    @property
    def equal(self) -> bool:
        """Whether both books say the same."""
        return self.ledger == self.exchange


def compare_books(ledger: Mapping[str, Any], exchange: Mapping[str, Any]) -> list[Comparison]:
    """Compare totals, positions and executions of two books in the shape that the simulated exchange writes.

    Totals, which are of the ledger's coin, and positions are always listed; executions only where they differ.
    """
    purse = exchange.get("coins", {}).get(ledger.get("coin"), exchange)
    totals = [Comparison(name, str(ledger.get(name)), str(purse.get(name))) for name in TOTALS]
    positions = _compare_rows("position", "symbol", POSITION_FIELDS, ledger["positions"], exchange["positions"])
    fills = _compare_rows("execution", "exec_id", FILL_FIELDS, ledger["executions"], exchange["executions"])
    count = Comparison("executions", str(len(ledger["executions"])), str(len(exchange["executions"])))
    return [*totals, count, *positions, *(each for each in fills if not each.equal)]


def _compare_rows(
    what: str, key: str, fields: tuple[str, ...], ours: list[dict[str, Any]], theirs: list[dict[str, Any]]
) -> list[Comparison]:
    our_rows = {row[key]: row for row in ours}
    their_rows = {row[key]: row for row in theirs}
    out: list[Comparison] = []
    for name in sorted(our_rows.keys() | their_rows.keys()):
        our_row, their_row = our_rows.get(name), their_rows.get(name)
        if our_row is None or their_row is None:
            out.append(Comparison(f"{what} {name}", _presence(our_row), _presence(their_row)))
            continue
        out.extend(Comparison(f"{what} {name} {field}", str(our_row[field]), str(their_row[field])) for field in fields)
    return out


def _presence(row: object) -> str:
    return "missing" if row is None else "there"
