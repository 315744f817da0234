"""The SQLite file behind the database actor, through sqlite-utils."""

import sqlite3
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.core.rows import Row
from bot.domain.address import Role, address_of
from bot.domain.errors import UserError
from bot.domain.messages import ExecutionReported, LedgerLoaded, PlaceOrder, TradeClosed
from bot.domain.values import ZERO, Address, OrderLinkId, OrderType, Side, Symbol, TimeInForce, TimeMs
from bot.storage.schema import PRIMARY_KEYS, create_tables

FINAL = ("Filled", "Cancelled", "Rejected", "Deactivated", "Refused", "Absent")


class SqliteStore:
    """Rows of one run on one book (an account). To be used by the thread that made it.

    Write-ahead logging lets other programs read while the bot runs. With ``durable`` every write waits for the disk
    (``synchronous=FULL``); a replay can do without.
    """

    def __init__(self, file: Path, book: str, run_id: str, *, durable: bool = True) -> None:
        """Open or make the file. UserError if it can not be used."""
        self._book = book
        self._durable = durable
        self._run_id = run_id
        self._database = open_database(file)
        self._database.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
        self._appended: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = {}
        self._keyed: dict[tuple[str, tuple[Any, ...]], dict[str, Any]] = {}

    def put(self, table: str, row: Row) -> None:
        """See Store.put.

        Rows wait in memory for the commit: of a row that changes several times only the last state is written.
        """
        full: dict[str, Any] = {"book": self._book, "run_id": self._run_id, **row}
        key = PRIMARY_KEYS[table]
        if key is None:
            self._appended.setdefault((table, tuple(full)), []).append(tuple(full.values()))
        else:
            waiting = self._keyed.setdefault((table, tuple(full[column] for column in key)), full)
            if waiting is not full:
                waiting.update(full)

    def put_now(self, table: str, row: Row) -> None:
        """See Store.put_now. One statement outside any transaction: every further one would wait for other threads."""
        if not self._durable:
            self.put(table, row)
            return
        full: dict[str, Any] = {"book": self._book, "run_id": self._run_id, **row}
        self._database.conn.execute(_upsert_sql(table, tuple(full)), tuple(full.values()))

    def commit(self) -> None:
        """See Store.commit."""
        if not self._appended and not self._keyed:
            return
        with self._database.atomic():
            for (table, _), row in self._keyed.items():
                self._database.execute(_upsert_sql(table, tuple(row)), tuple(row.values()))
            for (table, columns), rows in self._appended.items():
                self._database.conn.executemany(_upsert_sql(table, columns), rows)
        self._appended, self._keyed = {}, {}

    def load_ledger(self, symbol: Symbol) -> LedgerLoaded:
        """See Store.load_ledger."""
        self.commit()
        where = {"book": self._book, "symbol": symbol}
        sql = "SELECT * FROM executions WHERE book = :book AND symbol = :symbol ORDER BY rowid"
        fills = list(self._rows(sql, where))
        orders = list(
            self._rows(
                "SELECT * FROM orders WHERE book = :book AND symbol = :symbol AND purpose IS NOT NULL ORDER BY rowid",
                where,
            )
        )
        return LedgerLoaded(
            symbol,
            tuple(execution_of(row) for row in fills),
            tuple((OrderLinkId(row["order_link_id"]), row["purpose"]) for row in orders),
            tuple(_intent(row) for row in orders if row["status"] not in FINAL),
            len(orders) + 1,
            self.load_notes(address_of(Role.POSITION_MANAGER, symbol)),
            *self._protection_of(symbol, Decimal(fills[-1]["size_after"]) if fills else ZERO, orders),
        )

    def _protection_of(
        self, symbol: Symbol, size: Decimal, orders: list[dict[str, Any]]
    ) -> tuple[Decimal | None, Decimal | None]:
        """Stop and target of a symbol's position: the table of positions may be a commit behind its first fill."""
        where = {"book": self._book, "symbol": symbol}
        for row in self._rows("SELECT * FROM positions WHERE book = :book AND symbol = :symbol", where):
            if Decimal(row["size"]) * size > 0 and row["stop_price"] is not None:
                return _decimal(row["stop_price"]), _decimal(row["target_price"])
        side = Side.BUY if size > 0 else Side.SELL
        for row in reversed(orders if size else []):
            if row["stop_loss"] is not None and row["side"] == side.value:
                return _decimal(row["stop_loss"]), _decimal(row["take_profit"])
        return None, None

    def load_notes(self, owner: Address) -> tuple[tuple[str, str], ...]:
        """See Store.load_notes."""
        self.commit()
        sql = "SELECT key, text FROM notes WHERE book = :book AND owner = :owner AND text IS NOT NULL ORDER BY key"
        return tuple((row["key"], row["text"]) for row in self._rows(sql, {"book": self._book, "owner": owner}))

    def load_trades(self, newest: int) -> tuple[TradeClosed, ...]:
        """See Store.load_trades."""
        self.commit()
        sql = "SELECT * FROM trades WHERE book = :book ORDER BY closed_ms DESC, rowid DESC LIMIT :newest"
        rows = list(self._rows(sql, {"book": self._book, "newest": newest}))
        return tuple(_trade(row) for row in reversed(rows))

    def held_symbols(self) -> tuple[Symbol, ...]:
        """See Store.held_symbols. By the last execution: the table of positions may be a commit behind."""
        over = ", ".join(f"'{status}'" for status in FINAL)
        sql = f"""
            SELECT symbol FROM executions AS last WHERE book = :book AND CAST(size_after AS REAL) <> 0 AND rowid = (
                SELECT MAX(rowid) FROM executions WHERE book = last.book AND symbol = last.symbol)
            UNION
            SELECT symbol FROM orders WHERE book = :book AND purpose IS NOT NULL AND status NOT IN ({over})
            ORDER BY symbol"""  # noqa: S608 - words of our own
        return tuple(Symbol(row["symbol"]) for row in self._rows(sql, {"book": self._book}))

    def close(self) -> None:
        """Commit and close the file."""
        self.commit()
        self._database.close()

    def _rows(self, sql: str, where: dict[str, Any]) -> Iterable[dict[str, Any]]:
        return self._database.query(sql, where)


