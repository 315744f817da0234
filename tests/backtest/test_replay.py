"""The whole bot on one thread: every core, the exchange core, the database."""

from pathlib import Path

import pytest

from bot.backtest.exchange_session import messages_of
from bot.backtest.run import BacktestResult, backtest
from bot.bybit.parse.frame import parse_frame
from bot.config.load import load_config
from bot.config.models import Config
from bot.domain.errors import UserError
from bot.domain.messages import Stream
from bot.domain.values import TimeMs
from bot.performance.reconcile import compare_books
from bot.simulator.build import make_exchange
from bot.simulator.push import KlinePush
from bot.simulator.settings import SimulatorSettings
from bot.storage.parity import first_difference
from bot.storage.reading import LedgerReader

ROOT = Path(__file__).parent.parent.parent
CANDLES = ROOT.parent / "shared/data/bybit_linear_1m_20250530_20250629"
needs_candles = pytest.mark.skipif(not CANDLES.is_dir(), reason="the recorded candles are not on this machine")

REAL_HOURS = [
    "simulator.feed.kind=candles",
    f"simulator.feed.folder={CANDLES}",
    "simulator.feed.start=2025-06-05T12:00:00Z",
    "simulator.feed.end=2025-06-05T18:00:00Z",
    'symbols=["BTCUSDT","ETHUSDT","ADAUSDT"]',
]


def configured(*overrides: str) -> Config:
    return load_config(ROOT / "config.json", overrides, {}, None)


def play(config: Config, database: Path, run_id: str = "run") -> BacktestResult:
    return backtest(config, database, run_id, lambda _now_ms, _bars: None)


@pytest.mark.parametrize(
    "overrides",
    [('symbols=["BTCUSDT","ETHUSDT","SOLUSDT"]',), pytest.param(tuple(REAL_HOURS), marks=needs_candles)],
    ids=["synthetic", "real candles"],
)
def test_the_ledger_equals_the_exchanges_own_books(overrides: tuple[str, ...], tmp_path: Path) -> None:
    result = play(configured(*overrides), tmp_path / "ledger.sqlite")
    reader = LedgerReader(tmp_path / "ledger.sqlite")
    compared = compare_books(reader.books(), result.books)
    reader.close()
    assert result.summary.trades > 0
    assert [each for each in compared if not each.equal] == []


def test_the_same_market_gives_the_same_orders_twice(tmp_path: Path) -> None:
    config = configured('symbols=["BTCUSDT","ETHUSDT"]')
    play(config, tmp_path / "one.sqlite")
    play(config, tmp_path / "two.sqlite")
    one, two = LedgerReader(tmp_path / "one.sqlite"), LedgerReader(tmp_path / "two.sqlite")
    difference = first_difference(one, two)
    one.close()
    two.close()
    assert difference is None


def test_every_entry_carries_its_stop_and_no_more_positions_are_open_than_allowed(tmp_path: Path) -> None:
    config = configured("risk.max_open_positions=1")
    play(config, tmp_path / "ledger.sqlite")
    reader = LedgerReader(tmp_path / "ledger.sqlite")
    entries = [row for row in reader.rows("orders") if row["purpose"] == "entry"]
    equity = list(reader.rows("equity"))
    reader.close()
    assert entries
    assert all(row["stop_loss"] for row in entries)
    assert max(row["open_positions"] for row in equity) == 1


def test_a_bar_is_read_the_same_with_and_without_text() -> None:
    settings = SimulatorSettings(symbols=("BTCUSDT", "DOGEUSDT", "SOLUSDT"), seed=3, speed="lockstep")
    exchange = make_exchange(settings)
    for symbol in settings.symbols:
        assert exchange.subscribe(f"kline.1.{symbol}")
    for _ in range(600):
        (push,) = exchange.step()
        assert isinstance(push, KlinePush)
        now = TimeMs(exchange.now_ms)
        assert list(messages_of(push, now)) == list(parse_frame(Stream.PUBLIC, push.frame(), now))


def test_a_folder_without_candles_is_told_in_one_sentence(tmp_path: Path) -> None:
    config = configured("simulator.feed.kind=candles", f"simulator.feed.folder={tmp_path}")
    with pytest.raises(UserError, match="BTCUSDT"):
        play(config, tmp_path / "ledger.sqlite")
