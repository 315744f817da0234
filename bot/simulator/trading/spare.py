"""How much margin is to spare before a liquidation, and how far prices may move until it must be looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.trading.account import Account
from bot.simulator.trading.exposure import price_where_spent
from bot.simulator.trading.margin import DOLLARS, Margin
from bot.simulator.trading.position import Position

USED_BEFORE_LOOK = Decimal("0.75")
"""The part of what is to spare that one market may use up before margins are worked out exactly."""
SAFE_PART = 0.75
"""An account is safe while an estimate finds that much of it left."""
FAR = 0.05
"""The estimate is not trusted once a mark price has moved by more than this."""


def spare_of(account: Account, position: Position, margin: Margin) -> Decimal:
    """What is left above the maintenance margin; none = liquidation.

    Of the account in USD (cross margin), or of the position in its coin (isolated).
    """
    if not account.isolated:
        summary = margin.summary(account)
        return summary.equity - summary.position_mm
    exposure = margin.exposure(account, position)
    return exposure.initial + exposure.unrealised - exposure.maintenance


class _Term(NamedTuple):
    """How the spare follows one mark price: ticks at the start, and money per tick."""

    market: SymbolMarket
    ticks: int
    slope: float


@dataclass(frozen=True, slots=True)
class SpareWatch:
    """What was exactly to spare once, and what follows from it until the account changes.

    Attributes:
        version: of the account then.
        spare: exactly then.
        terms: one per position; empty = there is no quick estimate (margin in coins that are no dollars).
        levels: mark price (ticks) per position at which it alone has used up `USED_BEFORE_LOOK` of it.
    """

    version: int
    spare: float
    terms: tuple[_Term, ...]
    levels: Mapping[tuple[str, int], int]

    @classmethod
    def of(
        cls, account: Account, positions: Sequence[Position], markets: Mapping[str, SymbolMarket], margin: Margin
    ) -> "SpareWatch":
        """Work it out; `positions` share what is to spare."""
        spare = spare_of(account, positions[0], margin)
        levels: dict[tuple[str, int], int] = {}
        for position in positions:
            level = _level(account, position, markets[position.market_id], margin, spare)
            if level is not None:
                levels[position.market_id, position.idx] = level
        dollars = all(coin in DOLLARS for coin, purse in account.coins.items() if purse.wallet)
        terms = tuple(_term(account, each, markets[each.market_id], margin) for each in positions) if dollars else ()
        return cls(account.version, float(spare), terms, levels)

    def level_of(self, market_id: str, idx: int) -> int | None:
        """Where to look again, ticks; None = the price cannot get there."""
        return self.levels.get((market_id, idx))

    def is_safe(self, version: int) -> bool:
        """Whether an estimate is enough to say that there is no need to look."""
        if version != self.version or not self.terms:
            return False
        spare = self.spare
        for market, ticks, slope in self.terms:
            moved = market.mark_ticks - ticks
            if abs(moved) > FAR * ticks:
                return False
            spare += slope * moved
        return spare > SAFE_PART * self.spare


def _term(account: Account, position: Position, market: SymbolMarket, margin: Margin) -> _Term:
    rate = margin.exposure(account, position).tier.maintenance_rate
    slope = float(position.size - abs(position.size) * rate) * market.tick
    return _Term(market, market.mark_ticks, slope)


def _level(account: Account, position: Position, market: SymbolMarket, margin: Margin, spare: Decimal) -> int | None:
    """The mark price at which most of the spare is used up, or, once that is only a tick away, all of it."""
    exposure = margin.exposure(account, position)
    usd = Decimal(1) if account.isolated else margin.usd_price(position.coin)
    if not usd:
        return None
    # What the position itself brings in, so that the price follows from it alone.
    own = exposure.maintenance - exposure.unrealised - exposure.fee_to_close + exposure.tier.mm_deduction
    rate, tick = exposure.tier.maintenance_rate, market.instrument.tick_size
    level = None
    for part in (USED_BEFORE_LOOK, Decimal(1)):
        price = price_where_spent(position, part * spare / usd + own, rate)
        if price is None or not tick < price < market.instrument.max_price:
            continue
        level = int(price // tick) if position.size > 0 else -int(-price // tick)
        if abs(level - market.mark_ticks) > 1:
            break
    return level
