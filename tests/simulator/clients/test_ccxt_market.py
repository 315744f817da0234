"""ccxt's public calls: markets, prices, candles, funding."""

import itertools
from typing import Any

import pytest

from tests.simulator.clients.ccxt_client import INVERSE, OTHER_SWAP, PAIR, SWAP
from tests.simulator.server.pybit_clients import eventually

MINUTE_MS = 60_000
EVERY_MARKET = (SWAP, INVERSE, PAIR)


@pytest.mark.parametrize(
    ("symbol", "precision", "minimum", "flags"),
    [
        (SWAP, {"amount": 0.001, "price": 0.1}, 0.001, {"swap": True, "linear": True, "inverse": False, "spot": False}),
        (OTHER_SWAP, {"amount": 0.01, "price": 0.01}, 0.01, {"swap": True, "linear": True, "settle": "USDT"}),
        (INVERSE, {"amount": 1.0, "price": 0.1}, 1.0, {"swap": True, "inverse": True, "settle": "BTC"}),
        (PAIR, {"amount": 1e-6, "price": 0.1}, 1e-6, {"spot": True, "swap": False, "contract": False}),
    ],
)
def test_markets_have_precision_limits_and_kind(
    markets: Any, symbol: str, precision: dict[str, float], minimum: float, flags: dict[str, Any]
) -> None:
    market = markets.market(symbol)
    assert precision.items() <= market["precision"].items()
    assert market["limits"]["amount"]["min"] == minimum
    assert market["limits"]["amount"]["max"] > minimum
    assert flags.items() <= market.items()
    assert market["active"]
    assert market["contractSize"] == (None if market["spot"] else 1.0)
    if not market["spot"]:
        assert market["limits"]["leverage"] == {"min": 1.0, "max": 100.0}


def test_every_market_and_coin_is_listed(markets: Any) -> None:
    assert set(markets.symbols) == {SWAP, OTHER_SWAP, INVERSE, PAIR}
    currencies = markets.fetch_currencies()
    assert {"BTC", "USDT", "ETH"} <= set(currencies)
    assert currencies["USDT"]["precision"] == 1e-8


def test_time_and_status(markets: Any) -> None:
    assert abs(markets.fetch_time() - markets.milliseconds()) < 5000
    assert markets.fetch_status()["status"] == "ok"


@pytest.mark.parametrize("symbol", EVERY_MARKET)
def test_a_ticker_is_in_itself_right(markets: Any, symbol: str) -> None:
    ticker = markets.fetch_ticker(symbol)
    assert ticker["symbol"] == symbol
    assert 0 < ticker["bid"] < ticker["ask"]
    assert ticker["bidVolume"] > 0
    assert ticker["askVolume"] > 0
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    assert ticker["percentage"] == pytest.approx((ticker["last"] / ticker["open"] - 1) * 100, abs=1e-3)
    assert ticker["baseVolume"] > 0
    assert ticker["quoteVolume"] > 0
    if symbol != PAIR:
        for name in ("markPrice", "indexPrice"):
            assert ticker[name] == pytest.approx(ticker["last"], rel=0.02)


def test_tickers_of_many_symbols_agree_with_single_ones(markets: Any) -> None:
    tickers = markets.fetch_tickers([SWAP, OTHER_SWAP])
    assert set(tickers) == {SWAP, OTHER_SWAP}
    for symbol, ticker in tickers.items():
        assert ticker["last"] == pytest.approx(markets.fetch_ticker(symbol)["last"], rel=0.02)
    quotes = markets.fetch_bids_asks([SWAP])[SWAP]
    assert quotes["bid"] < quotes["ask"]


def test_prices_move(markets: Any) -> None:
    first = markets.fetch_ticker(SWAP)["last"]
    eventually(lambda: markets.fetch_ticker(SWAP)["last"] != first, "the price stands still")


@pytest.mark.parametrize("symbol", EVERY_MARKET)
def test_an_order_book_is_sorted_and_as_deep_as_asked(markets: Any, symbol: str) -> None:
    book = markets.fetch_order_book(symbol, 50)
    bids, asks = book["bids"], book["asks"]
    assert len(bids) == len(asks) == 50
    assert [price for price, _ in bids] == sorted({price for price, _ in bids}, reverse=True)
    assert [price for price, _ in asks] == sorted({price for price, _ in asks})
    assert bids[0][0] < asks[0][0]
    assert all(amount > 0 for _, amount in bids + asks)


