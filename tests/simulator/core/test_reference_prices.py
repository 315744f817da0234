"""Mark and index price, funding rates, and prices that are moved by hand."""

from decimal import Decimal
from pathlib import Path

import pytest

from bot.simulator.exchange import AccountSeed, Exchange, ExchangeSettings
from bot.simulator.feeds import CandleFeed, FeedError, SyntheticFeed
from bot.simulator.market.clock import MarketClock
from bot.simulator.market.symbol_market import NO_LEVELS, SymbolMarket
from bot.simulator.market.walk import Levels
from tests.simulator.core.support import MINUTE_MS, START_MS, ListedFeed, btc

CRASH = (100.0, 101.0, 50.0, 60.0)
FLAT = (100.0, 101.0, 99.0, 100.0)
HOUR_MS = 60 * MINUTE_MS
REAL = Path(__file__).parents[4] / "shared/data/bybit_linear_5m_20250924_20260430"


def _market(*bars: tuple[float, float, float, float], symbol: str = "BTCUSDT") -> SymbolMarket:
    return SymbolMarket(ListedFeed({symbol: bars}), 0, MarketClock(START_MS, opened=True))


def _ohlc_usdt(market: SymbolMarket, bar: int) -> tuple[float, ...]:
    return tuple(round(ticks * market.tick, 6) for ticks in market.mark_ohlc(bar))


def test_mark_and_index_stay_near_the_last_price() -> None:
    market = SymbolMarket(SyntheticFeed(["BTCUSDT"], 3), 0, MarketClock(START_MS, opened=True))
    bars = market.bars
    for bar in range(3000, 4000):
        for ohlc in (market.mark_ohlc(bar), market.index_ohlc(bar)):
            open_, high, low, close = (ticks * market.tick for ticks in ohlc)
            assert low <= min(open_, close) <= max(open_, close) <= high
            assert abs(close / bars.close[bar] - 1) < 0.002
            assert high < bars.high[bar] * 1.002
            assert low > bars.low[bar] * 0.998


def test_wicks_of_the_mark_are_a_little_shorter() -> None:
    market = _market(FLAT, CRASH, (60.0, 60.0, 60.0, 60.0))
    low = _ohlc_usdt(market, 2)[2]
    assert 50.5 < low < 51.6


def test_blocks_do_not_show() -> None:
    feed = SyntheticFeed(["BTCUSDT"], 3)
    market = SymbolMarket(feed, 0, MarketClock(START_MS, opened=True))
    whole = [market.mark_ohlc(bar) for bar in range(4000, 5000)]
    assert [market.mark_ohlc(bar) for bar in reversed(range(4000, 5000))] == whole[::-1]
    market.bar += 2600
    market.forget_bars(2000)
    gone = market.bars.dropped
    assert gone > 2000
    assert [market.mark_ohlc(bar - gone) for bar in range(gone, 5000)] == whole[gone - 4000 :]


def test_levels_of_every_price_are_touched_exactly() -> None:
    market = _market(FLAT, CRASH, FLAT)
    market.clock.now_ms = START_MS + MINUTE_MS
    market.bar += 1
    market.watch(NO_LEVELS, mark=Levels(800, None))
    assert market.watched
    assert market.may_touch()
    touch = market.next_touch()
    assert touch is not None
    assert 785 < touch.quote.ticks <= 800  # the first second past it
    market.clock.now_ms = touch.at_ms
    market.pin(touch)
    assert market.mark_ticks == touch.quote.ticks
    assert market.quote.ticks != 800
    waiting = {"last": 600, "mark": 550, "index": 700}
    order = []
    while waiting:
        market.watch(*(Levels(waiting.get(name), None) for name in ("last", "mark", "index")))
        touch = market.next_touch()
        assert touch is not None
        market.clock.now_ms = touch.at_ms
        market.pin(touch)
        prices = {"last": market.quote.ticks, "mark": market.mark_ticks, "index": market.index_ticks}
        (name,) = [name for name, ticks in waiting.items() if prices[name] <= ticks]
        assert prices[name] == touch.quote.ticks > waiting.pop(name) - 25
        order.append(name)
    assert order == ["index", "last", "mark"]


def test_spot_has_one_price_only() -> None:
    market = _market(FLAT, CRASH, symbol="spot:BTCUSDT")
    market.clock.now_ms += 1234
    assert market.mark_price == market.index_price == market.last_price
    assert market.funding_rate == 0


