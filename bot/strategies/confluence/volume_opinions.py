"""What volume and the order book say, -1 (short) to 1 (long)."""

from bot.indicators import Cmf, Obv, VolumeDelta, VolumeSma
from bot.strategies.base import MarketView, Strategy
from bot.strategies.confluence.opinion import Opinion, sign, squashed
from bot.strategies.confluence.parameters import ConfluenceParameters


def order_book(_strategy: Strategy, _parameters: ConfluenceParameters) -> Opinion:
    """The imbalance of bids and asks; nothing where the book can not be trusted."""
    return lambda view: 0.0 if view.book is None else squashed(view.book.imbalance)


def obv(strategy: Strategy, parameters: ConfluenceParameters) -> Opinion:
    """On-balance volume against its average."""
    line = strategy.use(Obv(parameters.periods.obv_ema))
    return lambda _view: sign(line.value - line.ema)


def cmf(strategy: Strategy, parameters: ConfluenceParameters) -> Opinion:
    """Chaikin money flow: whole at 0.2."""
    flow = strategy.use(Cmf(parameters.periods.cmf))
    return lambda _view: squashed(flow.value / 0.2)


def volume_delta(strategy: Strategy, parameters: ConfluenceParameters) -> Opinion:
    """Bought less sold volume as a part of all: of trades where they are seen, else estimated from the bars."""
    delta = strategy.use(VolumeDelta(parameters.periods.volume_delta))
    volume = strategy.use(VolumeSma(parameters.periods.volume_delta))
    bars = parameters.periods.volume_delta

    def opinion(view: MarketView) -> float:
        if view.flow is not None:
            return squashed(view.flow.signal)
        whole = volume.value * bars
        return squashed(2 * delta.total / whole) if whole > 0 else 0.0

    return opinion