@pytest.mark.parametrize("symbol", EVERY_MARKET)
def test_candles_have_no_gaps_and_go_up(markets: Any, symbol: str) -> None:
    rows = markets.fetch_ohlcv(symbol, "1m", limit=30)
    times = [row[0] for row in rows]
    assert times == list(range(times[0], times[0] + 30 * MINUTE_MS, MINUTE_MS))
    for _, open_price, high, low, close, volume in rows:
        assert low <= min(open_price, close) <= max(open_price, close) <= high
        assert volume >= 0
    assert all(later[1] == earlier[4] for earlier, later in itertools.pairwise(rows))


def test_candles_since_a_time_are_the_same_ones(markets: Any) -> None:
    rows = markets.fetch_ohlcv(SWAP, "5m", limit=20)
    since = rows[4][0]
    again = markets.fetch_ohlcv(SWAP, "5m", since=since, limit=6)
    assert again == rows[4:10]
    hours = markets.fetch_ohlcv(SWAP, "1h", limit=3)
    assert [later[0] - earlier[0] for earlier, later in itertools.pairwise(hours)] == [3_600_000] * 2


def test_candles_of_other_prices(markets: Any) -> None:
    for fetch in (markets.fetch_mark_ohlcv, markets.fetch_index_ohlcv):
        rows = fetch(SWAP, "1m", limit=5)
        assert len(rows) == 5
        assert rows[-1][4] == pytest.approx(markets.fetch_ticker(SWAP)["last"], rel=0.02)
    premium = markets.fetch_premium_index_ohlcv(SWAP, "1m", limit=5)
    assert len(premium) == 5
    assert all(abs(value) < 0.02 for row in premium for value in row[1:5])


@pytest.mark.parametrize("symbol", EVERY_MARKET)
def test_trades_go_up_in_time_and_add_up(markets: Any, symbol: str) -> None:
    trades = markets.fetch_trades(symbol, limit=20)
    assert len(trades) == 20
    assert [each["timestamp"] for each in trades] == sorted(each["timestamp"] for each in trades)
    assert len({each["id"] for each in trades}) == 20
    for each in trades:
        assert each["side"] in {"buy", "sell"}
        value = each["amount"] / each["price"] if symbol == INVERSE else each["amount"] * each["price"]
        assert each["cost"] == pytest.approx(value, rel=1e-9)


def test_funding_rates(markets: Any) -> None:
    rate = markets.fetch_funding_rate(SWAP)
    assert rate["interval"] == "8h"
    assert abs(rate["fundingRate"]) <= 0.005
    assert rate["fundingTimestamp"] % (8 * 3_600_000) == 0
    rates = markets.fetch_funding_rates([SWAP, OTHER_SWAP])
    assert set(rates) == {SWAP, OTHER_SWAP}
    history = markets.fetch_funding_rate_history(SWAP, limit=2)
    assert [each["timestamp"] for each in history] == [
        rate["fundingTimestamp"] - hours * 3_600_000 for hours in (16, 8)
    ]


def test_open_interest_and_crowd(markets: Any) -> None:
    now = markets.fetch_open_interest(SWAP)
    history = markets.fetch_open_interest_history(SWAP, "1h", limit=3)
    assert now["openInterestAmount"] > 0
    assert [each["openInterestAmount"] > 0 for each in history] == [True] * 3
    assert [each["timestamp"] for each in history] == sorted(each["timestamp"] for each in history)
    ratios = markets.fetch_long_short_ratio_history(SWAP, "1h", limit=3)
    assert len(ratios) == 3
    assert all(0.1 < each["longShortRatio"] < 10 for each in ratios)


def test_leverage_tiers_join_up(markets: Any) -> None:
    tiers = markets.fetch_market_leverage_tiers(SWAP)
    assert tiers[0]["minNotional"] == 0
    assert tiers[0]["maxLeverage"] == 100
    assert tiers[0]["maintenanceMarginRate"] == 0.005
    for lower, upper in itertools.pairwise(tiers):
        assert upper["minNotional"] == lower["maxNotional"]
        assert upper["maxLeverage"] < lower["maxLeverage"]
        assert upper["maintenanceMarginRate"] > lower["maintenanceMarginRate"]
    assert markets.fetch_leverage_tiers([SWAP])[SWAP] == tiers
    assert markets.fetch_leverage_tiers([INVERSE])[INVERSE][0]["maxNotional"] == 150
