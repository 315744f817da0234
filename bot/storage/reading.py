"""Reading the SQLite file while the bot runs, or afterwards."""

import sqlite3
from collections.abc import Iterable, Sequence
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
from sqlite_utils import Database

from bot.core.judgements import Exit, Judgement, judgement
from bot.domain.contract import settle_coin
from bot.domain.errors import UserError
from bot.domain.messages import OpenPosition, RunSummary
from bot.domain.values import ZERO, plain

RUNS_NAMED = 10
"""So many are offered to who asks for a run that is not there."""

LAST_ORDER_OF_A_TRADE = """
    SELECT orders.* FROM executions
    JOIN orders ON orders.book = executions.book AND orders.order_id = executions.order_id
    WHERE executions.book = :book AND executions.symbol = :symbol AND executions.time_ms <= :closed_ms
    ORDER BY executions.time_ms DESC, executions.rowid DESC LIMIT 1"""


class LedgerReader:
    """Questions about one run; read-only, so it never disturbs the bot. To be used by the thread that made it."""

    def __init__(self, file: Path, run_id: str | None = None) -> None:
        """``run_id`` None means the newest run. UserError if the file or the run is missing."""
        if not file.exists():
            raise UserError(f"{file}: there is no database; has the bot run with this state directory?")
        self._database = Database(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True))
        try:
            self.run = self._find_run(run_id)
        except sqlite3.Error as error:
            self.close()
            raise UserError(f"{file}: the database can not be read: {error}") from None
        except UserError:
            self.close()
            raise

    @property
    def coin(self) -> str:
        """The coin of all money of the run."""
        symbols = self.run["symbols"]
        return settle_coin(symbols.split(",")[0]) if symbols else "USDT"

    def _find_run(self, run_id: str | None) -> dict[str, Any]:
        # Not by started_ms: that is the market's time, and a simulated market begins at the same moment every time.
        newest = "SELECT * FROM runs ORDER BY rowid DESC LIMIT :count"
        chosen = "SELECT * FROM runs WHERE run_id = :run_id"
        runs = list(self._database.query(newest if run_id is None else chosen, {"run_id": run_id, "count": 1}))
        if not runs:
            newest_ids = [row["run_id"] for row in self._database.query(newest, {"count": RUNS_NAMED})]
            known = f"; the newest are {', '.join(newest_ids)}" if newest_ids else ""
            raise UserError(f"there is no run {run_id or ''} in this database{known}")
        return runs[0]

    def rows(self, table: str) -> Iterable[dict[str, Any]]:
        """All rows of the run's book in ``table``, in the order they were written."""
        return self._database.table(table).rows_where("book = :book", {"book": self.run["book"]}, order_by="rowid")

    def has(self, table: str) -> bool:
        """Whether the file has ``table``; one that an older version made may lack it."""
        return self._database.table(table).exists()

    def summary(self) -> RunSummary:
        """What the run came to, over closed trades and all fees."""
        net = [Decimal(row["net_pnl"]) for row in self.rows("trades") if row["run_id"] == self.run["run_id"]]
        fills = [row for row in self.rows("executions") if row["run_id"] == self.run["run_id"]]
        realised = sum((Decimal(row["realised_pnl"]) for row in fills), ZERO)
        fees = sum((Decimal(row["fee"]) for row in fills), ZERO)
        wins = sum(1 for each in net if each > 0)
        rate = Decimal(wins) / len(net) if net else None
        return RunSummary(len(net), wins, realised, fees, realised - fees, rate, self._open_positions(), self.coin)

    def _open_positions(self) -> tuple[OpenPosition, ...]:
        rows = [row for row in self.rows("positions") if Decimal(row["size"])]
        return tuple(
            OpenPosition(
                row["symbol"],
                Decimal(row["size"]),
                Decimal(row["entry_price"]),
                None if row["stop_price"] is None else Decimal(row["stop_price"]),
            )
            for row in rows
        )

    def judgements(self, symbol: str, newest: int, *, decided: bool = False) -> Sequence[Judgement]:
        """What was made of the newest bars of a symbol, oldest first; with ``decided`` only of those with a wish."""
        where = {"book": self.run["book"], "symbol": symbol, "newest": newest}
        rows = self._database.query(
            "SELECT * FROM judgements WHERE book = :book AND symbol = :symbol"
            " AND (direction IS NOT NULL OR NOT :decided) ORDER BY time_ms DESC LIMIT :newest",
            {**where, "decided": decided},
        )
        found = sorted(rows, key=itemgetter("time_ms"))
        answers = "SELECT * FROM entry_answers WHERE book = :book AND symbol = :symbol AND time_ms = :time_ms"
        return [
            judgement(row, list(self._database.query(answers, {**where, "time_ms": row["time_ms"]}))) for row in found
        ]

    def exits(self, symbol: str, newest: int) -> Sequence[Exit]:
        """How the newest round trips of a symbol ended, oldest first."""
        where = {"book": self.run["book"], "symbol": symbol, "newest": newest}
        sql = """SELECT * FROM trades WHERE book = :book AND symbol = :symbol
            ORDER BY closed_ms DESC, rowid DESC LIMIT :newest"""
        return [self._exit(row) for row in reversed(list(self._database.query(sql, where)))]

    def _exit(self, trade: dict[str, Any]) -> Exit:
        where = {"book": trade["book"], "symbol": trade["symbol"], "closed_ms": trade["closed_ms"]}
        last = next(iter(self._database.query(LAST_ORDER_OF_A_TRADE, where)), {})
        purpose = trade["exit_reason"]
        level = last.get("trigger_price") or (last.get("price") if purpose == "take profit" else None)
        decided_ms = last.get("decided_ms")
        wish = self._wish(where, decided_ms) if purpose == "signal" and decided_ms is not None else ""
        return Exit(
            trade["closed_ms"], trade["opened_ms"], trade["side"], trade["qty"], trade["entry_price"],
            trade["exit_price"], trade["net_pnl"], purpose, level or "", wish, self._latched(where, purpose),
        )  # fmt: skip

    def _wish(self, where: dict[str, Any], decided_ms: int) -> str:
        sql = """SELECT reason FROM signals WHERE book = :book AND symbol = :symbol AND time_ms <= :decided_ms
            ORDER BY time_ms DESC LIMIT 1"""
        rows = self._database.query(sql, {**where, "decided_ms": decided_ms})
        return next((row["reason"] or "" for row in rows), "")

    def _latched(self, where: dict[str, Any], purpose: str) -> str:
        """What a guard of the account has kept of its latching; gone once it was released."""
        sql = "SELECT key, text FROM notes WHERE book = :book AND owner = 'account' AND text IS NOT NULL"
        for row in self._database.query(sql, where) if self.has("notes") else ():
            if purpose.startswith(row["key"].replace("_", " ")):
                kept = msgspec.json.decode(row["text"])
                return str(kept.get("latched") or "") if isinstance(kept, dict) else ""
        return ""

    def books(self) -> dict[str, Any]:
        """The books kept from executions alone, in the shape in which the simulated exchange writes its own."""
        fills = list(self.rows("executions"))
        first_wallet = next((row for row in self.rows("wallet") if row["coin"] == self.coin), None)
        start = Decimal(first_wallet["wallet_balance"]) if first_wallet is not None else ZERO
        realised = sum((Decimal(row["realised_pnl"]) for row in fills), ZERO)
        fees, funding = _paid(fills)
        return {
            "coin": self.coin,
            "starting_balance": None if first_wallet is None else plain(start),
            "wallet_balance": None if first_wallet is None else plain(start + realised - fees - funding),
            "realised_pnl": plain(realised),
            "fees": plain(fees),
            "funding": plain(funding),
            "positions": [
                _position(row)
                for row in sorted(self.rows("positions"), key=lambda row: row["symbol"])
                if Decimal(row["size"])
            ],
            "executions": [_fill(row) for row in fills],
        }

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _paid(fills: Iterable[dict[str, Any]]) -> tuple[Decimal, Decimal]:
    """Trading fees and funding that executions have cost."""
    fees = funding = ZERO
    for row in fills:
        if row["exec_type"] == "Funding":
            funding += Decimal(row["fee"])
        else:
            fees += Decimal(row["fee"])
    return fees, funding


def _position(row: dict[str, Any]) -> dict[str, Any]:
    size = Decimal(row["size"])
    entry = Decimal(row["entry_price"]).quantize(Decimal("0.00000001"))
    return {
        "symbol": row["symbol"],
        "side": "Buy" if size > 0 else "Sell",
        "size": plain(abs(size)),
        "avg_price": plain(entry),
    }


def _fill(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "exec_id": row["exec_id"],
        "order_id": row["order_id"],
        "order_link_id": row["order_link_id"] or "",
        "symbol": row["symbol"],
        "exec_type": row["exec_type"],
        "side": row["side"],
        "price": plain(Decimal(row["price"])),
        "qty": plain(Decimal(row["qty"])),
        "fee": plain(Decimal(row["fee"])),
        "realised_pnl": plain(Decimal(row["realised_pnl"])),
        "is_maker": bool(row["is_maker"]),
        "time_ms": row["time_ms"],
    }
