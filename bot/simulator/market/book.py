"""The order book around the last price: a street of liquidity that lives by itself, and accounts' own orders."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

from bot.simulator.instruments import Instrument
from bot.simulator.market.scatter import scatter
from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.numbers import ZERO, plain

Side = Literal["Buy", "Sell"]

DEPTH = 200
"""Levels a side that orders can trade with."""
RECENT_BARS = 240
BARS_AN_ERA = 16
BEST_SHARE, USUAL_SHARE = 0.2, 0.075
SHARE_PER_BASIS_POINT = 1.0
"""How sizes follow from recent volume: see `Book`."""
KINDS = 256
CYCLE = 32
SLOT_MS = 500
PRICE_TEXTS_MAX = 20_000
_TURN, _TURN_BACK = 11, 3
"""Odd, and inverse to each other modulo CYCLE: each level has its turn once in a cycle, neighbours far apart."""


class Level(NamedTuple):
    """Resting size at one price: whole ticks, base coin (inverse: USD)."""

    ticks: int
    qty: Decimal


class Draw:
    """The sizes that a level can have, by kind: around `mean` quantity steps.

    Orders ask for a few of them, so each is worked out when it is asked for; who shows the book needs the texts of
    all of them, so these are kept.
    """

    __slots__ = ("_mean", "_rules", "_texts")

    def __init__(self, mean: float, rules: Instrument) -> None:
        self._mean = mean
        self._rules = rules
        self._texts: list[str] = []

    def qty(self, kind: int) -> Decimal:
        """The size of a kind, base coin (inverse: USD)."""
        rules = self._rules
        return max(rules.qty_step * int(self._mean * (0.25 + 1.5 * kind / (KINDS - 1))), rules.min_qty)

    @property
    def texts(self) -> list[str]:
        """All sizes as they are written in frames."""
        if not self._texts:
            self._texts = [plain(self.qty(kind)) for kind in range(KINDS)]
        return self._texts


class Sizes(NamedTuple):
    """The sizes that levels can have: usual ones and those of the best price."""

    usual: Draw
    best: Draw


type OwnChanges = dict[Side, dict[int, Decimal]]
"""Per side and price (ticks): accounts' size before it changed."""


class Look(NamedTuple):
    """The street at one moment: best prices in ticks, and from what the sizes follow."""

    bid: int
    ask: int
    slot: int
    sizes: Sizes

    def best(self, side: Side) -> int:
        return self.bid if side == "Buy" else self.ask

    def window(self, side: Side, depth: int) -> range:
        """The first prices of a side, best first."""
        if side == "Sell":
            return range(self.ask, self.ask + depth)
        return range(self.bid, max(self.bid - depth, 0), -1)

    def bounds(self, side: Side, depth: int) -> tuple[int, int]:
        """Lowest and highest price of the window; the highest is the lower one if it is empty."""
        return (self.ask, self.ask + depth - 1) if side == "Sell" else (max(self.bid - depth + 1, 1), self.bid)


def drawn_in(slot: int) -> int:
    """Which levels get a new size in a slot (a half second): those whose ticks leave this remainder modulo CYCLE."""
    return slot * _TURN % CYCLE


