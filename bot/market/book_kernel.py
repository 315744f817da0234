"""The compiled part of the order book: reads one frame's bytes and keeps the levels sorted.

Importing this module imports numba; the functions are compiled when they are first called, and read from numba's cache
on disk after that. All of them are in this one file because that cache watches the file of the function only.

A side of the book is one row of two arrays: ``keys`` (whole ticks; negative for asks) and ``sizes``, both ascending by
key, so that the best price of either side is the last one and changes near it move few others.
"""

from collections.abc import Callable
from math import exp
from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray

type Ints = NDArray[np.int64]
type Floats = NDArray[np.float64]

BIDS, ASKS = 0, 1
STATE = SHOWN = 2
"""The third row of ``keys`` and of ``sizes``: handing over an array costs more than reading a level."""

# Slots of ``state``.
BID_COUNT, ASK_COUNT, UPDATE_ID, SEQUENCE, TIME_MS, MATCH_MS = 0, 1, 2, 3, 4, 5
PROBLEM, SCALE_DIGITS, TICK_UNITS, TOPIC_HASH, IS_TOP_ONLY, SPREAD_MS, IS_READABLE = 6, 7, 8, 9, 10, 11, 12
STATE_SLOTS = 13

# Slots of ``shown``: what is read after each frame. From TOP on: prices and sizes of the ten best bids, then asks.
BID, BID_SIZE, ASK, ASK_SIZE, SPREAD, MEAN_SPREAD, MICRO, IMBALANCE = 0, 1, 2, 3, 4, 5, 6, 7
BID_QUOTE, ASK_QUOTE, SPREAD_TAU_MS = 8, 9, 10
TOP, TOP_LEVELS = 16, 10
SHOWN_SLOTS = TOP + 4 * TOP_LEVELS

# What becomes of a frame, and what is wrong with a book.
DONE, UNREAD, OTHER_TOPIC = 0, 1, 2
SOUND, NO_SNAPSHOT, GAP, CROSSED, UNREADABLE, FULL = 0, 1, 2, 3, 4, 5

EXACT: Final = 2**53
"""Whole numbers up to here are floats without loss, and so is their quotient by a power of ten correctly rounded."""
POWERS_OF_TEN = np.array([10.0**power for power in range(23)])


def packed(word: str) -> int:
    """A word of up to eight bytes as one number, as the reader sees the names of fields."""
    return int.from_bytes(word.encode(), "big")


