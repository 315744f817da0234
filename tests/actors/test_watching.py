"""The actors that people look at, as real actors."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pykka
import pytest

from actors.alerting import AlertingActor
from actors.dashboard import DashboardActor, ask_snapshot
from actors.post import Post
from actors.shell import Surroundings
from actors.work import WorkCount
from bot.alerts.channels import AppriseChannel
from bot.config.secrets import SecretValues
from bot.domain import messages as m
from bot.domain.address import Role, address_of
from bot.domain.messages import AlertRaised
from bot.domain.routes import Switchboard
from bot.domain.values import TimeMs
from tests.core.samples import BTC, NOW


class StandingClock:
    """It is always NOW."""

    def now_ms(self) -> TimeMs:
        return NOW


class Bot:
    """A post with the two actors and nobody else."""

    def __init__(self) -> None:
        self.work = WorkCount()
        self.post = Post(Switchboard([BTC]), self.work)
        self.around = Surroundings(self.post, StandingClock(), self.work)
        self.shown: list[AlertRaised] = []
        self.channel = AppriseChannel([], self.shown.append, SecretValues())

    def start_dashboard(self) -> pykka.ActorRef[Any]:
        ref: pykka.ActorRef[Any] = DashboardActor.start([BTC], self.around)
        self.post.enlist(address_of(Role.DASHBOARD), ref)
        return ref

    def start_alerting(self, min_severity: str = "info") -> pykka.ActorRef[Any]:
        ref: pykka.ActorRef[Any] = AlertingActor.start(min_severity, self.channel, self.around)
        self.post.enlist(address_of(Role.ALERTING), ref)
        return ref


@pytest.fixture
def bot() -> Iterator[Bot]:
    yield Bot()
    pykka.ActorRegistry.stop_all(timeout=5)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        time.sleep(0.005)


def test_the_main_thread_is_answered_with_all_that_was_sent_before(bot: Bot) -> None:
    dashboard = bot.start_dashboard()
    bot.post.send(m.QuoteChanged(BTC, NOW, 60000.5, 60000.0, 60001.0))
    bot.post.send(m.AllReady(NOW))
    snapshot = ask_snapshot(dashboard)
    assert snapshot is not None
    assert snapshot.is_trading
    assert str(snapshot.rows[0].price) == "60000.5"
    assert bot.work.wait_idle(0)  # the question itself is no work of the bot


def test_a_dashboard_that_is_gone_is_no_answer(bot: Bot) -> None:
    dashboard = bot.start_dashboard()
    dashboard.stop()
    assert ask_snapshot(dashboard) is None


def test_a_question_does_not_hide_a_failure(bot: Bot) -> None:
    dashboard = bot.start_dashboard()
    bot.post.send(m.AllReady(NOW))
    dashboard.tell("no message at all")
    assert ask_snapshot(dashboard) is None
    wait_until(lambda: not dashboard.is_alive())


def test_alerts_reach_the_channel(bot: Bot) -> None:
    bot.start_alerting()
    bot.post.send(m.BotHalted(NOW, "four failures"))
    wait_until(lambda: len(bot.shown) == 1)
    assert bot.shown[0].title == "Trading halted"


def test_the_channel_outlives_an_actor_that_fails_and_closes_with_one_that_stops(bot: Bot) -> None:
    failing = bot.start_alerting("error")
    failing.tell("no message at all")
    wait_until(lambda: not failing.is_alive())
    alerting = bot.start_alerting("error")
    bot.post.send(m.BotHalted(NOW, "four failures"))
    bot.post.send(m.AllReady(NOW))
    alerting.stop()
    assert [alert.title for alert in bot.shown] == ["Trading halted"]