@cache
def _upsert_sql(table: str, columns: tuple[str, ...]) -> str:
    """The statement that inserts a row or changes just these columns of it.

    Table.upsert of sqlite-utils would do the same, but it reads the table's schema anew for every row: half a
    millisecond on the way of every order, instead of a fiftieth of that.
    """
    names = ", ".join(f'"{column}"' for column in columns)
    places = ", ".join("?" * len(columns))
    sql = f'INSERT INTO "{table}" ({names}) VALUES ({places})'  # noqa: S608 - names from our own schema
    key = PRIMARY_KEYS[table]
    if key is None:
        return sql
    changes = ", ".join(f'"{column}" = excluded."{column}"' for column in columns if column not in {*key, "run_id"})
    return f"{sql} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"


def open_database(file: Path) -> Database:
    """Open or make the file with all its tables. UserError if it can not be used.

    A new file is its owner's alone, and with it what SQLite puts beside it: it takes over the mode.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)
        database = Database(sqlite3.connect(file, isolation_level=None))
    except (sqlite3.Error, OSError) as error:
        raise UserError(f"{file}: the database can not be used: {error}") from None
    try:
        database.enable_wal()
        create_tables(database)
    except sqlite3.Error as error:
        database.close()
        raise UserError(f"{file}: the database can not be used: {error}") from None
    return database


def count_runs(file: Path) -> int:
    """How many runs the file has seen; 0 if there is no file yet."""
    if not file.exists():
        return 0
    database = open_database(file)
    try:
        return int(database.table("runs").count)
    finally:
        database.close()


def execution_of(row: dict[str, Any]) -> ExecutionReported:
    """The execution that a row of the table ``executions`` holds."""
    return ExecutionReported(
        Symbol(row["symbol"]),
        row["exec_id"],
        row["exec_type"],
        row["order_id"],
        OrderLinkId(row["order_link_id"] or ""),
        Side(row["side"]),
        Decimal(row["price"]),
        Decimal(row["qty"]),
        Decimal(row["fee"]),
        row["fee_currency"],
        bool(row["is_maker"]),
        row["stop_order_type"],
        row["create_type"],
        TimeMs(row["time_ms"]),
    )


def _intent(row: dict[str, Any]) -> PlaceOrder:
    return PlaceOrder(
        Symbol(row["symbol"]),
        OrderLinkId(row["order_link_id"]),
        TimeMs(row["decided_ms"]),
        row["purpose"],
        Side(row["side"]),
        OrderType(row["order_type"]),
        Decimal(row["qty"]),
        _decimal(row["price"]),
        TimeInForce(row["time_in_force"]),
        bool(row["reduce_only"]),
        _decimal(row["stop_loss"]),
        _decimal(row["take_profit"]),
        _decimal(row["trigger_price"]),
        row["rises"] is None or bool(row["rises"]),
        _decimal(row["slippage_fraction"]),
        row["position_idx"] or 0,
        row["plan_id"] or "",
    )


def _trade(row: dict[str, Any]) -> TradeClosed:
    return TradeClosed(
        Symbol(row["symbol"]),
        Side(row["side"]),
        TimeMs(row["opened_ms"]),
        TimeMs(row["closed_ms"]),
        Decimal(row["qty"]),
        Decimal(row["entry_price"]),
        Decimal(row["exit_price"]),
        Decimal(row["realised_pnl"]),
        Decimal(row["fees"]),
        Decimal(row["net_pnl"]),
        row["exit_reason"],
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
