"""How the stop of an open position moves: to the entry, after the price, and never back."""

from decimal import Decimal

import msgspec

from bot.config.exits import Distance, ExitsConfig
from bot.domain.instrument import Instrument
from bot.domain.messages import Levels
from bot.domain.values import ZERO, Side, TimeMs
from bot.orders.exits.distance import in_price
from bot.orders.exits.first import extreme_for


class Trip(msgspec.Struct, frozen=True):
    """What a position's exits depend on. ``risk``: distance of the first stop; ``best_price``: the best bar since."""

    side: Side
    entry_price: Decimal
    risk: Decimal | None
    best_price: Decimal
    targets_qty: Decimal = ZERO
    """The size for which targets were placed, or what was left of it when a part was taken off."""
    trails_natively: bool = False
    opened_ms: TimeMs | None = None
    """When the position was opened; None where it was not noted."""

    def seen(self, low: Decimal, high: Decimal) -> "Trip":
        """The same after a bar."""
        best = max(self.best_price, high) if self.side is Side.BUY else min(self.best_price, low)
        return self if best == self.best_price else msgspec.structs.replace(self, best_price=best)


def moved_stop(
    exits: ExitsConfig, trip: Trip, stop: Decimal | None, price: Decimal, levels: Levels | None, rules: Instrument
) -> Decimal | None:
    """Where the stop belongs after a bar that closed at ``price``, on the tick grid; None if it stays.

    It moves only forward, by more than the configured step, and only to where the price is not already beyond it.
    """
    sign = trip.side.sign
    candidates = [each for each in (_break_even(exits, trip, levels), _trail(exits, trip, levels)) if each]
    if not candidates:
        return None
    best = max(candidates, key=lambda each: each * sign)
    if best <= 0:
        return None
    to = _towards_safety(best, trip.side, rules)
    if to <= 0 or (price - to) * sign <= 0:
        return None
    step = exits.step_fraction * price
    return to if stop is None or (to - stop) * sign > step else None


def _towards_safety(price: Decimal, side: Side, rules: Instrument) -> Decimal:
    """On the tick that is not nearer to the market than ``price``: a stop must not be tighter than was meant."""
    return rules.stop_price(float(price), side.opposite)


def _profit_reaches(after: Distance | None, trip: Trip, levels: Levels | None) -> bool:
    if after is None:
        return True
    needed = in_price(after, trip.entry_price, trip.risk, levels)
    return needed is not None and (trip.best_price - trip.entry_price) * trip.side.sign >= needed


def _break_even(exits: ExitsConfig, trip: Trip, levels: Levels | None) -> Decimal | None:
    wanted = exits.break_even
    if wanted is None or not _profit_reaches(wanted.after, trip, levels):
        return None
    return trip.entry_price * (1 + trip.side.sign * wanted.offset_fraction)


def _trail(exits: ExitsConfig, trip: Trip, levels: Levels | None) -> Decimal | None:
    trailing = exits.trailing
    if trailing.kind not in {"distance", "chandelier"} or trailing.distance is None:
        return None
    if not _profit_reaches(trailing.after, trip, levels):
        return None
    away = in_price(trailing.distance, trip.entry_price, trip.risk, levels)
    hook = trip.best_price
    if trailing.kind == "chandelier":
        extreme = None if levels is None else extreme_for("chandelier", trip.side, levels)
        if extreme is None:
            return None
        hook = extreme
    if away is None:
        return None
    reached = [each.factor for each in trailing.tighter if _profit_reaches(each.after, trip, levels)]
    return hook - trip.side.sign * away * min(reached, default=Decimal(1))


def native_trail(
    exits: ExitsConfig, trip: Trip, levels: Levels | None, rules: Instrument, price: Decimal | None = None
) -> tuple[Decimal, Decimal | None] | None:
    """Distance and activation price of the exchange's own trailing stop; None if there is to be none (yet).

    A ``price`` that is beyond the activation has activated it: the exchange refuses one behind the price.
    """
    trailing = exits.trailing
    if trailing.kind != "native" or trailing.distance is None:
        return None
    away = in_price(trailing.distance, trip.entry_price, trip.risk, levels)
    if away is None:
        return None
    distance = max(rules.nearest_price(float(away)), rules.tick_size)
    if trailing.after is None:
        return distance, None
    profit = in_price(trailing.after, trip.entry_price, trip.risk, levels)
    if profit is None or profit <= ZERO:
        return None
    active = rules.nearest_price(float(trip.entry_price + trip.side.sign * profit))
    is_beyond = price is not None and (price - active) * trip.side.sign >= ZERO
    return distance, None if is_beyond else active
