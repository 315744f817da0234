"""Parts that step functions are made of: windows and averages inside a step's ``state``, from place ``at`` on.

Each returns NaN until its window is full. They must be given a finite number once per call, and their places in
``state`` must be zeros at first. Their sizes are functions of the period, below.
"""

from math import isnan, nan

from bot.indicators.step import CLOSE, HIGH, LOW, Numbers


def sum_size(period: int) -> int:
    """Numbers of state that ``rolling_sum`` needs."""
    return period + 4


def extreme_size(period: int) -> int:
    """Numbers of state that ``highest`` or ``lowest`` needs."""
    return period + 4


def lag_size(period: int) -> int:
    """Numbers of state that ``lagged`` needs."""
    return period + 2


AVERAGE_SIZE = 2
"""Numbers of state that ``ema`` or ``wilder`` needs."""


def rolling_sum(state: Numbers, at: int, period: int, value: float) -> float:
    """Sum of the last ``period`` values.

    What rounding takes away from the difference and from the sum is kept beside it and given back (O. Moller, BIT 5
    (1965)). So an outlier leaves nothing behind when it leaves the window, and however long it runs, the sum is that of
    a window which has just begun.
    """
    place = state[at]  # counted as a float: turning it into an integer and back takes longer than all the rest
    now = at + 4 + int(place)
    gone, total, lost = -state[now], state[at + 2], state[at + 3]
    change = value + gone
    part = change - value
    lost_here = (value - (change - part)) + (gone - part)
    grown = total + change
    part = grown - total
    lost += lost_here + ((total - (grown - part)) + (change - part))
    state[now] = value
    place += 1.0
    if place >= period:
        place = 0.0
        state[at + 1] = 1.0
        total = grown
        grown = total + lost
        lost -= grown - total
    state[at], state[at + 2], state[at + 3] = place, grown, lost
    if state[at + 1] == 0.0:
        return nan
    return grown + lost


FEW = 8


def smoothed(state: Numbers, at: int, period: int, value: float) -> float:
    """The mean of the last ``period`` values, which are usually few: then adding them anew is quickest, and exact."""
    if period > FEW:
        return rolling_sum(state, at, period, value) / period
    place = state[at]
    ring = at + 4
    state[ring + int(place)] = value
    place += 1.0
    if place >= period:
        place = 0.0
        state[at + 1] = 1.0
    state[at] = place
    if state[at + 1] == 0.0:
        return nan
    total = 0.0
    for index in range(period):
        total += state[ring + index]
    return total / period


def lagged(state: Numbers, at: int, period: int, value: float) -> float:
    """The value of ``period`` calls ago."""
    place = state[at]
    now = at + 2 + int(place)
    then = state[now]
    state[now] = value
    full = state[at + 1] != 0.0
    place += 1.0
    if place >= period:
        place = 0.0
        state[at + 1] = 1.0
    state[at] = place
    if full:
        return then
    return nan


def highest(state: Numbers, at: int, period: int, value: float) -> float:
    """The greatest of the last ``period`` values; the window is only searched when its greatest has left it."""
    place = state[at]
    ring = at + 4
    state[ring + int(place)] = value
    age = state[at + 3] + 1.0
    full = state[at + 1] != 0.0
    if value >= state[at + 2] or (place == 0.0 and not full):
        state[at + 2] = value
        age = 0.0
    elif age >= period:
        best = value
        age = 0.0
        index = int(place)
        for back in range(1, period):
            index = period - 1 if index == 0 else index - 1
            if state[ring + index] > best:
                best = state[ring + index]
                age = float(back)
        state[at + 2] = best
    state[at + 3] = age
    place += 1.0
    if place >= period:
        place = 0.0
        state[at + 1] = 1.0
        full = True
    state[at] = place
    if full:
        return state[at + 2]
    return nan


def lowest(state: Numbers, at: int, period: int, value: float) -> float:
    """The smallest of the last ``period`` values."""
    return -highest(state, at, period, -value)


def quiet_for(state: Numbers, at: int, happened: bool) -> float:
    """How many calls in a row nothing ``happened``, this one included; one number of state."""
    state[at] = 0.0 if happened else state[at] + 1.0
    return state[at]


def extreme_age(state: Numbers, at: int) -> float:
    """How many calls ago the extreme of ``highest`` or ``lowest`` was; the last one if there are several."""
    return state[at + 3]


