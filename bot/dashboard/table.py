"""A snapshot of the bot as a table for a terminal, and as one line for everything else."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.core.dashboard import DashboardSnapshot, SymbolRow
from bot.domain.contract import amount_text, settle_coin, smallest_shown
from bot.domain.messages import TradingMode
from bot.domain.values import TimeMs, plain

STALE_MS = 30_000
"""For a market that runs as fast as the clock."""
WIDE = 100
"""Columns of a terminal that can show everything."""
_UNKNOWN = "-"


class Layout(NamedTuple):
    """What the table has to reckon with."""

    rows_max: int | None = None
    """Keep to so many symbols, those with positions first."""
    width: int = WIDE
    """Below WIDE columns the entry price is left out and the signals are cut."""
    stale_ms: float = STALE_MS
    """A price that is older, by the exchange's time, is shown as a fault."""


def render(snapshot: DashboardSnapshot, layout: Layout = Layout()) -> RenderableType:  # noqa: B008 - immutable
    """The table, below the totals and whatever is wrong."""
    shown = _most_important(snapshot.rows, layout.rows_max)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("symbol", no_wrap=True)
    entry = [("entry", 9)] if layout.width >= WIDE else []
    for heading, width in (("price", 9), ("position", 12), *entry, ("stop", 9), ("PnL", 8), ("feed", 4)):
        table.add_column(heading, justify="right", no_wrap=True, min_width=width)
    table.add_column("last signal")  # the only one that may shrink
    for row in shown:
        table.add_row(*_cells(row, layout))
    parts: list[RenderableType] = [_headline(snapshot), _totals(snapshot), table]
    hidden = len(snapshot.rows) - len(shown)
    if hidden:
        parts.append(Text(f"and {hidden} more symbols without a position", style="dim"))
    return Group(*parts)


def plain_line(snapshot: DashboardSnapshot) -> str:
    """The same in one line without colours: totals, streams, and the open positions."""
    words = [
        f"{clock_text(snapshot.now_ms)} {_state(snapshot)}",
        f"equity {_money(snapshot.equity, snapshot.coin)}",
        f"open PnL {_signed(snapshot.unrealised_pnl, snapshot.coin)}",
        f"open risk {_money(snapshot.open_risk, snapshot.coin)}",
        f"trades {snapshot.trades} net {_signed(snapshot.net_pnl, snapshot.coin)}",
        f"feed {_age(_oldest_feed_ms(snapshot))}",
    ]
    words += [
        f"{row.symbol} {_position(row)} at {_number(row.price)} {_signed(row.unrealised_pnl, settle_coin(row.symbol))}"
        for row in snapshot.rows
        if row.size
    ]
    return " | ".join(words)


def clock_text(time_ms: TimeMs) -> str:
    """A time of the exchange, in UTC."""
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"


def _most_important(rows: Sequence[SymbolRow], rows_max: int | None) -> Sequence[SymbolRow]:
    if rows_max is None or len(rows) <= rows_max:
        return rows
    return sorted(rows, key=lambda row: row.size == 0)[: max(1, rows_max)]


def _state(snapshot: DashboardSnapshot) -> str:
    if snapshot.halted is not None:
        return f"HALTED: {snapshot.halted}"
    down = [
        name
        for name, is_up in (("public", snapshot.public_is_up), ("private", snapshot.private_is_up))
        if is_up is False
    ]
    if down:
        return f"{' and '.join(down)} stream down"
    closed = _closed(snapshot)
    if closed:
        return closed
    return "trading" if snapshot.is_trading else "starting"


def _closed(snapshot: DashboardSnapshot) -> str:
    """Why the account opens nothing, by its mode or by guards that have latched; empty if it does."""
    state = snapshot.account_state
    if state is None:
        return ""
    mode = [] if state.mode is TradingMode.RUNNING else [f"{state.mode.replace('_', ' ')} ({state.mode_reason})"]
    return ", ".join([*mode, *(f"{guard.name.replace('_', ' ')}: {guard.reason}" for guard in state.guards)])


