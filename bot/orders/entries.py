"""From a signal to a wish that the account can decide on."""

from decimal import Decimal

from bot.domain.instrument import Instrument
from bot.domain.messages import EntryRefused, EntryWanted, SignalRaised
from bot.domain.values import Side


def plan_entry(
    signal: SignalRaised, side: Side, rules: Instrument, leverage: Decimal, risk_per_trade: Decimal
) -> EntryWanted | EntryRefused:
    """Put the signal's prices on the tick grid and check that they make sense.

    The stop is rounded towards the entry, so the risk is never larger than the strategy meant. A stop that is missing,
    not finite or on the wrong side, or a target behind the entry, is refused with the reason.
    """
    if signal.stop_price is None:
        return EntryRefused(signal.symbol, signal.time_ms, "the signal has no stop")
    try:
        price = rules.nearest_price(signal.price)
        stop = rules.stop_price(signal.stop_price, side)
        target = None if signal.target_price is None else rules.nearest_price(signal.target_price)
    except ValueError as error:
        return EntryRefused(signal.symbol, signal.time_ms, str(error))
    behind = target is not None and (target - price) * side.sign <= 0
    if (price - stop) * side.sign <= 0 or behind:
        text = f"stop {stop} or target {target} is on the wrong side of {price}"
        return EntryRefused(signal.symbol, signal.time_ms, text)
    return EntryWanted(signal.symbol, signal.time_ms, side, price, stop, target, rules, leverage, risk_per_trade)
