"""Markets of one base coin move together."""

import math

import pytest

from bot.simulator.exchange import Exchange, ExchangeSettings
from bot.simulator.feeds import SyntheticFeed
from bot.simulator.market.clock import MarketClock
from bot.simulator.market.symbol_market import SymbolMarket
from tests.simulator.core.support import MINUTE_MS, START_MS

NAMES = ["BTCUSDT", "BTCUSD", "spot:BTCUSDT", "ETHUSDT", "spot:ETHUSDT"]


def test_a_pair_trades_at_the_index_of_its_contracts() -> None:
    feed = SyntheticFeed(NAMES, 3)
    markets = {name: SymbolMarket(feed, index, MarketClock(START_MS)) for index, name in enumerate(NAMES)}
    for linear, pair in (("BTCUSDT", "spot:BTCUSDT"), ("BTCUSD", "spot:BTCUSDT"), ("ETHUSDT", "spot:ETHUSDT")):
        distances = [
            markets[linear].index_ohlc(bar)[3] * markets[linear].tick / markets[pair].bars.close[bar] - 1
            for bar in range(4000, 5000)
        ]
        assert max(map(abs, distances)) < 1e-5
    contract, pair_bars = markets["BTCUSDT"].bars, markets["spot:BTCUSDT"].bars
    away = [contract.close[bar] / pair_bars.close[bar] - 1 for bar in range(len(contract))]
    assert 0.0001 < max(map(abs, away)) < 0.0012


@pytest.mark.parametrize("name", NAMES)
def test_shared_bars_are_a_market(name: str) -> None:
    feed = SyntheticFeed([name], 3)
    bars, tick = feed.bars(name), float(feed.instrument(name).tick_size)
    for open_, high, low, close in zip(bars.open, bars.high, bars.low, bars.close, strict=True):
        assert 0 < low <= min(open_, close) <= max(open_, close) <= high
        assert abs(close / tick - round(close / tick)) < 1e-6
    assert all(after == before for before, after in zip(bars.close, bars.open[1:], strict=False))


def test_inverse_volume_counts_dollars_and_turnover_coins() -> None:
    feed = SyntheticFeed(["BTCUSDT", "BTCUSD"], 3)
    linear, inverse = feed.bars("BTCUSDT"), feed.bars("BTCUSD")
    for bar in range(0, 4000, 100):
        assert math.isclose(inverse.volume[bar], linear.turnover[bar], rel_tol=0.01)
        assert math.isclose(inverse.turnover[bar], linear.volume[bar], rel_tol=0.01)


def test_all_categories_play_together_in_detail() -> None:
    exchange = Exchange(SyntheticFeed(NAMES, 3), ExchangeSettings(()))
    exchange.detail = True
    topics = ("orderbook.200", "orderbook.1", "tickers", "publicTrade", "priceLimit", "kline.5")
    for name in NAMES:
        category = "spot" if ":" in name else "linear" if name.endswith("T") else "inverse"
        for topic in topics:
            assert exchange.subscribe(f"{topic}.{name.removeprefix('spot:')}", category)
    pushes = exchange.advance(START_MS + MINUTE_MS)
    heard = {(push.category, push.topic) for push in pushes}
    assert len(heard) == len(NAMES) * len(topics)
    assert all(push.frame()["topic"] == push.topic for push in pushes)