_TOPIC, _TYPE, _TS, _CTS, _DATA = packed("topic"), packed("type"), packed("ts"), packed("cts"), packed("data")
_B, _A, _U, _SEQ = packed("b"), packed("a"), packed("u"), packed("seq")
_SNAPSHOT, _DELTA = packed("snapshot"), packed("delta")
_QUOTE, _COMMA, _COLON, _DOT, _ZERO, _NINE, _BACKSLASH = 34, 44, 58, 46, 48, 57, 92
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = 123, 125, 91, 93
_SPACE, _TILDE, _SEVEN_BYTES = 32, 126, 2**55
_ALL_SEEN: Final = 7
_HASH_MASK: Final = 0x1FFFFFFFFFFFFF
_DIGITS_MAX: Final = 18


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as machine code, kept on disk if there is a place where that can be written."""
    try:
        return numba.njit(cache=True, error_model="numpy")(function)  # type: ignore[no-any-return]  # numba has no types
    except RuntimeError:
        return numba.njit(error_model="numpy")(function)  # type: ignore[no-any-return]  # as above


def hash_of(topic: str) -> int:
    """The number by which a topic is recognised in a frame."""
    value = 0
    for each in topic.encode():
        value = (value * 31 + each) & _HASH_MASK
    return value


@_compiled
def _byte(raw: bytes, at: int) -> int:
    """The byte at a place, 0 behind the end."""
    return raw[at] if at < len(raw) else 0


@_compiled
def _word(raw: bytes, at: int) -> tuple[int, int, int]:
    """A quoted word: packed, hashed, and the place behind it (-1: there is no simple one)."""
    if _byte(raw, at) != _QUOTE:
        return 0, 0, -1
    at += 1
    pack, value = 0, 0
    while at < len(raw):
        char = raw[at]
        at += 1
        if char == _QUOTE:
            return pack, value, at
        if char == _BACKSLASH or char < _SPACE or char > _TILDE:
            break
        pack = (pack << 8) | char if 0 <= pack < _SEVEN_BYTES else -1
        value = (value * 31 + char) & _HASH_MASK
    return 0, 0, -1


@_compiled
def _whole(raw: bytes, at: int) -> tuple[int, int]:
    """A whole number without sign, and the place behind it (-1: there is none)."""
    begin, value = at, 0
    while at < len(raw) and _ZERO <= raw[at] <= _NINE:
        value = value * 10 + (raw[at] - _ZERO)
        at += 1
    digits = at - begin
    good = digits == 1 or (1 < digits <= _DIGITS_MAX and raw[begin] != _ZERO)
    return value, at if good else -1


@_compiled
def _skipped(raw: bytes, at: int) -> int:
    """The place behind a word or a whole number that nobody needs; -1 for anything else."""
    if _byte(raw, at) == _QUOTE:
        _, _, behind = _word(raw, at)
    else:
        _, behind = _whole(raw, at)
    return int(behind)


@_compiled
def _decimal(raw: bytes, at: int) -> tuple[int, int, int]:
    """A quoted plain decimal: all its digits as one number, how many stand behind the point, and the place behind it.

    -1 for the place where it is anything else, or has too many digits.
    """
    if _byte(raw, at) != _QUOTE:
        return 0, 0, -1
    at += 1
    value, digits, decimals = 0, 0, -1
    while at < len(raw):
        char = raw[at]
        at += 1
        if char == _QUOTE:
            good = 0 < digits <= _DIGITS_MAX and decimals != 0
            return value, max(decimals, 0), at if good else -1
        if char == _DOT:
            if decimals >= 0 or digits == 0:
                break
            decimals = 0
            continue
        if char < _ZERO or char > _NINE:
            break
        value = value * 10 + (char - _ZERO)
        digits += 1
        if decimals >= 0:
            decimals += 1
        if digits > _DIGITS_MAX:
            break
    return 0, 0, -1


@_compiled
def _ticks(value: int, decimals: int, state: Ints) -> int:
    """A price in ticks; -1 if it is off the grid, zero or too large."""
    scale = state[SCALE_DIGITS]
    while decimals > scale:
        if value % 10:
            return -1
        value //= 10
        decimals -= 1
    while decimals < scale:
        if value > EXACT:
            return -1
        value *= 10
        decimals += 1
    unit = state[TICK_UNITS]
    return value // unit if 0 < value <= EXACT and value % unit == 0 else -1


@_compiled
def put(keys: Ints, sizes: Floats, state: Ints, side: int, ticks: int, size: float) -> bool:
    """Set the size at a price; 0 takes the level away. False if there is no room."""
    key = ticks if side == BIDS else -ticks
    count = state[side]
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        if keys[side, middle] < key:
            low = middle + 1
        else:
            high = middle
    is_there = low < count and keys[side, low] == key
    if size > 0.0:
        if not is_there:
            if count >= keys.shape[1]:
                return False
            place = count
            while place > low:
                keys[side, place] = keys[side, place - 1]
                sizes[side, place] = sizes[side, place - 1]
                place -= 1
            keys[side, low] = key
            state[side] = count + 1
        sizes[side, low] = size
    elif is_there:
        while low < count - 1:
            keys[side, low] = keys[side, low + 1]
            sizes[side, low] = sizes[side, low + 1]
            low += 1
        state[side] = count - 1
    return True


@_compiled
def _levels(raw: bytes, at: int, keys: Ints, sizes: Floats, state: Ints, side: int, applies: bool) -> int:
    """Read ``[["price","size"],...]`` and set each level; the place behind it, -1 where it is not that."""
    if _byte(raw, at) != _OPEN_LIST:
        return -1
    at += 1
    if _byte(raw, at) == _CLOSE_LIST:
        return at + 1
    while True:
        if _byte(raw, at) != _OPEN_LIST:
            return -1
        price, decimals, at = _decimal(raw, at + 1)
        if at < 0 or _byte(raw, at) != _COMMA:
            return -1
        size, size_decimals, at = _decimal(raw, at + 1)
        if at < 0 or _byte(raw, at) != _CLOSE_LIST:
            return -1
        ticks = _ticks(price, decimals, state)
        if ticks <= 0 or size > EXACT:
            return -1
        if applies and not put(keys, sizes, state, side, ticks, size / POWERS_OF_TEN[size_decimals]):
            return -1
        at += 1
        following = _byte(raw, at)
        at += 1
        if following == _CLOSE_LIST:
            return at
        if following != _COMMA:
            return -1


@_compiled
def show(keys: Ints, sizes: Floats, state: Ints, shown: Floats, time_ms: int) -> None:
    """Work out what is read after each frame; a crossed book gets its problem here."""
    state[IS_READABLE] = 0
    bids, asks = state[BID_COUNT], state[ASK_COUNT]
    unit, power = state[TICK_UNITS], POWERS_OF_TEN[state[SCALE_DIGITS]]
    for side in range(2):
        count = state[side]
        base = TOP + 2 * TOP_LEVELS * side
        for place in range(TOP_LEVELS):
            if place < count:
                shown[base + place] = abs(keys[side, count - 1 - place]) * unit / power
                shown[base + TOP_LEVELS + place] = sizes[side, count - 1 - place]
            else:
                shown[base + place] = 0.0
                shown[base + TOP_LEVELS + place] = 0.0
    if bids == 0 or asks == 0:
        state[SPREAD_MS] = 0
        return
    if keys[BIDS, bids - 1] >= -keys[ASKS, asks - 1]:
        state[PROBLEM] = CROSSED
        state[SPREAD_MS] = 0
        return
    bid, ask = shown[TOP], shown[TOP + 2 * TOP_LEVELS]
    bid_size, ask_size = shown[TOP + TOP_LEVELS], shown[TOP + 3 * TOP_LEVELS]
    bid_sum, ask_sum, bid_quote, ask_quote = 0.0, 0.0, 0.0, 0.0
    for place in range(TOP, TOP + TOP_LEVELS):
        bid_sum += shown[place + TOP_LEVELS]
        ask_sum += shown[place + 3 * TOP_LEVELS]
        bid_quote += shown[place] * shown[place + TOP_LEVELS]
        ask_quote += shown[place + 2 * TOP_LEVELS] * shown[place + 3 * TOP_LEVELS]
    spread = (ask - bid) / (0.5 * (ask + bid))
    if state[SPREAD_MS] > 0 and time_ms >= state[SPREAD_MS]:
        kept = exp((state[SPREAD_MS] - time_ms) / shown[SPREAD_TAU_MS])
        shown[MEAN_SPREAD] = shown[MEAN_SPREAD] * kept + shown[SPREAD] * (1.0 - kept)
    elif state[SPREAD_MS] == 0 and shown[MEAN_SPREAD] == 0.0:
        shown[MEAN_SPREAD] = spread
    state[SPREAD_MS] = time_ms
    shown[BID], shown[BID_SIZE], shown[ASK], shown[ASK_SIZE], shown[SPREAD] = bid, bid_size, ask, ask_size, spread
    shown[MICRO] = (bid * ask_size + ask * bid_size) / (bid_size + ask_size)
    shown[IMBALANCE] = (bid_sum - ask_sum) / (bid_sum + ask_sum)
    shown[BID_QUOTE], shown[ASK_QUOTE] = bid_quote, ask_quote
    state[IS_READABLE] = 1


@_compiled
def settle(
    keys: Ints, sizes: Floats, state: Ints, shown: Floats, is_snapshot: bool, update_id: int, time_ms: int
) -> None:
    """All levels of a frame are in: check its number and work out the read-outs."""
    if is_snapshot:
        state[PROBLEM] = SOUND
    elif state[PROBLEM] != SOUND:
        return
    elif update_id != state[UPDATE_ID] + 1:
        state[PROBLEM] = GAP
        state[SPREAD_MS], state[IS_READABLE] = 0, 0
        return
    state[UPDATE_ID], state[TIME_MS] = update_id, time_ms
    show(keys, sizes, state, shown, time_ms)


@_compiled
def _data(raw: bytes, at: int, keys: Ints, sizes: Floats, state: Ints, applies: bool) -> tuple[int, int, int, int]:
    """The inner object: which of b, a and u were there (bits 1, 2, 4), u, seq, and the place behind (-1: unread)."""
    if _byte(raw, at) != _OPEN:
        return 0, 0, 0, -1
    seen, update_id, sequence = 0, 0, 0
    while True:
        name, _, at = _word(raw, at + 1)
        if at < 0 or _byte(raw, at) != _COLON:
            return 0, 0, 0, -1
        at += 1
        side = BIDS if name == _B else ASKS if name == _A else -1
        if side >= 0:  # one call for both: the compiler would make a version per constant
            if seen & (1 << side):
                return 0, 0, 0, -1
            at = _levels(raw, at, keys, sizes, state, side, applies)
            seen |= 1 << side
        elif name == _U:
            update_id, at = _whole(raw, at)
            seen |= 4
        elif name == _SEQ:
            sequence, at = _whole(raw, at)
        else:
            at = _skipped(raw, at)
        if at < 0:
            return 0, 0, 0, -1
        following = _byte(raw, at)
        if following == _CLOSE:
            return seen, update_id, sequence, at + 1
        if following != _COMMA:
            return 0, 0, 0, -1


@_compiled
def take(raw: bytes, keys: Ints, sizes: Floats) -> int:
    """Apply a frame to the book. UNREAD when it is not laid out as Bybit does today: somebody slower must read it.

    The levels of an unread frame may have been set in part; setting all of them again does no harm.
    """
    if _byte(raw, 0) != _OPEN:
        return UNREAD
    state, shown = keys[STATE], sizes[SHOWN]
    at, kind, time_ms, match_ms, is_ours = 0, 0, -1, 0, False
    seen, update_id, sequence = 0, 0, 0
    while True:
        name, _, at = _word(raw, at + 1)
        if at < 0 or _byte(raw, at) != _COLON:
            return UNREAD
        at += 1
        if name == _TOPIC:
            _, value, at = _word(raw, at)
            if at > 0 and value != state[TOPIC_HASH]:
                return UNREAD if seen else OTHER_TOPIC
            is_ours = True
        elif name == _TYPE:
            kind, _, at = _word(raw, at)
        elif name == _TS:
            time_ms, at = _whole(raw, at)
        elif name == _CTS:
            match_ms, at = _whole(raw, at)
        elif name == _DATA:
            if seen or not is_ours or (kind != _SNAPSHOT and kind != _DELTA):
                return UNREAD
            if kind == _SNAPSHOT or state[IS_TOP_ONLY]:
                state[BID_COUNT], state[ASK_COUNT] = 0, 0
                kind = _SNAPSHOT
            applies = kind == _SNAPSHOT or state[PROBLEM] == SOUND
            seen, update_id, sequence, at = _data(raw, at, keys, sizes, state, applies)
        else:
            at = _skipped(raw, at)
        if at < 0:
            return UNREAD
        following = _byte(raw, at)
        if following == _CLOSE:
            break
        if following != _COMMA:
            return UNREAD
    if at + 1 != len(raw) or time_ms < 0 or seen != _ALL_SEEN or (kind == _DELTA and update_id == 1):
        return UNREAD
    settle(keys, sizes, state, shown, kind == _SNAPSHOT, update_id, time_ms)
    state[SEQUENCE], state[MATCH_MS] = sequence, match_ms
    return DONE
