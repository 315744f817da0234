"""Warnings before the exchange liquidates: the account's margin rate, and how near each liquidation price is."""

from collections.abc import Sequence
from decimal import Decimal

from bot.config.risk import LimitsConfig
from bot.domain.messages import AlertRaised, PositionsLoaded, Severity, WalletUpdate
from bot.domain.values import Symbol, TimeMs

REARM = Decimal("0.1")
"""A warning is given again only after the value was a tenth of the limit on the good side of it."""


class MarginWatch:
    """Warns once when a limit is passed; what the exchange does not tell is not guessed."""

    def __init__(self, config: LimitsConfig) -> None:
        self.revise(config)
        self._rate_is_high = False
        self._near: set[Symbol] = set()

    def revise(self, config: LimitsConfig) -> None:
        """Other warnings count from the next look on."""
        self._rate_max = config.margin_rate_warning
        self._distance_min = config.liquidation_distance_warning

    def wallet(self, update: WalletUpdate) -> Sequence[AlertRaised]:
        """Look at the maintenance margin over the margin balance (Bybit V5 docs, wallet: accountMMRate)."""
        rate, most = update.maintenance_margin_rate, self._rate_max
        if rate is None or most is None:
            return ()
        if rate < most * (1 - REARM):
            self._rate_is_high = False
        if rate < most or self._rate_is_high:
            return ()
        self._rate_is_high = True
        text = f"the maintenance margin is {rate:.1%} of the margin balance; at 100 % positions are liquidated"
        return (AlertRaised(Severity.ERROR, update.time_ms, "The margin runs short", text),)

    def positions(self, loaded: PositionsLoaded, now_ms: TimeMs) -> Sequence[AlertRaised]:
        """Look at how far the mark price of each position is from its liquidation price."""
        least = self._distance_min
        if least is None:
            return ()
        out: list[AlertRaised] = []
        self._near &= {each.symbol for each in loaded.positions}
        for each in loaded.positions:
            mark, liquidation = each.mark_price, each.liquidation_price
            if not each.size or not mark or not liquidation:
                continue
            distance = abs(mark - liquidation) / mark
            if distance > least * (1 + REARM):
                self._near.discard(each.symbol)
            if distance > least or each.symbol in self._near:
                continue
            self._near.add(each.symbol)
            text = f"the mark price {mark:f} is {distance:.2%} from the liquidation price {liquidation:f}"
            out.append(AlertRaised(Severity.ERROR, now_ms, f"{each.symbol} is near its liquidation", text))
        return out