class Book:
    """Levels one tick apart, as deep as anybody asks.

    After an up-tick the best ask is the last price and the best bid one tick below; after a down-tick the best
    bid is the last price and the best ask one tick above. What orders take is gone until time moves.

    Sizes are fractions of the mean volume of the last 240 bars, worked out every 16 bars: usually 7.5 %, at the
    best price a fifth. Where a tick is coarse, a level stands for many prices of a finer one: it holds the whole
    mean volume per basis point that the tick is wide, but not more than all of it. The size of a level is 25 % to
    175 % of that and drawn anew every 16 seconds, each level at its own half second: a pure function of seed,
    symbol, time and price, so that nobody changes it by looking.

    Orders of accounts are shown on top (`rest`), but `levels`, which orders trade with, is the street alone.
    """

    def __init__(self, market: SymbolMarket, seed: int) -> None:
        self._market = market
        self._key = scatter(seed * 0x9E3779B97F4A7C15 + market.index) >> 32
        self._era = -1
        self._rules: Instrument | None = None
        self._sizes = Sizes(Draw(0, market.instrument), Draw(0, market.instrument))
        self._price_texts: dict[int, str] = {}
        self._taken_at: tuple[int, bool, int] | None = None
        self._taken: dict[tuple[Side, int], Decimal] = {}
        self._own: dict[Side, dict[int, Decimal]] = {"Buy": {}, "Sell": {}}
        self._followers: list[OwnChanges] = []

    def best(self, side: Side) -> int:
        """Best price of the street's bids ("Buy") or asks ("Sell"), ticks."""
        quote = self._market.quote
        ask = quote.ticks if quote.rising else quote.ticks + 1
        return ask if side == "Sell" else ask - 1

    def levels(self, side: Side, depth: int = DEPTH) -> Iterator[Level]:
        """The street's bids ("Buy") or asks ("Sell"), best first, without what has been taken just now."""
        self._refresh()
        best, slot = self.best(side), self._market.clock.now_ms // SLOT_MS
        taken = self._taken_now()
        away = 1 if side == "Sell" else -1
        sizes = self._sizes.best
        for ticks in range(best, best + away * depth, away):
            if ticks < 1:
                return
            qty = sizes.qty(self._kind(ticks, slot))
            sizes = self._sizes.usual
            if taken:
                qty -= taken.get((side, ticks), ZERO)
            if qty > 0:
                yield Level(ticks, qty)

    def take(self, side: Side, ticks: int, qty: Decimal) -> None:
        """Remove what an order has traded against."""
        taken = self._taken_now()
        taken[side, ticks] = taken.get((side, ticks), ZERO) + qty

    def rest(self, side: Side, ticks: int, qty_change: Decimal) -> None:
        """Show more (or less) of accounts' orders at a price. A new tick size makes the book forget all of them."""
        self._refresh()
        own = self._own[side]
        before = own.get(ticks, ZERO)
        qty = before + qty_change
        if qty > 0:
            own[ticks] = qty
        else:
            own.pop(ticks, None)
        for follower in self._followers:
            follower[side].setdefault(ticks, before)

    def follow(self) -> "OwnChanges":
        """From now on, what accounts' sizes were before they changed; whoever reads it empties it."""
        changes: OwnChanges = {"Buy": {}, "Sell": {}}
        self._followers.append(changes)
        return changes

    def unfollow(self, changes: "OwnChanges") -> None:
        self._followers = [each for each in self._followers if each is not changes]

    def look(self) -> "Look":
        """All that the sizes of the street follow from now."""
        self._refresh()
        ask = self.best("Sell")
        return Look(ask - 1, ask, self._market.clock.now_ms // SLOT_MS, self._sizes)

    def own(self, side: Side) -> dict[int, Decimal]:
        """Accounts' sizes by price (ticks); not to be changed."""
        return self._own[side]

    def shown(self, side: Side, depth: int) -> list[list[str]]:
        """[price, size] of the first levels as everybody sees them, best first."""
        look = self.look()
        return self.lines(look, side, look.window(side, depth), self._own[side])

    def deletes(self, prices: Iterable[int]) -> list[list[str]]:
        """[price, "0"] at some prices."""
        text = self.price_text
        return [[text(ticks), "0"] for ticks in prices]

    def lines(self, look: "Look", side: Side, prices: Iterable[int], own: Mapping[int, Decimal]) -> list[list[str]]:
        """[price, size] at some prices of a side, as they were at a look."""
        best, slot, sizes, key = look.best(side), look.slot, look.sizes, self._key
        usual, at_best, texts = sizes.usual.texts, sizes.best.texts, self._price_texts
        found = []
        for ticks in prices:
            drawn = slot - (slot - ticks * _TURN_BACK) % CYCLE
            kind = ((ticks * 0x9E3779B1 ^ drawn * 0x85EBCA77 ^ key) * 0xC2B2AE3D >> 15) % KINDS
            if ticks in own:
                street = sizes.best if ticks == best else sizes.usual
                size = plain(street.qty(kind) + own[ticks])
            else:
                size = usual[kind] if ticks != best else at_best[kind]
            found.append([texts.get(ticks) or self.price_text(ticks), size])
        return found

    def price_text(self, ticks: int) -> str:
        """A price as it is written in frames."""
        text = self._price_texts.get(ticks)
        if text is None:
            if len(self._price_texts) > PRICE_TEXTS_MAX:
                self._price_texts.clear()
            text = self._price_texts[ticks] = plain(self._market.price_of(ticks))
        return text

    def _kind(self, ticks: int, slot: int) -> int:
        """Which of the sizes a level has: drawn anew in the last slot in which it had its turn."""
        drawn = slot - (slot - ticks * _TURN_BACK) % CYCLE
        return ((ticks * 0x9E3779B1 ^ drawn * 0x85EBCA77 ^ self._key) * 0xC2B2AE3D >> 15) % KINDS

    def _taken_now(self) -> dict[tuple[Side, int], Decimal]:
        clock = self._market.clock
        now = (clock.now_ms, clock.opened, self._market.bar_number)
        if self._taken_at != now:
            self._taken_at = now
            self._taken = {}
        return self._taken

    def _refresh(self) -> None:
        """See that sizes belong to the bars and the rules of now."""
        market = self._market
        era, rules = market.bar_number // BARS_AN_ERA, market.instrument
        if self._era == era and self._rules is rules:
            return
        if self._rules is not None and self._rules.tick_size != rules.tick_size:
            self._price_texts = {}
            self._own = {"Buy": {}, "Sell": {}}
        self._era, self._rules = era, rules
        least, mean = self._share_of_a_tick(), self._usual_steps()
        self._sizes = Sizes(Draw(mean * max(USUAL_SHARE, least), rules), Draw(mean * max(BEST_SHARE, least), rules))

    def _usual_steps(self) -> float:
        """The mean volume of recent bars, in quantity steps."""
        market = self._market
        last, so_far = max(self._first_bar(), 1) - 1, market.bars.volume_so_far
        first = max(last - RECENT_BARS, 0)
        mean = (so_far[last] - so_far[first]) / (last - first) if last else so_far[0]
        return mean / float(market.instrument.qty_step)

    def _share_of_a_tick(self) -> float:
        """What a level holds at least for the width of a tick, as a fraction of the mean volume."""
        market, bar = self._market, self._first_bar()
        price = market.bars.close[bar - 1] if bar else market.bars.open[0]
        return min(SHARE_PER_BASIS_POINT * 10_000 * market.tick / price, 1.0)

    def _first_bar(self) -> int:
        """Index of the bar with which the era began (the oldest there is, if that is gone)."""
        market = self._market
        return max(market.bar - market.bar_number % BARS_AN_ERA, 0)
