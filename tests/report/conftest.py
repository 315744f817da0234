"""A week of an invented market, traded once for all tests of the report."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.backtest.run import BacktestResult, backtest
from bot.config.load import load_config
from bot.config.models import Config
from bot.performance.report_data import Report, make_report
from bot.storage.reading import LedgerReader
from bot.storage.report_reading import read_recorded

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def config() -> Config:
    return load_config(ROOT / "config.json", ['symbols=["BTCUSDT","SOLUSDT"]'], {}, None)


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report") / "backtest.sqlite"


@pytest.fixture(scope="session")
def played(config: Config, database: Path) -> BacktestResult:
    return backtest(config, database, "week", lambda _now_ms, _bars: None)


@pytest.fixture(scope="session")
def report(played: BacktestResult, database: Path) -> Iterator[Report]:
    assert played.summary.trades > 0
    reader = LedgerReader(database)
    yield make_report(read_recorded(reader))
    reader.close()
