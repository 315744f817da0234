"""Long walks of a position manager with ladders and quotes on an exchange that loses and reorders what it may."""

from collections.abc import Iterable
from decimal import Decimal
from random import Random

import pytest

from bot.core.position_manager import PositionManagerCore
from bot.core.position_settings import PositionSettings
from bot.domain.messages import (
    AlertRaised,
    Direction,
    Drained,
    DrainWanted,
    EntryApproved,
    EntryEnded,
    EntryRefused,
    EntryWanted,
    FillBooked,
    KeepNote,
    LadderStep,
    LedgerLoaded,
    LoadLedger,
    Message,
    OrderChanged,
    OrderProvenAbsent,
    OrderRefused,
    PlaceOrder,
    PlanChanged,
    PrivateStreamUp,
    Quote,
    QuotesWanted,
    Request,
    SignalRaised,
    Started,
    Stream,
    StreamLost,
    TimePassed,
    WakeAt,
)
from bot.domain.values import Side, TimeMs
from bot.orders.difference import BEARABLE_MS
from tests.core.managers import ADDRESS, SETTINGS
from tests.core.samples import BTC, NOW
from tests.core.wild_exchange import WildExchange

QTY_MAX = Decimal(2)
QUIET_MS = 240_000
"""Longer than any question about an order of unknown outcome goes on."""


class Walk:
    """A position manager, the account and the database as far as it needs them, and the exchange."""

    def __init__(self, seed: int, settings: PositionSettings = SETTINGS) -> None:
        self._settings = settings
        self._notes: dict[str, str] = {}
        self.plans: dict[str, PlanChanged] = {}
        self.random = Random(seed)  # noqa: S311 - a walk
        self.exchange = WildExchange(self.random, NOW)
        self.reserved = False
        self.drained = 0
        self.heard_all_ms = NOW
        self.alerts: list[AlertRaised] = []
        self._fills: list[FillBooked] = []
        self._intents: dict[str, PlaceOrder] = {}
        self._over: set[str] = set()
        self._alarms: list[TimeMs] = []
        self.begin()

    # --- the bot

    def begin(self) -> None:
        """A new position manager, as after a crash of the old one; what was pushed meanwhile nobody hears."""
        self.core = PositionManagerCore(BTC, self._settings)
        self._alarms.clear()
        self.exchange.answers.clear()
        self.tell(Started(ADDRESS, self.now_ms))
        self.join()

    def join(self) -> None:
        for stream in self.exchange.streams:
            stream.clear()
        self.tell(PrivateStreamUp(self.now_ms))

    @property
    def now_ms(self) -> TimeMs:
        return self.exchange.now_ms

    def tell(self, message: Message) -> None:
        waiting: list[Message] = [message]
        while waiting:
            waiting.extend(self._after(self.core.handle(waiting.pop(0), self.now_ms)))  # type: ignore[arg-type]

    def _after(self, messages: Iterable[Message]) -> Iterable[Message]:  # noqa: C901, PLR0912 - one arm a message
        for message in messages:
            match message:
                case WakeAt():
                    self._alarms.append(message.at_ms)
                case EntryWanted():
                    yield self._decided(message)
                case EntryEnded():
                    self.reserved = False
                case LoadLedger():
                    yield self._ledger()
                case KeepNote():
                    self._notes.pop(message.key, None)
                    if message.text is not None:
                        self._notes[message.key] = message.text
                case PlanChanged():
                    self.plans[message.plan_id] = message
                case FillBooked():
                    self._fills.append(message)
                case OrderChanged(order=order) if order.status.is_final:
                    self._over.add(order.order_link_id)
                case OrderRefused() | OrderProvenAbsent():
                    self._over.add(message.order_link_id)
                case Drained():
                    self.drained += 1
                case AlertRaised():
                    self.alerts.append(message)
                case PlaceOrder():
                    self._intents[message.order_link_id] = message
                    self.exchange.request(message)
                case _ if isinstance(message, Request.__value__):
                    self.exchange.request(message)

    def _decided(self, wanted: EntryWanted) -> Message:
        if self.reserved and not wanted.for_quotes:
            return EntryRefused(BTC, self.now_ms, "an entry on its way")
        self.reserved = True
        return EntryApproved(BTC, wanted, QTY_MAX)

    def _ledger(self) -> LedgerLoaded:
        purposes = tuple((each.order_link_id, each.purpose) for each in self._intents.values())
        unfinished = tuple(each for each in self._intents.values() if each.order_link_id not in self._over)
        fills = tuple(each.execution for each in self._fills)
        notes = tuple(self._notes.items())
        return LedgerLoaded(BTC, fills, purposes, unfinished, len(self._intents) + 1, notes)

    def filled_of(self, plan_id: str) -> Decimal:
        """What the exchange has filled of a plan's orders."""
        children = {each.order_link_id for each in self._intents.values() if each.plan_id == plan_id}
        mine = (each.qty for each in self.exchange.executions if each.order_link_id in children)
        return sum(mine, Decimal(0))

    # --- what happens

    def hear(self) -> None:
        """One push or answer, of any that are next."""
        filled = [each for each in (*self.exchange.streams, self.exchange.answers) if each]
        if filled:
            self.tell(self.random.choice(filled).popleft())

    def wait(self, ms: int) -> None:
        end_ms = self.now_ms + ms
        while True:
            alarm_ms = min((each for each in self._alarms if each <= end_ms), default=None)
            self.exchange.pass_time(max(0, (end_ms if alarm_ms is None else alarm_ms) - self.now_ms))
            if alarm_ms is None:
                return
            self._alarms = [each for each in self._alarms if each > alarm_ms]
            self.tell(TimePassed(ADDRESS, self.now_ms))
            if not self.exchange.is_wild:
                self.hear_all()

    def hear_all(self) -> None:
        while any((*self.exchange.streams, self.exchange.answers)):
            self.hear()
        self.heard_all_ms = self.now_ms

    def quiet(self) -> None:
        """Everything that is under way comes to its end."""
        self.exchange.is_wild = False
        self.hear_all()
        self.wait(QUIET_MS)
        self.hear_all()
        self.check()
        self.exchange.is_wild = True

    def check(self) -> None:
        exchange = self.exchange
        booked = sum((each.execution.qty * each.execution.side.sign for each in self._fills), Decimal(0))
        assert booked == exchange.size, "the ledger is the exchange's"
        assert not [each for each in self.alerts if "adopted" in each.title], "every fill was found"
        if exchange.size:
            assert exchange.stop is not None, "a position has its stop"
            assert (exchange.price - exchange.stop) * exchange.size > 0, "on the right side"
        openers = [each for each in exchange.orders.values() if not each.reduce_only]
        assert self.reserved or not openers, "what may open a position has its reservation"

    def ladder(self, direction: Direction) -> None:
        sign = {Direction.LONG: 1, Direction.SHORT: -1, Direction.FLAT: 0}[direction]
        price = float(self.exchange.price)
        steps = tuple(LadderStep(price - sign * 0.3 * step, 0.25) for step in range(4))
        self.tell(
            SignalRaised(
                BTC, "s", "1", self.now_ms, direction, 1.0, price, price - sign * 4 if sign else None, None, (),
                ladder=steps if sign else (), ladder_valid_ms=60_000,
            )
        )  # fmt: skip

    def quote(self, count: int) -> None:
        price = float(self.exchange.price)
        quotes = [
            Quote(side, price - side.sign * 0.3 * (level + 1), 30.0 + 20 * self.random.random())
            for level in range(count)
            for side in (Side.BUY, Side.SELL)
        ]
        self.tell(QuotesWanted(BTC, "q", self.now_ms, price, tuple(quotes), 200.0, price - 5, price + 5))


