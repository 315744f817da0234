"""Public trades: the flow along the path of the price, and those of accounts.

A pure function of time and the bars, so that what was pushed is what queries find. In every half second one trade
prints the price at its end, and up to three more come in between, most of them on the side to which the price
moves; corners of the path print too. Sizes add up to about the volume of the bar; where that is zero nothing trades.
"""

import zlib
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from bot.simulator.ids import uuid_shaped
from bot.simulator.market.scatter import scatter
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.market.tape import Trade
from bot.simulator.market.walk import BarWalk
from bot.simulator.numbers import plain
from bot.simulator.push import FramePush

SLOT_MS = 500
TRADES_A_SLOT = 2.5
WITH_THE_FLOW = 180
"""Of 256 trades between the half seconds; the others go against it."""
WINDOW_MS = 20_000
MESSAGE_MAX = 1024
FIRST_SPOT_TRADE = 2_100_000_000_000_000_000


def street_trades(market: SymbolMarket, after_ms: int, until_ms: int) -> list[Trade]:
    """Trades without accounts, later than `after_ms` and not later than `until_ms` (a moment of the past), by time."""
    starts, found = market.bars.start, []
    bar = max(bisect_right(starts, after_ms) - 1, 0)
    while bar <= market.bar and bar < len(starts) and starts[bar] <= until_ms:
        if bar < market.bar or market.clock.has_passed(starts[bar]):
            found += _bar_trades(market, bar, max(after_ms + 1, starts[bar]), until_ms)
        bar += 1
    return sorted(found, key=_time)


def newest_trades(market: SymbolMarket, limit: int) -> list[Trade]:
    """The last trades, newest first."""
    starts, until_ms = market.bars.start, market.clock.now_ms
    found: list[Trade] = []
    while not market.bars_are_current and len(found) < limit and starts and until_ms >= starts[0]:
        bar = min(bisect_right(starts, until_ms) - 1, market.bar)
        until_ms = min(until_ms, starts[bar] + market.interval_ms - 1)  # over a gap in the bars
        after_ms = until_ms - WINDOW_MS
        found += reversed(street_trades(market, after_ms, until_ms))
        until_ms = after_ms
    found += reversed(market.tape.trades.rows)
    return sorted(found, key=_time, reverse=True)[:limit]


def trade_pushes(market: SymbolMarket, trades: list[Trade]) -> list[FramePush]:
    """Bybit V5 docs, websocket public trade: at most 1024 trades a message."""
    topic, now_ms = f"publicTrade.{market.symbol}", market.clock.now_ms
    pushes = []
    for first in range(0, len(trades), MESSAGE_MAX):
        rows = [_row(market, trade) for trade in trades[first : first + MESSAGE_MAX]]
        frame = {"topic": topic, "type": "snapshot", "ts": now_ms, "data": rows}
        pushes.append(FramePush(topic, None, frame, market.category))
    return pushes


def _time(trade: Trade) -> int:
    return trade.time_ms


def _row(market: SymbolMarket, trade: Trade) -> dict[str, Any]:
    row: dict[str, Any] = {
        "T": trade.time_ms,
        "s": market.symbol,
        "S": trade.side,
        "v": plain(trade.qty),
        "p": plain(trade.price),
        "L": "PlusTick" if trade.side == "Buy" else "MinusTick",
        "i": trade.trade_id,
        "BT": False,
        "RPI": False,
        "seq": trade.time_ms,
    }
    if market.category == "spot":
        del row["L"]
    return row


def _bar_trades(market: SymbolMarket, bar: int, first_ms: int, until_ms: int) -> list[Trade]:
    """Trades of one bar at some of its moments, both ends included; not in order."""
    volume = market.bars.volume[bar]
    if not volume:
        return []
    walk, end_ms = market.walk_of(bar), market.bars.start[bar] + market.interval_ms - 1
    until_ms = min(until_ms, end_ms)
    usual_steps = volume / (market.interval_ms / SLOT_MS * TRADES_A_SLOT) / float(market.instrument.qty_step)
    key = zlib.crc32(market.id.encode()) << 32
    return [
        _trade(market, walk, at_ms, number, usual_steps, scatter(key ^ (at_ms * 8 + number)))
        for at_ms, number in _moments(key, walk, first_ms, until_ms)
    ]


def _moments(key: int, walk: BarWalk, first_ms: int, until_ms: int) -> Iterator[tuple[int, int]]:
    """When trades happen, with a number that tells those of one half second apart (0: it prints the price)."""
    for corner_ms in walk.corners_ms:
        if corner_ms % SLOT_MS and first_ms <= corner_ms <= until_ms:
            yield corner_ms, 0
    for slot in range(-(-first_ms // SLOT_MS), -(-until_ms // SLOT_MS) + 1):
        at_ms = slot * SLOT_MS
        if first_ms <= at_ms <= until_ms:
            yield at_ms, 0
        chance = scatter(key ^ slot)
        for number in range(1, 1 + chance % 4):
            between_ms = at_ms - SLOT_MS + 1 + (chance >> (16 * number)) % (SLOT_MS - 2)
            if first_ms <= between_ms <= until_ms:
                yield between_ms, number


def _trade(
    market: SymbolMarket, walk: BarWalk, at_ms: int, number: int, usual_steps: float, chance: int
) -> Trade:  # fmt: skip
    quote, rules = walk.quote_at(at_ms), market.instrument
    with_flow = number == 0 or chance % 256 < WITH_THE_FLOW
    buys = quote.rising == with_flow
    ticks = quote.ticks
    if not with_flow:  # the other side of the spread
        ticks += 1 if buys else -1
    steps = int(usual_steps * (0.25 + 1.5 * (chance >> 8 & 0xFFFF) / 0xFFFF))
    qty = max(rules.qty_step * steps, rules.min_qty)
    if rules.category == "spot":
        trade_id = str(FIRST_SPOT_TRADE + (chance >> 8))
    else:
        trade_id = uuid_shaped(f"{market.id}:{at_ms}:{number}")
    return Trade(trade_id, at_ms, "Buy" if buys else "Sell", market.price_of(max(ticks, 1)), qty)
