"""The ticker of a market: its last day at a glance (Bybit V5 docs, market/tickers and websocket public ticker)."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from bot.simulator.intervals import DAY_MS, HOUR_MS
from bot.simulator.market.book import Book
from bot.simulator.market.candles import Candle, forming_bar
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import plain, plain_float
from bot.simulator.push import FramePush

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
    """The tickers topic of one market: a snapshot first, then the fields that changed; of a pair always all."""

    def __init__(self, market: SymbolMarket, book: Book) -> None:
        self._market = market
        self._book = book
        self._topic = f"tickers.{market.symbol}"
        self._stats: DayStats | None = None
        self._fields = self.fields()

    def snapshot(self) -> FramePush:
        """The ticker that subscribers have got so far."""
        return self._push("snapshot", self._fields)

    def update(self) -> Sequence[FramePush]:
        """The fields that changed since the last push, if any."""
        fields = self.fields()
        changed = {name: value for name, value in fields.items() if value != self._fields[name]}
        self._fields = fields
        if not changed:
            return ()
        if self._market.category == "spot":
            return (self.snapshot(),)
        return (self._push("delta", {"symbol": self._market.symbol, **changed}),)

    def close(self) -> None:
        """Nobody subscribes any more."""

    def fields(self) -> dict[str, str]:
        """The ticker now."""
        market = self._market
        if self._stats is None or self._stats.bar_number != market.bar_number:
            self._stats = _day_stats(market)
        day = _with_forming(self._stats, forming_bar(market))
        fields = _price_fields(market, day)
        if market.category == "spot":
            return {**fields, "usdIndexPrice": plain(market.index_price)}
        return {**fields, **_contract_fields(market, day), **self.best()}

    def best(self) -> dict[str, str]:
        """The best prices and their sizes."""
        book = self._book
        bid, ask = (next(iter(book.shown(side, 1)), NO_LEVEL) for side in ("Buy", "Sell"))
        return {"bid1Price": bid[0], "bid1Size": bid[1], "ask1Price": ask[0], "ask1Size": ask[1]}

    def _push(self, kind: str, fields: dict[str, str]) -> FramePush:
        now_ms = self._market.clock.now_ms
        frame = {"topic": self._topic, "type": kind, "data": fields, "cs": now_ms, "ts": now_ms}
        return FramePush(self._topic, None, frame, self._market.category)


def rest_ticker(market: SymbolMarket, book: Book) -> dict[str, str]:
    """The row of market/tickers."""
    ticker = Ticker(market, book)
    fields = ticker.fields()
    known = market.known_ticker
    if market.category == "spot":
        return {**fields, **ticker.best(), **{name: known[name] for name in fields if name in known}}
    del fields["tickDirection"]
    interest = open_interest(market, market.clock.now_ms)
    fields["singleOpenInterest"], fields["singleOpenInterestValue"] = _interest_texts(market, interest / 2)
    row = {**fields, **dict.fromkeys(NO_VALUE_IN_REST, ""), "deliveryTime": "0"}
    return {**row, **{name: known[name] for name in row if name in known}, **ticker.best()}


def open_interest(market: SymbolMarket, at_ms: int) -> float:
    """Open interest of both sides at a moment of the past, in base coin (inverse: USD): half of the day's volume."""
    bars = market.bars
    last = bisect_left(bars.start, at_ms, hi=market.bar) - 1
    first = max(bisect_left(bars.start, at_ms - DAY_MS, hi=market.bar), 0)
    if last < 0:
        return 0.0
    before = bars.volume_so_far[first - 1] if first else bars.volume_so_far[0] - bars.volume[0]
    return (bars.volume_so_far[last] - before) / 2


def _price_fields(market: SymbolMarket, day: DayStats) -> dict[str, str]:
    """What contracts and pairs have in common."""
    last = market.last_price
    return {
        "symbol": market.symbol,
        "price24hPcnt": f"{float(last) / day.first_price - 1:.6f}",
        "lastPrice": plain(last),
        "prevPrice24h": plain_float(day.first_price),
        "highPrice24h": plain_float(max(day.high, float(last))),
        "lowPrice24h": plain_float(min(day.low, float(last))),
        "turnover24h": plain_float(round(day.turnover, 4)),
        "volume24h": plain_float(round(day.volume, 4)),
    }


def _contract_fields(market: SymbolMarket, day: DayStats) -> dict[str, str]:
    rules = market.instrument
    interest, value = _interest_texts(market, open_interest(market, market.clock.now_ms))
    return {
        "tickDirection": "PlusTick" if market.quote.rising else "MinusTick",
        "prevPrice1h": plain_float(day.hour_ago_price),
        "markPrice": plain(market.mark_price),
        "indexPrice": plain(market.index_price),
        "openInterest": interest,
        "openInterestValue": value,
        "fundingIntervalHour": str(rules.funding_interval_min // 60),
        "fundingCap": plain(rules.funding_cap),
        "nextFundingTime": str(market.next_funding_ms),
        "fundingRate": plain(market.funding_rate),
        "preOpenPrice": "",
        "preQty": "",
        "curPreListingPhase": "NotStarted" if market.status == "PreLaunch" else "",
    }


def _interest_texts(market: SymbolMarket, interest: float) -> tuple[str, str]:
    """Open interest and its value: in quote coin, of an inverse contract in base coin."""
    mark = float(market.mark_price)
    value = interest / mark if market.category == "inverse" else interest * mark
    return plain_float(round(interest, 3)), plain_float(round(value, 2))


def _day_stats(market: SymbolMarket) -> DayStats:
    bars, bar = market.bars, market.bar
    now_ms = market.clock.now_ms - market.clock.now_ms % market.interval_ms  # the same throughout a bar
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
