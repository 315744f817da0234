"""An actor that fails is noticed and replaced by name, and its mail does not count as work for ever."""

import threading
from typing import Any

import pykka
import pytest

from actors.shell import Shell
from bot.core.supervisor import GIVEN_UP_AFTER, RESTARTS_AT_MOST
from bot.domain.address import Role
from bot.domain.errors import UserError
from bot.domain.messages import ActorFailed, ActorReplaced, BarClosed, BotHalted, Message
from bot.domain.values import TimeMs
from tests.actors.small_bot import ANALYZER, POISON, FragileAnalyzer, SmallBot
from tests.actors.waiting import eventually
from tests.core.samples import BTC, NOW, bar

BAR = BarClosed(BTC, bar(0), NOW)


class ClumsyShell(Shell):
    """Fails while it fails: its file can not be closed either."""

    def release(self) -> None:
        raise OSError("the disk is full")


def test_a_core_lives_in_the_thread_that_carries_its_address(small: SmallBot) -> None:
    small.start_analyzer()
    eventually(lambda: bool(small.analyzers), "a core")
    assert small.analyzers[0].thread == ANALYZER


def test_an_actor_whose_core_raises_is_replaced_by_name(small: SmallBot) -> None:
    alerting = small.listen(Role.ALERTING)
    small.supervise()
    first = small.start_analyzer()
    eventually(small.milestones.ready.is_set, "readiness")
    small.post.send(POISON)
    eventually(lambda: bool(alerting.of(ActorReplaced)), "a new analyzer")
    eventually(lambda: not first.is_alive(), "the end of the first one")
    small.post.send(BAR)
    eventually(lambda: small.analyzers[1].bars == [BAR], "a bar")
    assert alerting.of(ActorFailed) == [ActorFailed(ANALYZER, NOW, "ValueError: what a bar")]
    assert alerting.of(ActorReplaced) == [ActorReplaced(ANALYZER, NOW)]
    assert small.work.wait_idle(5)
    assert not small.milestones.halted.is_set()


def test_a_message_of_a_wrong_type_is_a_failure_like_any_other(small: SmallBot) -> None:
    small.supervise()
    small.make_core = lambda: OnlyBars(small.new_analyzer())
    small.start_analyzer().tell("no message at all")
    eventually(lambda: len(small.analyzers) == 2, "a new analyzer")


class OnlyBars:
    """Raises for everything but what it knows, as assert_never does."""

    def __init__(self, analyzer: FragileAnalyzer) -> None:
        self._analyzer = analyzer

    def handle(self, message: Any, now_ms: TimeMs) -> Any:
        if not isinstance(message, Message):
            raise TypeError(f"unexpected {message!r}")
        return self._analyzer.handle(message, now_ms)  # type: ignore[arg-type]  # whatever comes


def test_failures_beyond_the_limit_halt_but_the_actor_is_there_still(small: SmallBot) -> None:
    alerting = small.listen(Role.ALERTING)
    small.supervise()
    small.start_analyzer()
    for failures in range(1, RESTARTS_AT_MOST + 2):
        assert not small.milestones.halted.is_set()
        small.post.send(POISON)
        eventually(lambda wanted=failures: len(alerting.of(ActorReplaced)) == wanted, "a new analyzer")  # type: ignore[misc]
    eventually(small.milestones.halted.is_set, "the halt")
    eventually(lambda: bool(alerting.of(BotHalted)), "news of it")
    assert small.milestones.halt_reason.startswith(f"4 actors failed within a minute, last {ANALYZER}: ValueError")
    small.post.send(BAR)
    eventually(lambda: small.analyzers[-1].bars == [BAR], "a bar")


def test_an_actor_that_can_not_start_is_tried_again_and_then_the_bot_halts(small: SmallBot) -> None:
    tried: list[int] = []

    def fail() -> FragileAnalyzer:
        tried.append(1)
        raise OSError("no such file")

    small.supervise()
    small.make_core = fail
    small.start_analyzer()
    eventually(lambda: len(tried) == 1 + GIVEN_UP_AFTER, "all attempts")
    eventually(small.milestones.halted.is_set, "the halt")
    assert small.milestones.halt_reason.endswith("OSError: no such file")
    assert small.work.wait_idle(5)
    assert len(tried) == 1 + GIVEN_UP_AFTER


def test_an_actor_that_could_not_start_leaves_the_count_of_work_right(small: SmallBot) -> None:
    alerting = small.listen(Role.ALERTING)
    small.make_core = lambda: 1 / 0
    small.start_analyzer()
    eventually(lambda: bool(alerting.of(ActorFailed)), "news of the failure")
    assert small.work.wait_idle(5)
    small.work.begin()
    assert not small.work.wait_idle(0.01), "one message too many was counted as dealt with"
    small.work.end()


