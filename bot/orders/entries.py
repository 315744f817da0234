"""From a signal to a wish that the account can decide on."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from bot.domain.instrument import Instrument
from bot.domain.messages import Direction, EntryRefused, EntryWanted, LadderStep, QuotesWanted, SignalRaised
from bot.domain.values import ZERO, Side
from bot.orders.algorithms.policy import EntryKind, EntryPolicy
from bot.orders.algorithms.steps import layers_of, planned_fractions

SHARES_OFF_MAX = Decimal("0.000001")


MARKET = EntryPolicy()


class EntrySettings(NamedTuple):
    """What of the configuration concerns entries; fractions are of equity and of the entry price."""

    leverage: Decimal
    risk_per_trade: Decimal
    fallback_stop_fraction: Decimal
    revision: int = 0


def plan_entry(
    signal: SignalRaised,
    side: Side,
    rules: Instrument,
    settings: EntrySettings,
    policy: EntryPolicy = MARKET,
    *,
    level: int = 0,
) -> EntryWanted | EntryRefused:
    """Put the signal's prices on the tick grid and check that they make sense.

    The stop is rounded towards the entry, so the risk is never larger than the strategy meant; where the strategy gives
    none it stands at the fallback distance. The price is the worst at which the policy may be filled; of a ladder it is
    the average over its steps. A stop that is not finite or on the wrong side of any price at which an order may be
    filled, or a target behind one, is refused with the reason.
    """
    try:
        steps = [(rules.limit_price(step.price, side), Decimal(repr(step.share))) for step in steps_of(signal, policy)]
        planned = [] if signal.ladder else prices_of(signal.price, side, rules, policy)
        price = _average(steps, rules) if steps else planned[-1]
        stop_price = signal.stop_price
        if stop_price is None:
            stop_price = float(price * (1 - side.sign * settings.fallback_stop_fraction))
        stop = rules.stop_price(stop_price, side)
        target = None if signal.target_price is None else rules.nearest_price(signal.target_price)
        amount = None if signal.amount_quote is None else rules.exact_value(signal.amount_quote)
    except (ValueError, ArithmeticError) as error:
        return EntryRefused(signal.symbol, signal.time_ms, str(error))
    prices = [price, *planned, *(step for step, _ in steps)]
    wrong_stop = any((each - stop) * side.sign <= 0 for each in prices)
    wrong_target = target is not None and any((target - each) * side.sign <= 0 for each in prices)
    if wrong_stop or wrong_target:
        text = f"stop {stop} or target {target} is on the wrong side of {price}"
        return EntryRefused(signal.symbol, signal.time_ms, text)
    if steps and abs(sum((share for _, share in steps), ZERO) - 1) > SHARES_OFF_MAX:
        return EntryRefused(signal.symbol, signal.time_ms, "the shares of the ladder do not add up to 1")
    return EntryWanted(
        signal.symbol,
        signal.time_ms,
        side,
        price,
        stop,
        target,
        rules,
        settings.leverage,
        settings.risk_per_trade,
        amount,
        level=level,
        revision=settings.revision,
        spread_fraction=signal.spread_fraction,
        volatility=None if signal.levels is None else signal.levels.atr / signal.price,
    )


def _average(steps: Sequence[tuple[Decimal, Decimal]], rules: Instrument) -> Decimal:
    """The average entry if all steps, of (price, share of the quantity), are filled."""
    value = rules.contract.value
    return rules.contract.average(Decimal(1), sum((value(share, price) for price, share in steps), ZERO))


def steps_of(signal: SignalRaised, policy: EntryPolicy) -> Sequence[LadderStep]:
    """The levels of a layered entry: the strategy's own, or those of the configuration; none of any other kind."""
    if signal.ladder or policy.kind is not EntryKind.LAYERED:
        return signal.ladder
    side = Side.BUY if signal.direction is Direction.LONG else Side.SELL
    return layers_of(policy, signal.price, side)


def prices_of(price: float, side: Side, rules: Instrument, policy: EntryPolicy) -> Sequence[Decimal]:
    """The prices at which an entry may be filled as planned, on the tick grid, the worst last."""
    at = rules.nearest_price(price)
    fractions = planned_fractions(policy)
    return [rules.nearest_price(float(at * (1 + side.sign * each))) if each else at for each in fractions]


def tighten(wanted: EntryWanted, stop: Decimal | None, target: Decimal | None) -> EntryWanted | EntryRefused:
    """An addition to a position with this stop and target: its own stop where that is nearer, and the same target.

    Stop and target that are attached to an order become those of the whole position (Bybit V5 docs, order/create: full
    mode), so an addition must never loosen the one or move the other.
    """
    sign = wanted.side.sign
    if stop is not None and (stop - wanted.stop_price) * sign > 0:
        wanted = msgspec.structs.replace(wanted, stop_price=stop)
    if (wanted.price - wanted.stop_price) * sign <= 0:
        text = f"the position's stop {wanted.stop_price} is not behind {wanted.price}"
        return EntryRefused(wanted.symbol, wanted.time_ms, text)
    return msgspec.structs.replace(wanted, target_price=target)


def plan_quotes(plan: QuotesWanted, rules: Instrument, settings: EntrySettings) -> EntryWanted | EntryRefused:
    """Ask for leave to quote: for a position up to the plan's inventory, with the risk of the farther stop."""
    try:
        price = rules.nearest_price(plan.price)
        stop_long = rules.stop_price(plan.stop_long, Side.BUY)
        stop_short = rules.stop_price(plan.stop_short, Side.SELL)
        amount = rules.exact_value(plan.inventory_max_quote)
    except ValueError as error:
        return EntryRefused(plan.symbol, plan.time_ms, str(error))
    if not stop_long < price < stop_short:
        return EntryRefused(plan.symbol, plan.time_ms, f"stops {stop_long} and {stop_short} are not around {price}")
    side = Side.BUY if price - stop_long >= stop_short - price else Side.SELL
    stop = stop_long if side is Side.BUY else stop_short
    return EntryWanted(
        plan.symbol,
        plan.time_ms,
        side,
        price,
        stop,
        None,
        rules,
        settings.leverage,
        settings.risk_per_trade,
        amount,
        True,
        revision=settings.revision,
    )
