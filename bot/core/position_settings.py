"""What of the configuration concerns one symbol's position manager."""

from decimal import Decimal

import msgspec

from bot.config.exits import ExitsConfig
from bot.config.models import Config
from bot.core.entry_policy import entry_policy
from bot.core.position_books import ExternalPositions
from bot.domain.values import Symbol
from bot.orders.algorithms.policy import EntryPolicy


class PositionSettings(msgspec.Struct, frozen=True):
    """The configuration of one symbol's position manager; fractions are of equity and of the entry price."""

    risk_per_trade: Decimal
    leverage: Decimal
    fallback_stop_fraction: Decimal
    order_prefix: str
    epoch: int
    external_positions: ExternalPositions = ExternalPositions.ADOPT
    hedge: bool = False
    """Whether a symbol has two positions on the account, one on each side; the bot holds one at a time."""
    may_be_given_up: bool = False
    """Whether rules chose the symbol: then the bot trades on without it where it can not be traded."""
    entry: EntryPolicy = EntryPolicy()
    exits: ExitsConfig = ExitsConfig()
    pyramid_levels: int = 0
    """How often a position in profit may be added to."""
    refreshes: bool = False
    """Whether trading rules are read again from time to time."""
    revision: int = 0
    """Of the configuration."""


def position_settings(
    config: Config, symbol: Symbol, epoch: int, *, refreshes: bool = False, revision: int = 0
) -> PositionSettings:
    """The settings of one symbol; ``epoch`` counts the runs on one database."""
    chosen = config.for_symbol(symbol)
    risk, execution = chosen.risk, config.execution
    return PositionSettings(
        risk_per_trade=risk.risk_per_trade,
        leverage=risk.leverage,
        fallback_stop_fraction=risk.fallback_stop_fraction,
        external_positions=ExternalPositions(execution.external_positions),
        hedge=execution.position_mode == "hedge",
        order_prefix=execution.order_prefix,
        epoch=epoch,
        may_be_given_up=config.universe.kind == "rules",
        entry=entry_policy(chosen.entry),
        exits=chosen.exits,
        pyramid_levels=risk.sizing.pyramid_levels,
        refreshes=refreshes,
        revision=revision,
    )