def step_of(walk: Walk, quotes: bool) -> None:
    random = walk.random
    kind = random.randrange(100)
    if kind < 25:
        walk.exchange.move(max(Decimal(50), walk.exchange.price + Decimal(random.randrange(-12, 13)) / 10))
    elif kind < 65:
        for _ in range(random.randrange(1, 6)):
            walk.hear()
    elif kind < 80:
        pause_ms = random.choice([50, 700, 2_000, 20_000])
        if walk.now_ms + pause_ms > walk.heard_all_ms + BEARABLE_MS:  # news may be late, but not by so much
            walk.hear_all()
        walk.wait(pause_ms)
    elif kind < 93:
        if quotes:
            walk.quote(random.choice([0, 1, 3, 5]))
        else:
            walk.ladder(random.choice([Direction.LONG, Direction.SHORT, Direction.FLAT]))
    elif kind < 95:
        walk.begin()
    elif kind < 97:
        walk.tell(StreamLost(Stream.PRIVATE, walk.now_ms, "cut"))
        walk.wait(1_000)
        walk.join()
    else:
        walk.quiet()


@pytest.mark.parametrize("quotes", [True, False], ids=["quotes", "ladders"])
@pytest.mark.parametrize("seed", range(40))
def test_a_walk_ends_with_equal_books_a_stop_and_nothing_left_on_the_book(seed: int, quotes: bool) -> None:
    walk = Walk(seed)
    walk.quiet()
    for _ in range(120):
        step_of(walk, quotes)
        assert walk.exchange.largest <= QTY_MAX, "never more than was allowed"
    walk.quiet()
    walk.tell(DrainWanted(walk.now_ms, close_positions=seed % 2 == 0))
    walk.quiet()
    assert (walk.exchange.orders, walk.drained) == ({}, 1)
    if seed % 2 == 0:
        assert walk.exchange.size == 0


def test_a_wild_market_is_no_storm_of_requests() -> None:
    walk = Walk(1)
    walk.quiet()
    walk.exchange.requests = 0
    plans = 300
    for _ in range(plans):  # a minute of plans every 200 ms, with the price running
        walk.quote(1)
        walk.wait(200)
        walk.exchange.move(walk.exchange.price + Decimal(walk.random.randrange(-3, 4)) / 10)
        walk.hear()
        walk.hear()
    assert walk.exchange.requests < plans * 8
