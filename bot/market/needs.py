"""What a strategy must see of the market besides its bars, and the topics of the public stream that show it."""

import msgspec

from bot.domain.values import Symbol


class MarketNeeds(msgspec.Struct, frozen=True):
    """What a strategy must see besides its bars.

    ``book_depth`` is the order book topic it needs (0 for none, 50 or 200 levels), ``trades`` the public trades,
    ``ticker`` the funding rate; with ``moves_every_ms`` its ``requote`` is called between bars, not more often.
    """

    book_depth: int = 0
    trades: bool = False
    ticker: bool = False
    moves_every_ms: int | None = None

    @property
    def inside_bars(self) -> bool:
        """Whether anything beyond bars is needed: a market that is replayed must then be played in detail."""
        return bool(self.book_depth or self.trades or self.ticker or self.moves_every_ms)

    def topics(self, symbol: Symbol, interval: str) -> tuple[str, ...]:
        """The topics that a strategy decides on (Bybit V5 docs, WebSocket, Public)."""
        wanted = [f"kline.{interval}.{symbol}"]
        if self.ticker:
            wanted.append(f"tickers.{symbol}")
        if self.book_depth:
            wanted.append(f"orderbook.{self.book_depth}.{symbol}")
        if self.trades:
            wanted.append(f"publicTrade.{symbol}")
        return tuple(wanted)