def _headline(snapshot: DashboardSnapshot) -> Text:
    state = _state(snapshot)
    style = {"trading": "green", "starting": "yellow"}.get(state, "bold red")
    return Text.assemble((f"{clock_text(snapshot.now_ms)} UTC  ", "dim"), (state, style))


def _totals(snapshot: DashboardSnapshot) -> Text:
    risk = _money(snapshot.open_risk, snapshot.coin)
    if snapshot.equity:
        risk += f" ({snapshot.open_risk / snapshot.equity:.2%})"
    gap = "   "
    return Text.assemble(
        "equity ",
        (_money(snapshot.equity, snapshot.coin), "bold"),
        f"{gap}wallet {_money(snapshot.wallet_balance, snapshot.coin)}{gap}open PnL ",
        _coloured(snapshot.unrealised_pnl, snapshot.coin),
        f"\nopen risk {risk} in {snapshot.open_positions}{gap}trades {snapshot.trades}, won {snapshot.wins}, net ",
        _coloured(snapshot.net_pnl, snapshot.coin),
    )


def _cells(row: SymbolRow, layout: Layout) -> Sequence[RenderableType]:
    entry, stop, pnl = _UNKNOWN, Text(_UNKNOWN), Text(_UNKNOWN)
    if row.size:
        entry = _number(row.entry_price)
        stop = Text("none", style="bold red") if row.stop_price is None else Text(_number(row.stop_price))
        pnl = Text.assemble(_coloured(row.unrealised_pnl, settle_coin(row.symbol)))
    is_stale = row.feed_age_ms is None or row.feed_age_ms > layout.stale_ms
    return (
        row.symbol,
        _number(row.price),
        _position(row),
        *([entry] if layout.width >= WIDE else []),
        stop,
        pnl,
        Text(_age(row.feed_age_ms), style="bold red" if is_stale else "green"),
        _signal(row),
    )


def _signal(row: SymbolRow) -> Text:
    if row.signal is None:
        return Text(_UNKNOWN)
    style = {"long": "green", "short": "red"}.get(row.signal, "")
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(row.signal.value, style=style).append(f" {_age(row.signal_age_ms)} ago")
    said = row.refusal or row.entry
    return text.append(f" ({said})", style="dim") if said else text


def _position(row: SymbolRow) -> str:
    if not row.size:
        return _UNKNOWN
    return f"{'long' if row.size > 0 else 'short'} {_number(abs(row.size))}"


def _oldest_feed_ms(snapshot: DashboardSnapshot) -> int | None:
    ages = [row.feed_age_ms for row in snapshot.rows]
    known = [age for age in ages if age is not None]
    return max(known) if known and len(known) == len(ages) else None


def _number(number: Decimal | None) -> str:
    if number is None:
        return _UNKNOWN
    return f"{Decimal(plain(number)):,f}"


def _money(amount: Decimal | None, coin: str) -> str:
    return _UNKNOWN if amount is None else amount_text(amount, coin)


def _signed(amount: Decimal, coin: str) -> str:
    return f"{amount.quantize(smallest_shown(coin)):+,f}"


def _coloured(amount: Decimal, coin: str) -> tuple[str, str]:
    style = "green" if amount > 0 else "red" if amount < 0 else ""
    return _signed(amount, coin), style


def _age(age_ms: int | None) -> str:
    """``0.4s``, ``12s``, ``5m``, ``3h``, ``2d``."""
    if age_ms is None:
        return _UNKNOWN
    seconds = age_ms / 1000
    if seconds < 10:  # noqa: PLR2004 - tenths matter only for what is fresh
        return f"{seconds:.1f}s"
    for unit, length_s, up_to_s in (("s", 1, 120), ("m", 60, 7_200), ("h", 3_600, 172_800)):
        if seconds < up_to_s:
            return f"{seconds // length_s:.0f}{unit}"
    return f"{seconds // 86_400:.0f}d"
