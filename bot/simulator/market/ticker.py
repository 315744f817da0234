"""The ticker of a symbol: its last day at a glance."""

from bisect import bisect_left
from typing import NamedTuple

from bot.simulator.instruments import FUNDING_INTERVAL_MIN
from bot.simulator.intervals import DAY_MS, HOUR_MS, MINUTE_MS
from bot.simulator.market.book import Book
from bot.simulator.market.candles import Candle, forming_bar
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import plain, plain_float
from bot.simulator.push import FramePush

FUNDING_RATE = "0.0001"
"""Bybit's interest component; no funding is charged in this version."""
NO_LEVEL = ["", ""]
NO_VALUE_IN_REST = (
    "predictedDeliveryPrice", "basisRate", "basisRateYear", "basis", "deliveryFeeRate",
)  # fmt: skip


class DayStats(NamedTuple):
    """Closed bars of the last 24 hours; prices and turnover in quote coin, volume in base coin."""

    bar_number: int
    first_price: float
    hour_ago_price: float
    high: float
    low: float
    volume: float
    turnover: float


class Ticker:
    """The tickers topic of one symbol: a snapshot first, then the fields that changed."""

    def __init__(self, market: SymbolMarket, book: Book) -> None:
        self._market = market
        self._book = book
        self._topic = f"tickers.{market.symbol}"
        self._stats: DayStats | None = None
        self._fields = self.fields()

    def snapshot(self) -> FramePush:
        """The ticker that subscribers have got so far."""
        return self._push("snapshot", self._fields)

    def update(self) -> FramePush | None:
        """The fields that changed since the last push; None = none."""
        fields = self.fields()
        changed = {name: value for name, value in fields.items() if value != self._fields[name]}
        self._fields = fields
        if not changed:
            return None
        return self._push("delta", {"symbol": self._market.symbol, **changed})

    def fields(self) -> dict[str, str]:
        """The ticker now."""
        market, book = self._market, self._book
        if self._stats is None or self._stats.bar_number != market.bar_number:
            self._stats = _day_stats(market)
        stats, forming = self._stats, forming_bar(market)
        quote = market.quote
        last = market.price_of(quote.ticks)
        change = float(last) / stats.first_price - 1
        bid, ask = (next(iter(book.shown(side, 1)), NO_LEVEL) for side in ("Buy", "Sell"))
        interest = round(stats.volume / 2, 3)
        funding_ms = FUNDING_INTERVAL_MIN * MINUTE_MS
        next_funding_ms = market.clock.now_ms // funding_ms * funding_ms + funding_ms
        day = _with_forming(stats, forming)
        return {
            "symbol": market.symbol,
            "tickDirection": "PlusTick" if quote.rising else "MinusTick",
            "price24hPcnt": f"{change:.6f}",
            "lastPrice": plain(last),
            "prevPrice24h": plain_float(stats.first_price),
            "highPrice24h": plain_float(max(day.high, float(last))),
            "lowPrice24h": plain_float(min(day.low, float(last))),
            "prevPrice1h": plain_float(stats.hour_ago_price),
            "markPrice": plain(last),
            "indexPrice": plain(last),
            "openInterest": plain_float(interest),
            "openInterestValue": plain_float(round(interest * float(last), 2)),
            "turnover24h": plain_float(round(day.turnover, 4)),
            "volume24h": plain_float(round(day.volume, 4)),
            "fundingIntervalHour": str(FUNDING_INTERVAL_MIN // 60),
            "fundingCap": plain(market.instrument.funding_cap),
            "nextFundingTime": str(next_funding_ms),
            "fundingRate": FUNDING_RATE,
            "bid1Price": bid[0],
            "bid1Size": bid[1],
            "ask1Price": ask[0],
            "ask1Size": ask[1],
            "preOpenPrice": "",
            "preQty": "",
            "curPreListingPhase": "",
        }

    def _push(self, kind: str, fields: dict[str, str]) -> FramePush:
        now_ms = self._market.clock.now_ms
        frame = {"topic": self._topic, "type": kind, "data": fields, "cs": now_ms, "ts": now_ms}
        return FramePush(self._topic, None, frame, self._market.category)


def rest_ticker(market: SymbolMarket, book: Book) -> dict[str, str]:
    """The row of market/tickers."""
    fields = Ticker(market, book).fields()
    del fields["tickDirection"]
    fields["singleOpenInterest"] = fields["openInterest"]
    fields["singleOpenInterestValue"] = fields["openInterestValue"]
    return {**fields, **dict.fromkeys(NO_VALUE_IN_REST, ""), "deliveryTime": "0"}


def _day_stats(market: SymbolMarket) -> DayStats:
    bars, bar, now_ms = market.bars, market.bar, market.clock.now_ms
    first = bisect_left(bars.start, now_ms - DAY_MS, hi=bar)
    hour = bisect_left(bars.start, now_ms - HOUR_MS, hi=bar)
    opening = bars.open[min(first, len(bars) - 1)]
    return DayStats(
        market.bar_number,
        opening,
        bars.open[min(hour, len(bars) - 1)],
        max(bars.high[first:bar], default=opening),
        min(bars.low[first:bar], default=opening),
        sum(bars.volume[first:bar]),
        sum(bars.turnover[first:bar]),
    )


def _with_forming(stats: DayStats, forming: Candle | None) -> DayStats:
    if forming is None:
        return stats
    return stats._replace(
        high=max(stats.high, forming.high),
        low=min(stats.low, forming.low),
        volume=stats.volume + forming.volume,
        turnover=stats.turnover + forming.turnover,
    )