def test_funding_is_the_interest_rate_unless_the_premium_is_large() -> None:
    market = SymbolMarket(SyntheticFeed(["BTCUSDT"], 3), 0, MarketClock(START_MS, opened=True))
    rates = [market.settled_rate(START_MS + number * 8 * HOUR_MS) for number in range(-30, 0)]
    assert Decimal("0.0001") in rates
    assert len(set(rates)) > 5
    assert all(abs(rate) <= Decimal("0.00125") for rate in rates)
    assert market.next_funding_ms == START_MS + 8 * HOUR_MS
    assert market.funding_rate == market.settled_rate(START_MS)


def test_a_moved_price_goes_on_from_there_and_candles_agree() -> None:
    still = Exchange(SyntheticFeed(["BTCUSDT"], 3), ExchangeSettings(()))
    moved = Exchange(SyntheticFeed(["BTCUSDT"], 3), ExchangeSettings(()))
    for exchange in (still, moved):
        exchange.subscribe("kline.1.BTCUSDT")
        exchange.advance(START_MS + 90_500)
    market = moved._state.markets["BTCUSDT"]
    mark_before = market.mark_price
    before = market.quote.ticks
    moved.move_price("BTCUSDT", market.price_of(before * 9 // 10))
    assert market.quote.ticks == before * 9 // 10
    assert abs(float(market.mark_price / mark_before) - 0.9) < 1e-4
    candles = [
        [push.frame()["data"][0] for push in exchange.advance(START_MS + 5 * MINUTE_MS)] for exchange in (still, moved)
    ]
    for number, (old, new) in enumerate(zip(*candles, strict=True)):
        assert float(new["low"]) <= min(float(new["open"]), float(new["close"]))
        assert abs(float(new["close"]) / float(old["close"]) - 0.9) < 1e-4
        assert (new["open"] == old["open"]) == (number == 0)
    assert float(candles[1][0]["low"]) <= float(market.price_of(before * 9 // 10))
    later = moved.advance(START_MS + 6 * 1440 * MINUTE_MS)
    assert len(later) == 6 * 1440 - 5
    assert market.bars.dropped


def test_a_halted_market_stands_still_and_reopens_with_a_gap() -> None:
    exchange = Exchange(SyntheticFeed(["BTCUSDT"], 3), ExchangeSettings(()))
    exchange.advance(START_MS + 90_500)
    market = exchange._state.markets["BTCUSDT"]
    exchange.set_status("BTCUSDT", "Closed")
    price, mark = market.last_price, market.mark_price
    exchange.advance(START_MS + 95_500)
    assert (market.last_price, market.mark_price) == (price, mark)
    exchange.advance(START_MS + 10 * MINUTE_MS + 500)
    assert market.last_price == price
    assert market.bars.volume[market.bar - 1] == 0
    exchange.set_status("BTCUSDT", "Trading")
    exchange.advance(START_MS + 20 * MINUTE_MS)
    untouched = SyntheticFeed(["BTCUSDT"], 3).bars("BTCUSDT")
    assert market.bars.close[market.bar - 1] == untouched.close[untouched.start.index(START_MS + 19 * MINUTE_MS)]


def test_a_coarser_tick_counts_prices_anew() -> None:
    market = SymbolMarket(SyntheticFeed(["BTCUSDT"], 3), 0, MarketClock(START_MS + 500, opened=True))
    before, ticks = market.last_price, market.quote.ticks
    market.replace_rules(tick_size=Decimal(10))
    assert abs(market.last_price - before) <= 5
    assert market.quote.ticks == round(ticks / 100)
    assert market.mark_price % 10 == 0


def test_recorded_marks_and_funding_come_first(tmp_path: Path) -> None:
    rows = "".join(f"{START_MS + minute * MINUTE_MS},100,100.5,99.5,100,10\n" for minute in range(240))
    (tmp_path / "BTCUSDT_1m.csv").write_text("timestamp,open,high,low,close,volume\n" + rows)
    (tmp_path / "mark_1h_all.csv").write_text(
        "timestamp,open,high,low,close,symbol\n"
        f"{START_MS + HOUR_MS},100.1,103,97,100.2,BTCUSDT\n{START_MS},1,1,1,1,ETHUSDT\n"
    )
    (tmp_path / "funding_8h_all.csv").write_text(f"timestamp,symbol,funding_rate\n{START_MS},BTCUSDT,0.000321\n")
    market = SymbolMarket(CandleFeed(tmp_path, start_ms=START_MS), 0, MarketClock(START_MS))
    hour = [_ohlc_usdt(market, bar) for bar in range(60, 120)]
    assert hour[0][0] == 100.1
    assert hour[-1][3] == 100.2
    assert max(each[1] for each in hour) == 103
    assert min(each[2] for each in hour) == 97
    assert all(98 < each[2] <= each[1] < 102 for each in (_ohlc_usdt(market, bar) for bar in range(60)))
    assert market.settled_rate(START_MS) == Decimal("0.000321")


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("mark_1h_all.csv", "timestamp,open,high,low,symbol\n0,1,1,1,BTCUSDT\n", "column 'close' is missing"),
        ("mark_1h_all.csv", "timestamp,open,high,low,close,symbol\n5,1,1,1,1,BTCUSDT\n", "on every multiple"),
        ("mark_1h_all.csv", "timestamp,open,high,low,close,symbol\n0,1,1,2,1,BTCUSDT\n", "outside its own low"),
        ("funding_8h_all.csv", "timestamp,symbol,funding_rate\n0,BTCUSDT,7\n", "is no fraction"),
    ],
)
def test_bad_recordings_are_told(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    row = f"{START_MS},100,101,99,100,10\n"
    (tmp_path / "BTCUSDT_1m.csv").write_text("timestamp,open,high,low,close,volume\n" + row)
    (tmp_path / name).write_text(text)
    with pytest.raises(FeedError, match=complaint) as raised:
        CandleFeed(tmp_path)
    assert name in str(raised.value)


def test_a_linear_file_is_played_for_spot_and_inverse(tmp_path: Path) -> None:
    row = f"{START_MS},100,101,99,100,10\n"
    (tmp_path / "BTCUSDT_1m.csv").write_text("timestamp,open,high,low,close,volume\n" + row)
    feed = CandleFeed(tmp_path, ["BTCUSD", "spot:BTCUSDT"], START_MS)
    assert feed.bars("BTCUSD").close == feed.bars("spot:BTCUSDT").close == [100.0]
    assert (feed.bars("BTCUSD").volume, feed.bars("BTCUSD").turnover) == ([1000.0], [10.0])
    with pytest.raises(FeedError, match="no candle file for ETHUSD "):
        CandleFeed(tmp_path, ["ETHUSD"])


@pytest.mark.skipif(not REAL.is_dir(), reason="the recorded candles are not on this machine")
def test_a_long_at_ten_times_does_not_survive_the_tenth_of_october() -> None:
    at_ms = 1_760_130_900_000  # 2025-10-10 21:15 UTC
    exchange = Exchange(CandleFeed(REAL, ["ADAUSDT"], at_ms), ExchangeSettings((AccountSeed("main", Decimal(1000)),)))
    exchange.advance(at_ms + 1000)
    market = exchange._state.markets["ADAUSDT"]
    entry = market.mark_ticks
    liquidation = entry * 91 // 100
    market.watch(NO_LEVELS, mark=Levels(liquidation, None))
    touch = market.next_touch()
    assert touch is not None
    assert touch.quote.ticks == liquidation
    hour = [market.mark_ohlc(bar) for bar in range(market.bar - 3, market.bar + 9)]
    assert round(min(each[2] for each in hour) * market.tick, 4) == 0.2733
    assert round(hour[-1][3] * market.tick, 4) == 0.6010


def test_a_moved_price_reaches_what_waits_and_new_ticks_keep_it_waiting() -> None:
    session = btc(FLAT, FLAT, FLAT)
    session.play(0.1)
    bid = session.order("Buy", "1", "95")
    session.exchange.replace_rules("BTCUSDT", tick_size=Decimal("0.5"))
    session.exchange.move_price("BTCUSDT", Decimal(90))
    session.play(0.1)
    assert session.state_of(bid)["orderStatus"] == "Filled"
    assert session.state_of(bid)["avgPrice"] == "95"
    last = session.get("market/tickers", category="linear", symbol="BTCUSDT")["list"][0]["lastPrice"]
    assert 89 < float(last) < 91
