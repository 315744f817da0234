"""Contracts that settle in USDC: they have no hedge mode, and their money is not USDT."""

from contextlib import closing
from pathlib import Path

import pytest

from bot.performance.reconcile import compare_books
from bot.storage.reading import LedgerReader
from tests.backtest.test_replay import configured, play


@pytest.mark.parametrize("symbol", ["BTCPERP", "ETHUSDC"])
def test_the_ledger_equals_the_exchanges_own_books(symbol: str, tmp_path: Path) -> None:
    result = play(configured(f'symbols=["{symbol}"]', 'interval="5"'), tmp_path / "ledger.sqlite")
    with closing(LedgerReader(tmp_path / "ledger.sqlite")) as reader:
        ours = reader.books()
    assert (ours["coin"], ours["starting_balance"]) == ("USDC", "10000")
    assert result.summary.trades > 0
    assert [each for each in compare_books(ours, result.books) if not each.equal] == []
