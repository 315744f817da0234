"""Market data: public, no key needed (Bybit V5 docs, market/*)."""

from typing import Any

from bot.bybit.client.area import Area
from bot.bybit.client.market_rows import (
    AccountRatio,
    AdlAlert,
    Bar,
    Book,
    DeliveryPrice,
    FundingRate,
    InstrumentRow,
    InsurancePool,
    OpenInterest,
    PriceLimit,
    PublicTradeRow,
    RiskLimit,
    ServerTime,
    Ticker,
)
from bot.bybit.client.values import Category, Page

LINEAR = Category.LINEAR


class Market(Area):
    """Prices, books, rules of trading."""

    def get_server_time(self) -> ServerTime:
        """The exchange's clock."""
        return self._ask("get_server_time", ServerTime)

    def get_system_status(self) -> Page[dict[str, Any]]:
        """Maintenance that is planned or under way, as Bybit tells it."""
        return self._ask("get_system_status", Page[dict[str, Any]])

    def get_instruments_info(
        self,
        category: Category = LINEAR,
        symbol: str | None = None,
        status: str | None = None,
        base_coin: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[InstrumentRow]:
        """Rules of trading; without a status only of markets that trade. ``limit`` 1 to 1000."""
        return self._ask(
            "get_instruments_info", Page[InstrumentRow], category=category, symbol=symbol, status=status,
            base_coin=base_coin, limit=limit, cursor=cursor,
        )  # fmt: skip

    def get_kline(
        self,
        symbol: str,
        interval: str,
        category: Category = LINEAR,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int | None = None,
    ) -> Page[Bar]:
        """Bars, newest first, the forming one included. ``interval`` 1 to 720 minutes, D, W or M; ``limit`` to 1000."""
        return self._bars("get_kline", symbol, interval, category, start_ms, end_ms, limit)

    def get_mark_price_kline(
        self,
        symbol: str,
        interval: str,
        category: Category = LINEAR,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int | None = None,
    ) -> Page[Bar]:
        """Bars of the mark price, newest first."""
        return self._bars("get_mark_price_kline", symbol, interval, category, start_ms, end_ms, limit)

    def get_index_price_kline(
        self,
        symbol: str,
        interval: str,
        category: Category = LINEAR,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int | None = None,
    ) -> Page[Bar]:
        """Bars of the index price, newest first."""
        return self._bars("get_index_price_kline", symbol, interval, category, start_ms, end_ms, limit)

    def get_premium_index_price_kline(
        self,
        symbol: str,
        interval: str,
        category: Category = LINEAR,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int | None = None,
    ) -> Page[Bar]:
        """Bars of the premium of the contract over the index (a fraction), newest first."""
        return self._bars("get_premium_index_price_kline", symbol, interval, category, start_ms, end_ms, limit)

    def _bars(
        self, method: str, symbol: str, interval: str, category: Category,
        start_ms: int | None, end_ms: int | None, limit: int | None,
    ) -> Page[Bar]:  # fmt: skip
        return self._ask(
            method, Page[Bar], category=category, symbol=symbol, interval=interval, start_ms=start_ms, end_ms=end_ms,
            limit=limit,
        )  # fmt: skip

    def get_tickers(
        self, category: Category = LINEAR, symbol: str | None = None, base_coin: str | None = None
    ) -> Page[Ticker]:
        """Last prices and the last day of one market or of all."""
        return self._ask("get_tickers", Page[Ticker], category=category, symbol=symbol, base_coin=base_coin)

    def get_orderbook(self, symbol: str, category: Category = LINEAR, limit: int | None = None) -> Book:
        """The order book down to ``limit`` levels a side (1 to 1000, options 25)."""
        return self._ask("get_orderbook", Book, category=category, symbol=symbol, limit=limit)

    def get_public_trade_history(
        self, symbol: str, category: Category = LINEAR, limit: int | None = None
    ) -> Page[PublicTradeRow]:
        """The newest public trades. ``limit`` 1 to 1000, spot 60."""
        return self._ask(
            "get_public_trade_history", Page[PublicTradeRow], category=category, symbol=symbol, limit=limit
        )

    def get_funding_rate_history(
        self,
        symbol: str,
        category: Category = LINEAR,
        start_time_ms: int | None = None,
        end_time_ms: int | None = None,
        limit: int | None = None,
    ) -> Page[FundingRate]:
        """Past funding rates, newest first; a start alone is refused. ``limit`` 1 to 200."""
        return self._ask(
            "get_funding_rate_history", Page[FundingRate], category=category, symbol=symbol,
            start_time_ms=start_time_ms, end_time_ms=end_time_ms, limit=limit,
        )  # fmt: skip

    def get_open_interest(
        self,
        symbol: str,
        interval_time: str,
        category: Category = LINEAR,
        start_time_ms: int | None = None,
        end_time_ms: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[OpenInterest]:
        """Open interest, newest first. ``interval_time`` 5min, 15min, 30min, 1h, 4h or 1d; ``limit`` 1 to 200."""
        return self._ask(
            "get_open_interest", Page[OpenInterest], category=category, symbol=symbol, interval_time=interval_time,
            start_time_ms=start_time_ms, end_time_ms=end_time_ms, limit=limit, cursor=cursor,
        )  # fmt: skip

    def get_risk_limit(
        self, category: Category = LINEAR, symbol: str | None = None, cursor: str | None = None
    ) -> Page[RiskLimit]:
        """The tiers of margin, of one symbol or of fifteen a page."""
        return self._ask("get_risk_limit", Page[RiskLimit], category=category, symbol=symbol, cursor=cursor)

    def get_insurance(self, coin: str | None = None) -> Page[InsurancePool]:
        """The insurance pools."""
        return self._ask("get_insurance", Page[InsurancePool], coin=coin)

    def get_price_limit(self, symbol: str, category: Category = LINEAR) -> PriceLimit:
        """The bounds of order prices now."""
        return self._ask("get_price_limit", PriceLimit, category=category, symbol=symbol)

    def get_adl_alert(self, symbol: str | None = None) -> Page[AdlAlert]:
        """How near contracts are to automatic deleveraging."""
        return self._ask("get_adl_alert", Page[AdlAlert], symbol=symbol)

    def get_long_short_ratio(
        self,
        symbol: str,
        period: str,
        category: Category = LINEAR,
        start_time_ms: int | None = None,
        end_time_ms: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[AccountRatio]:
        """Which part of the accounts is long. ``period`` 5min to 1d; ``limit`` 1 to 500."""
        return self._ask(
            "get_long_short_ratio", Page[AccountRatio], category=category, symbol=symbol, period=period,
            start_time_ms=start_time_ms, end_time_ms=end_time_ms, limit=limit, cursor=cursor,
        )  # fmt: skip

    def get_option_delivery_price(
        self,
        category: Category = Category.OPTION,
        symbol: str | None = None,
        base_coin: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[DeliveryPrice]:
        """Prices at which options or futures were delivered."""
        return self._ask(
            "get_option_delivery_price", Page[DeliveryPrice], category=category, symbol=symbol, base_coin=base_coin,
            limit=limit, cursor=cursor,
        )  # fmt: skip
