"""Order book, trades, funding rate and higher bars are the same over the wire and in a backtest, to the last digit."""

from contextlib import closing
from pathlib import Path

import pytest

from bot.storage.reading import LedgerReader
from tests.end_to_end.conftest import SYMBOLS
from tests.end_to_end.process import bot_says

INSIDER = '''
from bot.domain.messages import Direction
from bot.indicators import Ema
from bot.strategies import base


class Insider(base.Strategy):
    """Follows the order flow and writes down everything that it sees."""

    def __init__(self, parameters):
        super().__init__(parameters)
        self.use(Ema(5))
        self.use(Ema(3), "5")

    @property
    def needs(self):
        return base.MarketNeeds(book_depth=50, trades=True, ticker=True)

    def decide(self, view):
        book, flow, higher = view.book, view.flow, view.higher.get("5")
        if book is None or flow is None or higher is None or view.funding_rate is None:
            return base.Signal(reason="blind")
        seen = {
            **{name: getattr(book, name) for name in book.__struct_fields__},
            **{name: getattr(flow, name) for name in flow.__struct_fields__},
            **{f"higher {name}": getattr(higher, name) for name in higher.__struct_fields__},
            "funding": view.funding_rate,
        }
        direction = Direction.LONG if flow.signal > 0 else Direction.SHORT
        return base.Signal(direction=direction, breakdown=tuple((name, float(value)) for name, value in seen.items()))
'''


def signals(database: Path) -> list[tuple[object, ...]]:
    names = ("time_ms", "symbol", "direction", "breakdown")
    with closing(LedgerReader(database)) as reader:
        return sorted(tuple(row[name] for name in names) for row in reader.rows("signals"))


@pytest.mark.parametrize(("category", "symbols"), [("linear", SYMBOLS[:2]), ("inverse", ["BTCUSD"])])
def test_what_a_strategy_sees_inside_bars_is_the_same_both_ways(
    category: str, symbols: list[str], invented: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path / "insider.py"
    file.write_text(INSIDER, "utf-8")
    keep = tmp_path_factory.mktemp("runs")
    names = ",".join(f'"{symbol}"' for symbol in symbols)
    said = bot_says(
        "parity", "--set", f"venue.category={category}",
        "--set", f'strategy={{"file":"{file}"}}', "--set", f"symbols=[{names}]", "--folder", str(invented),
        "--start", "2026-01-05T00:00:00Z", "--end", "2026-01-05T00:30:00Z", "--keep", str(keep),
    )  # fmt: skip
    assert (said.returncode, said.stderr) == (0, ""), said.stdout + said.stderr
    wire, replayed = signals(keep / "wire/pyrmethus.sqlite"), signals(keep / "backtest.sqlite")
    assert wire == replayed
    assert len(wire) > 25 * len(symbols)  # nearly every bar of each: nothing was withheld
    assert all(len(str(breakdown)) > 400 for *_, breakdown in wire)
