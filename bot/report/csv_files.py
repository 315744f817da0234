"""The report as CSV files: every trade, every point of equity, every day, every symbol. Money digit for digit."""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.errors import UserError
from bot.domain.values import plain
from bot.performance.breakdown import DayPart, Part
from bot.performance.report_data import AccountPoint, Report
from bot.performance.round_trips import RoundTrip
from bot.report.formatting import date

TRADE_COLUMNS = (
    "symbol", "side", "strategy", "opened", "closed", "hold_seconds", "qty", "entry_price", "exit_price",
    "realised_pnl", "fees", "funding", "slippage", "net_pnl", "mae", "mfe", "entry_reason", "exit_reason",
)  # fmt: skip
EQUITY_COLUMNS = ("time", "wallet_balance", "unrealised_pnl", "equity")
DAY_COLUMNS = (
    "date", "equity_before", "equity_after", "change", "fees", "funding", "trades", "won", "net_pnl_of_trades",
)  # fmt: skip
SYMBOL_COLUMNS = ("symbol", "trades", "won", "realised_pnl", "fees", "funding", "slippage", "net_pnl")


def write_csv(report: Report, folder: Path) -> list[Path]:
    """Write trades.csv, equity.csv, days.csv and symbols.csv into ``folder``, made if needed. UserError if it fails.

    Trades that are still open come last and have no ``closed``; an empty field is not known. Times are UTC, ISO 8601.
    """
    tables = {
        "trades": (TRADE_COLUMNS, (_trade(trip) for trip in (*report.trades, *report.open_trades))),
        "equity": (EQUITY_COLUMNS, (_point(point) for point in report.account)),
        "days": (DAY_COLUMNS, (_day(day) for day in report.days)),
        "symbols": (SYMBOL_COLUMNS, (_symbol(part) for part in report.by_symbol)),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_write(folder / f"{name}.csv", columns, rows) for name, (columns, rows) in tables.items()]
    except OSError as error:
        raise UserError(f"{folder}: cannot be written: {error.strerror or error}") from None


def _write(file: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows(rows)
    return file


def _trade(trip: RoundTrip) -> Sequence[object]:
    amounts = (trip.realised_pnl, trip.fees, trip.funding, trip.slippage, trip.net_pnl, trip.mae, trip.mfe)
    return (
        trip.symbol,
        "long" if trip.side.sign > 0 else "short",
        trip.strategy,
        _time(trip.opened_ms),
        _time(trip.closed_ms),
        "" if trip.hold_ms is None else trip.hold_ms / 1000,
        plain(trip.qty),
        plain(trip.entry_price),
        "" if trip.exit_price is None else plain(trip.exit_price),
        *("" if amount is None else plain(amount) for amount in amounts),
        trip.entry_reason,
        trip.exit_reason,
    )


def _point(point: AccountPoint) -> Sequence[object]:
    return (_time(point.time_ms), plain(point.wallet_balance), plain(point.unrealised_pnl), plain(point.equity))


def _day(day: DayPart) -> Sequence[object]:
    amounts = (day.equity_before, day.equity_after, day.change, day.fees, day.funding)
    return (date(day.start_ms), *map(plain, amounts), day.trades, day.won, plain(day.net_of_trades))


def _symbol(part: Part) -> Sequence[object]:
    amounts = (part.realised_pnl, part.fees, part.funding, part.slippage, part.net_pnl)
    return (part.name, part.trades, part.won, *map(plain, amounts))


def _time(time_ms: int | None) -> str:
    if time_ms is None:
        return ""
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