def test_a_failure_is_reported_although_giving_back_fails_too(
    small: SmallBot, caplog: pytest.LogCaptureFixture
) -> None:
    alerting = small.listen(Role.ALERTING)
    clumsy: Any = ClumsyShell.start(ANALYZER, small.new_analyzer, small.around)
    small.post.enlist(ANALYZER, clumsy)
    small.post.send(POISON)
    eventually(lambda: bool(alerting.of(ActorFailed)), "news of the failure")
    assert small.work.wait_idle(5)
    assert "the disk is full" in caplog.text


def test_the_inbox_of_a_dead_actor_is_no_work(small: SmallBot) -> None:
    entered, may_fail = threading.Event(), threading.Event()

    class Doomed:
        def handle(self, _message: Message, _now_ms: TimeMs) -> Any:
            entered.set()
            assert may_fail.wait(10)
            raise ValueError("doom")

    small.make_core = Doomed
    small.start_analyzer()
    assert entered.wait(5)
    small.post.send_all([BAR] * 20)
    assert not small.work.wait_idle(0.01)
    may_fail.set()
    assert small.work.wait_idle(5)


def test_only_messages_of_a_dead_actor_are_taken_off_the_count_of_work(small: SmallBot) -> None:
    entered, may_fail = threading.Event(), threading.Event()

    class Doomed:
        def handle(self, _message: Message, _now_ms: TimeMs) -> Any:
            entered.set()
            assert may_fail.wait(10)
            raise ValueError("doom")

    small.make_core = Doomed
    ref = small.start_analyzer()
    assert entered.wait(5)
    small.post.send(BAR)
    for _ in range(3):
        ref.tell("a reminder past the post")
    asked = ref.ask("a question past the post", block=False)
    small.work.begin()  # somebody else is at work
    may_fail.set()
    with pytest.raises(pykka.ActorDeadError):
        asked.get(timeout=5)
    assert not small.work.wait_idle(0.01)
    small.work.end()
    assert small.work.wait_idle(5)


def test_a_reminder_that_fails_is_not_taken_off_the_count_of_work(small: SmallBot) -> None:
    alerting = small.listen(Role.ALERTING)
    small.make_core = lambda: OnlyBars(small.new_analyzer())
    ref = small.start_analyzer()
    assert small.work.wait_idle(5)
    small.work.begin()  # somebody else is at work
    ref.tell("a reminder past the post")
    eventually(lambda: bool(alerting.of(ActorFailed)), "news of the failure")
    assert not small.work.wait_idle(0.05)
    small.work.end()
    assert small.work.wait_idle(5)


def test_an_actor_that_is_stopped_gives_up_its_mail(small: SmallBot) -> None:
    entered, may_go_on = threading.Event(), threading.Event()

    class Busy:
        def handle(self, _message: Message, _now_ms: TimeMs) -> Any:
            entered.set()
            assert may_go_on.wait(10)
            return ()

    small.make_core = Busy
    ref = small.start_analyzer()
    assert entered.wait(5)
    ref.stop(block=False)
    small.post.send_all([BAR] * 20)
    may_go_on.set()
    assert small.work.wait_idle(5)
    eventually(lambda: not ref.is_alive(), "its end")


def test_a_supervisor_that_fails_halts_the_bot_because_nobody_would_replace_anybody(small: SmallBot) -> None:
    small.supervise()
    small.post.enlist(ANALYZER, small.start_analyzer())
    broken: Any = small.post._refs["supervisor"]  # type: ignore[index]  # an Address
    broken.tell("no message at all")
    eventually(small.milestones.halted.is_set, "the halt")
    assert "supervisor" in small.milestones.halt_reason


class OwnStrategy:
    """Fails as a strategy of the user's does."""

    def handle(self, message: Message, now_ms: TimeMs) -> tuple[Message, ...]:  # noqa: ARG002 - Core.handle
        raise UserError("mine.py: failed (line 3)") from ZeroDivisionError("by nothing")


def test_what_is_the_users_to_mend_is_logged_by_its_text_and_cause(
    small: SmallBot, caplog: pytest.LogCaptureFixture
) -> None:
    small.make_core = OwnStrategy
    ref = small.start_analyzer()
    small.post.send(BAR)
    eventually(lambda: not ref.is_alive(), "the end")
    eventually(lambda: any(each.name == "actors.shell" for each in caplog.records), "a line in the log")
    (told,) = [each for each in caplog.records if each.name == "actors.shell"]
    assert told.getMessage() == f"{ANALYZER} failed: mine.py: failed (line 3)"
    assert told.exc_info is not None
    assert told.exc_info[0] is ZeroDivisionError
