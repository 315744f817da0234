"""One strategy: played over the wire and by backtest, every decision compared, and looked at for a look ahead.

Runs as a process of its own: the order comes as JSON in the first argument; what is going on is told line by line on
standard output, and the result in the last line.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from actors.run import run_bot
from bot.backtest.lookahead import compare
from bot.backtest.run import backtest
from bot.config.load import load_config
from bot.config.models import Config
from bot.core import rows
from bot.domain.errors import UserError
from bot.storage.parity import TABLES, count_of, first_difference
from bot.storage.reading import LedgerReader
from bot.strategies.registry import find_mistakes

ROOT = Path(__file__).parents[2]
EVERY_BAR = sys.maxsize


class Order(msgspec.Struct, frozen=True):
    """What to play: a strategy, its market from ``start_ms`` to ``end_ms``, and whether the rest of the records too."""

    strategy: str
    params: dict[str, object]
    folder: str
    symbols: Sequence[str]
    start_ms: int
    end_ms: int
    to_the_end: bool
    cuts: int
    place: str


class Result(msgspec.Struct, frozen=True):
    """What came of it: rows by table, seconds by what was done, and every difference."""

    rows: dict[str, int]
    seconds: dict[str, float]
    differences: Sequence[str]


def play(order: Order, tell: Callable[[str], None]) -> Result:
    """Play the market in all ways and compare. UserError if it can not be played."""
    place = Path(order.place)
    settings = _settings(order, order.end_ms)
    seconds: dict[str, float] = {}
    differences: list[str] = []

    @contextmanager
    def timed(what: str) -> Iterator[None]:
        tell(what)
        began_s = time.monotonic()
        yield
        seconds[what] = time.monotonic() - began_s

    with timed("wire"):
        run_bot(settings, place / "wire", None)
    with timed("replay"):
        backtest(settings, place / "replay.sqlite", "replay", _quiet, explains=True)
    wire_file = place / "wire" / settings.storage.file
    with closing(LedgerReader(wire_file)) as wire, closing(LedgerReader(place / "replay.sqlite")) as replayed:
        counts = dict(count_of(replayed, tuple(TABLES)))
        _note(differences, "over the wire and by backtest", first_difference(wire, replayed, tuple(TABLES)))
    if order.to_the_end:
        with timed("month"):
            backtest(_settings(order, None), place / "month.sqlite", "month", _quiet, explains=True)
        with (
            closing(LedgerReader(place / "replay.sqlite")) as short,
            closing(LedgerReader(place / "month.sqlite")) as long,
        ):
            counts["month"] = count_of(long, ("judgements",))["judgements"]
            found = first_difference(short, long, tuple(TABLES), order.end_ms)
            _note(differences, "cut short and in the month", found)
    with timed("lookahead"):
        for cut in compare(settings, order.cuts, order.end_ms):
            _note(differences, f"cut off at {cut.at_ms}", cut.difference)
    return Result(counts, seconds, differences)


def _settings(order: Order, end_ms: int | None) -> Config:
    strategy = msgspec.json.encode({"name": order.strategy, "params": order.params}).decode()
    overrides = [
        "venue.kind=simulator",
        "simulator.speed=lockstep",
        "simulator.feed.kind=candles",
        f"simulator.feed.folder={order.folder}",
        f"simulator.feed.start={_iso(order.start_ms)}",
        f"symbols={msgspec.json.encode(order.symbols).decode()}",
        f"strategy={strategy}",
    ]
    if end_ms is not None:
        overrides.append(f"simulator.feed.end={_iso(end_ms)}")
    return load_config(ROOT / "config.json", overrides, {}, None, find_mistakes)


def _iso(moment_ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment_ms / 1000))


def _note(differences: list[str], where: str, found: str | None) -> None:
    if found is not None:
        differences.append(f"{where}: {found}")


def _quiet(now_ms: int, bars: int) -> None:
    """Nobody reads it here."""


def main() -> None:
    """Play what was ordered; what the bot itself says goes to a file beside its databases."""
    order = msgspec.json.decode(sys.argv[1], type=Order)
    rows.JUDGEMENTS_KEPT = EVERY_BAR  # all of them are to be compared
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as teller:
        said = os.open(Path(order.place) / "said.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(said, 1)
        os.dup2(said, 2)

        def tell(line: str) -> None:
            teller.write(f"{line}\n")
            teller.flush()

        try:
            tell(msgspec.json.encode(play(order, tell)).decode())
        except UserError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