def ema(state: Numbers, at: int, period: int, value: float) -> float:
    """Exponential average, ``2 / (period + 1)`` of the new value; it starts from the mean of ``period`` values."""
    return _smoothed(state, at, period, value, 2.0 / (period + 1.0))


def wilder(state: Numbers, at: int, period: int, value: float) -> float:
    """Wilder's average, ``1 / period`` of the new value; it starts from the mean of ``period`` values."""
    return _smoothed(state, at, period, value, 1.0 / period)


def _smoothed(state: Numbers, at: int, period: int, value: float, share: float) -> float:
    count = state[at]
    if count >= period:
        state[at + 1] += (value - state[at + 1]) * share
        return state[at + 1]
    count += 1.0
    state[at] = count
    state[at + 1] += value
    if count < period:
        return nan
    state[at + 1] /= period
    return state[at + 1]


def moments_size(period: int) -> int:
    """Numbers of state that ``rolling_mean`` needs."""
    return period + 5


def rolling_mean(state: Numbers, at: int, period: int, value: float) -> float:
    """Mean of the last ``period`` values; ``variance`` of the same window goes with it.

    Kept are the sums of differences from a number near the values, and of their squares: the mean at the last time that
    both were added up afresh, which happens once per window. So no digits are lost by subtracting large numbers.
    """
    place = state[at]
    ring = at + 5
    now = ring + int(place)
    new = value - state[at + 2]
    old = state[now] - state[at + 2]
    state[at + 3] += new - old
    state[at + 4] += new * new - old * old
    state[now] = value
    place += 1.0
    if place >= period:
        place = 0.0
        state[at + 1] = 1.0
        total = 0.0
        for index in range(period):
            total += state[ring + index]
        near = total / period
        sum_one = sum_two = 0.0
        for index in range(period):
            rest = state[ring + index] - near
            sum_one += rest
            sum_two += rest * rest
        state[at + 2], state[at + 3], state[at + 4] = near, sum_one, sum_two
    state[at] = place
    if state[at + 1] == 0.0:
        return nan
    return state[at + 2] + state[at + 3] / period


def variance(state: Numbers, at: int, period: int, freedom: float) -> float:
    """Variance over the window of a full ``rolling_mean``; ``freedom`` is 0 for the population's, 1 for a sample's."""
    squares = state[at + 4] - state[at + 3] * state[at + 3] / period
    return squares / (period - freedom) if squares > 0.0 else 0.0


def deviation_sizes(state: Numbers, at: int, period: int, mean: float) -> float:
    """Sum of absolute differences from ``mean`` over the window of a full ``rolling_sum``."""
    ring = at + 4
    one = two = three = four = 0.0
    index = 0
    while index + 4 <= period:
        one += abs(state[ring + index] - mean)
        two += abs(state[ring + index + 1] - mean)
        three += abs(state[ring + index + 2] - mean)
        four += abs(state[ring + index + 3] - mean)
        index += 4
    while index < period:
        one += abs(state[ring + index] - mean)
        index += 1
    return (one + two) + (three + four)


PREVIOUS_SIZE = 2
"""Numbers of state that ``previous`` or ``true_range`` needs."""


def previous(state: Numbers, at: int, value: float) -> float:
    """The value of the last call; NaN at the first."""
    then = state[at + 1]
    state[at + 1] = value
    if state[at] == 0.0:
        state[at] = 1.0
        return nan
    return then


def true_range(state: Numbers, at: int, bar: Numbers) -> float:
    """Greatest of high - low, |high - last close| and |low - last close|; NaN on the first bar."""
    last = previous(state, at, bar[CLOSE])
    high = last if last > bar[HIGH] else bar[HIGH]
    low = last if last < bar[LOW] else bar[LOW]
    if not isnan(last):
        return high - low
    return nan


ATR_SIZE = PREVIOUS_SIZE + AVERAGE_SIZE
"""Numbers of state that ``atr`` needs."""


def atr(state: Numbers, at: int, period: int, bar: Numbers) -> float:
    """Wilder's average true range; NaN before ``period + 1`` bars."""
    now = true_range(state, at, bar)
    if not isnan(now):
        return wilder(state, at + 2, period, now)
    return nan


def share(part: float, whole: float, otherwise: float) -> float:
    """``part / whole``, or ``otherwise`` where there is nothing to divide by."""
    if whole > 0.0:
        return part / whole
    return otherwise
