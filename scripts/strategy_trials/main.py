"""Every built-in strategy over the wire and by backtest: the same decisions, and none that knows the future?

    scripts/strategies FOLDER                     two days, two symbols, every strategy (a quarter of an hour)
    scripts/strategies FOLDER --month NAME...     these, and by backtest to the end of the records as well
    scripts/strategies FOLDER --hours 3 --symbols BTCUSDT

FOLDER holds candles of a minute (SYMBOL_1m.parquet or .csv). Each strategy is played in lockstep over the wire and by
backtest; judgements, signals, answers of the risk, orders and executions must be equal in every field. Then the market
is cut off at several moments: no decision before may change. Exit code 1 if anything differs.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from trial import Order, Result

from bot.strategies.registry import BUILT_IN

HOUR_MS = 3_600_000
VARIANTS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "confluence+book": ("confluence", {"weights": {"order_book": 1.0, "higher_timeframes": 1.0}}),
    "regime_momentum+trades": ("regime_momentum", {"use_trades": True, "confidence_min": 0.5}),
    "funding_carry+eager": ("funding_carry", {"enter_rate": 0.00002, "exit_rate": 0.00001, "stretch_atr": 0.5}),
}
"""Strategies with parameters that let them see more, or act more often, than the defaults."""
PLAYED: Mapping[str, tuple[str, dict[str, Any]]] = {**{name: (name, {}) for name in BUILT_IN}, **VARIANTS}
COLUMNS = ("bars", "signals", "answers", "orders", "executions", "wire s", "replay s", "lookahead s")


class Told(NamedTuple):
    """A strategy, and its result or why there is none."""

    name: str
    result: Result | str


def main() -> int:
    """Play what was asked for and print a line per strategy."""
    wanted = _arguments()
    header = [f"{'strategy':<23}", *(f"{name:>11}" for name in _columns(wanted)), "  result"]
    _print("".join(header))
    failed = 0
    with (
        tempfile.TemporaryDirectory(prefix="strategies-") as place,
        ThreadPoolExecutor(wanted.jobs) as pool,
        _progress(len(wanted.names)) as tell,
    ):
        trials = [pool.submit(_trial, name, wanted, Path(place) / name, tell) for name in wanted.names]
        for trial in trials:
            told = trial.result()
            failed += isinstance(told.result, str) or bool(told.result.differences)
            _print(_line(told, wanted))
    return min(failed, 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="strategies", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", help="the candles")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PLAYED)}; none: all of them")
    parser.add_argument("--days", type=float, default=2, help="how much is played both ways [2]")
    parser.add_argument("--hours", type=float, help="the same in hours")
    parser.add_argument("--start", type=_moment, default="2025-06-01", help="first day, as YYYY-MM-DD [2025-06-01]")
    parser.add_argument("--symbols", default="BTCUSDT,ETHUSDT", help="separated by commas [BTCUSDT,ETHUSDT]")
    parser.add_argument("--month", action="store_true", help="backtest to the end of the records as well")
    parser.add_argument("--cuts", type=int, default=3, help="how often the market is cut off [3]")
    parser.add_argument("--jobs", type=int, default=1, help="strategies at the same time [1]; distorts the seconds")
    wanted = parser.parse_intermixed_args()
    unknown = [name for name in wanted.names if name not in PLAYED]
    if unknown:
        parser.error(f"there is no strategy {', '.join(unknown)}; there is: {', '.join(PLAYED)}")
    wanted.names = wanted.names or list(PLAYED)
    wanted.folder = str(Path(wanted.folder).resolve())
    wanted.hours = wanted.hours or wanted.days * 24
    return wanted


def _moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def _trial(name: str, wanted: argparse.Namespace, place: Path, tell: Callable[[str, str | None], None]) -> Told:
    place.mkdir()
    strategy, params = PLAYED[name]
    end_ms = wanted.start + int(wanted.hours * HOUR_MS)
    symbols = wanted.symbols.split(",")
    order = Order(strategy, params, wanted.folder, symbols, wanted.start, end_ms, wanted.month, wanted.cuts, str(place))
    command = [sys.executable, str(Path(__file__).with_name("trial.py")), msgspec.json.encode(order).decode()]
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            last = line.strip()
            if not last.startswith("{"):
                tell(name, last)
    tell(name, None)
    if process.returncode or not last.startswith("{"):
        said = (place / "said.log").read_text("utf-8").splitlines() or ["nothing was said"]
        return Told(name, f"failed: {said[-1]}")
    return Told(name, msgspec.json.decode(last, type=Result))


def _columns(wanted: argparse.Namespace) -> Sequence[str]:
    return (*COLUMNS, "month bars", "month s") if wanted.month else COLUMNS


def _line(told: Told, wanted: argparse.Namespace) -> str:
    if isinstance(told.result, str):
        return f"{told.name:<23}  {told.result}"
    rows, seconds = told.result.rows, told.result.seconds
    figures = [f"{rows[name]:,}" for name in ("judgements", "signals", "entry_answers", "orders", "executions")]
    figures += [f"{seconds[name]:.1f}" for name in ("wire", "replay", "lookahead")]
    if wanted.month:
        figures += [f"{rows['month']:,}", f"{seconds['month']:.1f}"]
    verdict = "; ".join(told.result.differences) or "equal"
    return "".join([f"{told.name:<23}", *(f"{figure:>11}" for figure in figures), f"  {verdict}"])


@contextmanager
def _progress(count: int) -> Iterator[Callable[[str, str | None], None]]:
    """A line that tells what is going on, on a terminal; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _name, _stage: None
        return
    from rich.console import Console

    under_way: dict[str, str] = {}
    done = 0
    with Console(stderr=True).status("starting") as status:

        def tell(name: str, stage: str | None) -> None:
            nonlocal done
            if stage is None:
                under_way.pop(name, None)
                done += 1
            else:
                under_way[name] = stage
            status.update(f"{done} of {count}  " + ", ".join(f"{each}: {what}" for each, what in under_way.items()))

        yield tell


def _print(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
