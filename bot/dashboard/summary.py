"""What a run came to, for the person who started it."""

from decimal import Decimal

from rich.console import Console

from bot.domain.contract import amount_text, smallest_shown
from bot.domain.messages import OpenPosition, RunSummary
from bot.domain.values import plain

_PRICE = Decimal("0.00000001")


def print_summary(summary: RunSummary, console: Console | None = None) -> None:
    """Print trades, profit, fees and win rate: as a table on a terminal, else one ``name: value`` per line."""
    console = console or Console(highlight=False)
    lines = _lines(summary)
    if not console.is_terminal:
        for name, value in lines:
            console.print(f"{name}: {value}", markup=False, soft_wrap=True)
        return
    from rich.table import Table

    table = Table(title="this run", show_header=False, title_justify="left")
    table.add_column(style="dim")
    table.add_column(justify="right")
    for name, value in lines:
        table.add_row(name, value)
    console.print(table)


def _lines(summary: RunSummary) -> list[tuple[str, str]]:
    win_rate = "-" if summary.win_rate is None else f"{summary.win_rate:.1%}"
    step, coin = smallest_shown(summary.coin), "" if summary.coin == "USDT" else f" {summary.coin}"
    lines = [
        ("trades", f"{summary.trades}, of which won {summary.wins}"),
        ("win rate", win_rate),
        ("PnL before fees", f"{summary.realised_pnl.quantize(step):+,f}{coin}"),
        ("fees and funding", f"{amount_text(summary.fees, summary.coin)}{coin}"),
        ("net PnL", f"{summary.net_pnl.quantize(step):+,f}{coin}"),
    ]
    return [*lines, *(("left open", _position(each)) for each in summary.open_positions)]


def _position(position: OpenPosition) -> str:
    side = "long" if position.size > 0 else "short"
    stop = "without a stop" if position.stop_price is None else f"stop {plain(position.stop_price)} at the exchange"
    entry = plain(position.entry_price.quantize(_PRICE))
    return f"{position.symbol} {side} {plain(abs(position.size))} from {entry}, {stop}"
