"""Market maker: quotes on both sides of the microprice."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from bot.domain.messages import BookTop, Quote
from bot.domain.values import Side
from bot.indicators import Atr
from bot.market.needs import MarketNeeds
from bot.strategies.base import MarketView, QuotePlan, Signal, Strategy, StrategyParameters

BOOK_DEPTH = 50
HALF_SPREAD_MAX = 0.1
"""However wild the market: quotes stay prices."""


class MarketMakerParameters(StrategyParameters):
    """Parameters of the market maker."""

    amount_quote: float = Field(200.0, gt=0, le=1e9, description="Value of each quote, in quote coin.")
    inventory_max_quote: float = Field(1000.0, gt=0, le=1e10, description="Largest value of the position, either side.")
    half_spread_min: float = Field(
        0.0006, gt=0, le=0.1, description="Least distance of a quote from the reservation price; 0.0006 = 0.06 %."
    )
    volatility_factor: float = Field(
        0.5, ge=0, le=10, description="The distance is at least this multiple of ATR / price."
    )
    skew: float = Field(
        1.0, ge=0, le=5, description="How many half spreads a full inventory moves the quotes, to be rid of it."
    )
    requote_ms: int = Field(2_000, ge=200, le=600_000, description="Least time between two quotes (ms of the market).")
    requote_fraction: float = Field(
        0.25, gt=0, le=1, description="Quotes stay while they are off by less than this part of the half spread."
    )
    atr_period: int = Field(14, ge=2, le=500, description="Bars of the ATR.")
    stop_fraction: float = Field(0.02, gt=0, le=0.5, description="Distance of the position's stop; 0.02 = 2 %.")

    @model_validator(mode="after")
    def _room(self) -> Self:
        if self.inventory_max_quote < self.amount_quote:
            raise ValueError("inventory_max_quote must have room for amount_quote")
        return self


class MarketMaker(Strategy):
    """Earns the spread: a post-only bid below and a post-only ask above the microprice.

    1. The reservation price is the microprice, moved against the inventory: ``skew`` half spreads down with a full long
       position, as many up with a full short one.
    2. The half spread is the larger of ``half_spread_min`` and ``volatility_factor`` times ATR / price, up to 10 %.
    3. Bid and ask stand a half spread from the reservation price, but never better than the best price of their side. A
       side whose next fill would pass ``inventory_max_quote`` is not quoted.
    4. Between bars it requotes at most every ``requote_ms``, and only if a price is off by more than
       ``requote_fraction`` of the half spread: requests are limited, and a kept order keeps its place in the queue.
    5. Without an order book that can be trusted there are no quotes. The position is protected by a stop.
    """

    name: ClassVar[str] = "market_maker"
    Parameters: ClassVar[type[StrategyParameters]] = MarketMakerParameters

    def __init__(self, parameters: MarketMakerParameters) -> None:
        super().__init__(parameters)
        self._parameters = parameters
        self._atr = self.use(Atr(parameters.atr_period))
        self._standing: tuple[Quote, ...] = ()

    @property
    def needs(self) -> MarketNeeds:
        """The order book, between bars too."""
        return MarketNeeds(book_depth=BOOK_DEPTH, moves_every_ms=self._parameters.requote_ms)

    def decide(self, view: MarketView) -> Signal:
        """The decision after the bar in ``view``."""
        close, parameters = view.candle.close, self._parameters
        if view.book is None:
            self._standing = ()
            return Signal(reason="no order book that can be trusted", plan=self._plan(close, ()))
        half, reservation = self._prices(view, view.book)
        inventory = view.position.value(close) / parameters.inventory_max_quote
        breakdown = (
            ("microprice", view.book.microprice),
            ("reservation", reservation),
            ("half_spread", half),
            ("inventory", inventory),
        )
        plan = self._renew(view, view.book) or self._plan(view.book.microprice, self._standing)
        return Signal(breakdown=breakdown, reason="quoting", plan=plan)

    def requote(self, view: MarketView) -> QuotePlan | None:
        """New quotes where the book has moved enough."""
        return None if view.book is None else self._renew(view, view.book)

    def _renew(self, view: MarketView, book: BookTop) -> QuotePlan | None:
        half, _ = self._prices(view, book)
        quotes = self._quotes(view, book)
        tolerance = half * book.microprice * self._parameters.requote_fraction
        if self._standing and _are_near(quotes, self._standing, tolerance):
            return None
        self._standing = quotes
        return self._plan(book.microprice, quotes)

    def _prices(self, view: MarketView, book: BookTop) -> tuple[float, float]:
        """Half spread as a part of the price, and the reservation price."""
        parameters, micro = self._parameters, book.microprice
        wide = max(parameters.half_spread_min, parameters.volatility_factor * self._atr.value / micro)
        half = min(wide, HALF_SPREAD_MAX)
        inventory = view.position.value(micro) / parameters.inventory_max_quote
        return half, micro * (1 - half * parameters.skew * min(max(inventory, -1.0), 1.0))

    def _quotes(self, view: MarketView, book: BookTop) -> tuple[Quote, ...]:
        parameters, (half, reservation) = self._parameters, self._prices(view, book)
        value = view.position.value(book.microprice)
        quotes = []
        if value + parameters.amount_quote <= parameters.inventory_max_quote:
            bid = min(reservation * (1 - half), book.bid_price)
            quotes.append(Quote(Side.BUY, bid, parameters.amount_quote))
        if -value + parameters.amount_quote <= parameters.inventory_max_quote:
            ask = max(reservation * (1 + half), book.ask_price)
            quotes.append(Quote(Side.SELL, ask, parameters.amount_quote))
        return tuple(quotes)

    def _plan(self, price: float, quotes: tuple[Quote, ...]) -> QuotePlan:
        parameters = self._parameters
        distance = price * parameters.stop_fraction
        return QuotePlan(quotes, parameters.inventory_max_quote, price - distance, price + distance)


def _are_near(new: tuple[Quote, ...], old: tuple[Quote, ...], tolerance: float) -> bool:
    same_sides = [each.side for each in new] == [each.side for each in old]
    return same_sides and all(abs(one.price - two.price) < tolerance for one, two in zip(new, old, strict=True))
