"""What an indicator of pandas-ta says, -1 (short) to 1 (long)."""

from bot.domain.errors import UserError
from bot.indicators.pandas_bridge import PandasTa
from bot.strategies.base import MarketView, Strategy
from bot.strategies.confluence.opinion import Opinion
from bot.strategies.confluence.parameters import PandasTaGroup


def pandas_ta(strategy: Strategy, group: PandasTaGroup) -> Opinion:
    """Long above one bound, short below the other. UserError for a name, parameter or column that there is not."""
    indicator = strategy.use(PandasTa(group.name, group.params, group.window_bars))
    column = group.column or next(iter(indicator.values))
    if column not in indicator.values:
        raise UserError(f"pandas_ta {group.name} has no column {column}; it has: {', '.join(indicator.values)}")

    def opinion(_view: MarketView) -> float:
        value = indicator.values[column]
        return 1.0 if value > group.long_above else -1.0 if value < group.short_below else 0.0

    return opinion
