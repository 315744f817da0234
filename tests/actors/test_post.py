"""Messages reach whom the routing table names, and nobody dies of a receiver that is gone."""

import threading
from collections.abc import Sequence

import pytest

from actors.post import DEEP, FAR_BEHIND
from bot.core.contract import NOTHING
from bot.domain.address import Role, address_of
from bot.domain.messages import BarClosed, FillBooked, Message, QuoteChanged, TickerUpdate
from bot.domain.values import Address, Side, TimeMs
from tests.actors.small_bot import ANALYZER, SmallBot
from tests.actors.waiting import eventually
from tests.core.samples import BTC, ETH, NOW, bar, execution

MARKET_DATA = address_of(Role.MARKET_DATA, BTC)
DASHBOARD = address_of(Role.DASHBOARD)
QUOTE = QuoteChanged(BTC, NOW, 100.0, 99.9, 100.1)


class Sleeper:
    """Works on its first message until it is woken."""

    def __init__(self) -> None:
        self.is_busy = threading.Event()
        self.may_go_on = threading.Event()
        self.heard: list[Message] = []

    def handle(self, message: Message, now_ms: TimeMs) -> Sequence[Message]:  # noqa: ARG002 - Core.handle
        self.is_busy.set()
        assert self.may_go_on.wait(10)
        self.heard.append(message)
        return NOTHING


def fill() -> FillBooked:
    zero = execution("e1", Side.BUY, "1", "100")
    return FillBooked(BTC, zero, "entry", zero.fee, zero.qty, zero.price)


def test_everybody_who_receives_a_message_gets_it_in_order(small: SmallBot) -> None:
    small.start_analyzer()
    dashboard = small.listen(Role.DASHBOARD)
    bars = [BarClosed(BTC, bar(index), NOW) for index in range(50)]
    small.post.send_all(bars)
    assert small.work.wait_idle(5)
    assert small.analyzers[0].bars == bars
    assert dashboard.heard == bars


def test_a_receiver_that_is_not_part_of_this_bot_is_left_out(small: SmallBot) -> None:
    dashboard = small.listen(Role.DASHBOARD)
    small.post.send(BarClosed(ETH, bar(0), NOW))
    assert small.work.wait_idle(5)
    assert len(dashboard.heard) == 1


def test_a_dead_receiver_harms_neither_the_sender_nor_the_others(
    small: SmallBot, caplog: pytest.LogCaptureFixture
) -> None:
    small.start_analyzer().stop()
    dashboard = small.listen(Role.DASHBOARD)  # comes after the analyzer in the table
    small.post.send(BarClosed(BTC, bar(0), NOW))
    assert small.work.wait_idle(5)
    assert len(dashboard.heard) == 1
    assert f"{ANALYZER} is gone: BarClosed was not delivered" in caplog.text


@pytest.mark.parametrize(
    ("address", "message"), [(DASHBOARD, QUOTE), (MARKET_DATA, TickerUpdate(BTC, NOW, last_price=100.0))]
)
def test_prices_for_people_are_dropped_for_a_receiver_far_behind_and_nothing_else_is(
    small: SmallBot, address: Address, message: Message
) -> None:
    sleeper = Sleeper()
    small.enlist(address, lambda: sleeper)
    small.post.send(message)
    assert sleeper.is_busy.wait(5)
    for _ in range(FAR_BEHIND * 3):
        small.post.send(message)
    assert small.post.depth(address) == FAR_BEHIND + 1
    if address == DASHBOARD:
        small.post.send(fill())
        assert small.post.depth(address) == FAR_BEHIND + 2
    sleeper.may_go_on.set()
    assert small.work.wait_idle(5)
    small.post.send(message)
    eventually(lambda: sleeper.heard.count(message) == FAR_BEHIND + 3, "prices flow again")
    assert sum(isinstance(each, FillBooked) for each in sleeper.heard) == (address == DASHBOARD)


def test_who_does_not_keep_up_is_told_of_once(small: SmallBot, caplog: pytest.LogCaptureFixture) -> None:
    sleeper = Sleeper()
    small.enlist(DASHBOARD, lambda: sleeper)
    small.start_analyzer()
    small.post.send(fill())
    assert sleeper.is_busy.wait(5)
    small.post.send_all([fill()] * DEEP)
    small.post.watch_depths()
    assert caplog.text == ""
    small.post.send(fill())
    small.post.watch_depths()
    small.post.watch_depths()
    sleeper.may_go_on.set()
    assert [record.getMessage() for record in caplog.records] == [
        f"{DASHBOARD} does not keep up: {DEEP + 1} messages wait for it"
    ]
    assert small.work.wait_idle(5)


def test_nobody_has_no_mail(small: SmallBot) -> None:
    assert small.post.depth(ANALYZER) == 0
