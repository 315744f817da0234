"""Public trades along the path of the price."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from bot.simulator.ids import uuid_shaped
from bot.simulator.market.book import Side
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.market.walk import Quote
from bot.simulator.numbers import plain
from bot.simulator.push import FramePush


class Trade(NamedTuple):
    """One public trade; `side` is the taker's."""

    trade_id: str
    time_ms: int
    side: Side
    price: Decimal
    qty: Decimal


def trade_at(market: SymbolMarket, time_ms: int, quote: Quote, bar: int, share: float) -> Trade:
    """The trade that brings the price to `quote`, with a share of the volume of a bar."""
    rules = market.instrument
    steps = int(market.bars.volume[bar] * share / float(rules.qty_step))
    qty = max(rules.qty_step * steps, rules.min_qty)
    trade_id = uuid_shaped(f"{market.symbol}:{time_ms}")
    return Trade(trade_id, time_ms, "Buy" if quote.rising else "Sell", market.price_of(quote.ticks), qty)


def past_trades(market: SymbolMarket) -> Iterator[Trade]:
    """Trades at the corners of the path so far, newest first."""
    walk = market.walk()
    if walk is not None and market.clock.has_passed(walk.start_ms):
        for corner_ms in reversed(walk.corners_ms):
            if corner_ms <= market.clock.now_ms:
                yield trade_at(market, corner_ms, walk.quote_at(corner_ms), market.bar, 0.25)
    for bar in range(market.bar - 1, -1, -1):
        walk = market.walk_of(bar)
        for corner_ms in reversed(walk.corners_ms):
            yield trade_at(market, corner_ms, walk.quote_at(corner_ms), bar, 0.25)


def trade_push(market: SymbolMarket, trade: Trade) -> FramePush:
    """Bybit V5 docs, websocket public trade."""
    topic = f"publicTrade.{market.symbol}"
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
    frame = {"topic": topic, "type": "snapshot", "ts": trade.time_ms, "data": [row]}
    return FramePush(topic, None, frame, market.category)
