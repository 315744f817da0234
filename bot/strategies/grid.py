"""Grid: resting orders on fixed lines around a centre."""

from typing import ClassVar

from pydantic import Field

from bot.domain.messages import Quote
from bot.domain.values import Side
from bot.indicators import Atr
from bot.strategies.base import MarketView, QuotePlan, Signal, Strategy, StrategyParameters


class GridParameters(StrategyParameters):
    """Parameters of the grid."""

    levels: int = Field(5, ge=1, le=50, description="Lines on each side of the centre.")
    step_fraction: float = Field(0.004, gt=0, le=0.2, description="Distance of two lines; 0.004 = 0.4 %.")
    amount_quote: float = Field(200.0, gt=0, le=1e9, description="Value of each order, in quote coin.")
    inventory_max_quote: float = Field(1000.0, gt=0, le=1e10, description="Largest value of the position, either side.")
    recentre_bars: int = Field(720, ge=1, le=1_000_000, description="Bars after which a grid without position moves.")
    stop_steps: float = Field(3.0, gt=0, le=100, description="The stop is so many steps beyond the last line.")
    atr_period: int = Field(14, ge=2, le=500, description="Bars of the ATR.")
    atr_steps_max: float = Field(2.0, gt=0, le=100, description="No orders while the ATR is more than so many steps.")


class Grid(Strategy):
    """Buys a step lower, sells a step higher, as long as the price stays around the centre.

    1. Lines stand at ``centre * (1 + step_fraction) ^ k`` for k from ``-levels`` to ``levels``. Below the close every
       line has a buy, above it a sell; the line nearest to the close stays empty, so that a filled order is answered
       one step further on and not at its own price.
    2. Inventory is bounded: the position manager places only what keeps the position, with everything that rests,
       within ``inventory_max_quote`` (and within what the account allows).
    3. The centre is the first close; it moves to the close when that is beyond the last line, and when there has been
       no position for ``recentre_bars`` since it was set.
    4. A position is protected by a stop ``stop_steps`` beyond the last line of its side.
    5. In a wild market (ATR above ``atr_steps_max`` steps) all orders are withdrawn.
    """

    name: ClassVar[str] = "grid"
    Parameters: ClassVar[type[StrategyParameters]] = GridParameters

    def __init__(self, parameters: GridParameters) -> None:
        super().__init__(parameters)
        self._parameters = parameters
        self._atr = self.use(Atr(parameters.atr_period))
        self._centre: float | None = None
        self._bars_flat = 0

    def decide(self, view: MarketView) -> Signal:
        """The decision after the bar in ``view``."""
        close, parameters = view.candle.close, self._parameters
        centre, moved = self._place_centre(close, bool(view.position.size))
        steps = self._atr.value / (close * parameters.step_fraction)
        breakdown = (("centre", centre), ("atr_steps", steps), ("position_quote", view.position.value(close)))
        if not steps <= parameters.atr_steps_max:
            return Signal(breakdown=breakdown, reason="the market is too wild", plan=self._plan(centre, ()))
        quotes = self._quotes(centre, close)
        reason = "the grid stands around a new centre" if moved else "the grid stands"
        return Signal(breakdown=breakdown, reason=reason, plan=self._plan(centre, quotes))

    def take_over(self, earlier: Strategy) -> None:
        """The grid stays where it stands."""
        if isinstance(earlier, Grid):
            self._centre, self._bars_flat = earlier._centre, earlier._bars_flat  # noqa: SLF001 - its own kind

    def _place_centre(self, close: float, has_position: bool) -> tuple[float, bool]:
        """The centre, and whether it has moved with this bar."""
        self._bars_flat = 0 if has_position else self._bars_flat + 1
        centre, reach = self._centre, (1 + self._parameters.step_fraction) ** self._parameters.levels
        beyond = centre is not None and not centre / reach <= close <= centre * reach
        if centre is not None and not beyond and self._bars_flat <= self._parameters.recentre_bars:
            return centre, False
        self._centre, self._bars_flat = close, 0
        return close, True

    def _quotes(self, centre: float, close: float) -> tuple[Quote, ...]:
        parameters = self._parameters
        growth = 1 + parameters.step_fraction
        lines = [centre * growth**k for k in range(-parameters.levels, parameters.levels + 1)]
        lines.remove(min(lines, key=lambda line: abs(line - close)))
        nearest_first = sorted(lines, key=lambda line: abs(line - close))
        return tuple(
            Quote(Side.BUY if line < close else Side.SELL, line, parameters.amount_quote) for line in nearest_first
        )

    def _plan(self, centre: float, quotes: tuple[Quote, ...]) -> QuotePlan:
        parameters = self._parameters
        reach = (1 + parameters.step_fraction) ** (parameters.levels + parameters.stop_steps)
        return QuotePlan(quotes, parameters.inventory_max_quote, centre / reach, centre * reach)
