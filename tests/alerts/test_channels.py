"""Alerts reach whoever can be reached, and nobody who can not be reached holds the bot up."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from bot.alerts.channels import AppriseChannel
from bot.alerts.lane import LaneLimits
from bot.config.secrets import SecretValues
from bot.domain.messages import AlertRaised, Severity
from tests.alerts.servers import Receiver, receiver
from tests.core.samples import NOW

IMPATIENT = LaneLimits(queue_length=5, send_timeout_s=0.2, retry_after_s=0.01, pause_s=0.3)
CANARY = "canary-token-7f3a9c"


def alert(title: str, severity: Severity = Severity.INFO) -> AlertRaised:
    return AlertRaised(severity, NOW, title, f"text of {title}")


def wait_until(holds: Callable[[], bool], timeout_s: float = 10) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        threading.Event().wait(0.01)


@contextmanager
def channel_to(*urls: str, limits: LaneLimits = IMPATIENT) -> Iterator[AppriseChannel]:
    channel = AppriseChannel(urls, None, SecretValues(), limits)
    try:
        yield channel
    finally:
        channel.close(0.0)


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def refusing_url() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return f"json://127.0.0.1:{port}/"


def test_alerts_arrive_in_order_with_their_severity(server: Receiver) -> None:
    with channel_to(server.url(), limits=LaneLimits()) as channel:
        severities = [Severity.INFO, Severity.WARNING, Severity.ERROR]
        assert all(channel.offer(alert(f"alert {each}", each)) for each in severities)
        channel.close(10)
    assert server.titles == ["alert info", "alert warning", "alert error"]
    assert [message["type"] for message in server.received] == ["info", "warning", "failure"]
    assert server.received[0]["message"] == "text of alert info"


def test_the_console_is_told_at_once_and_without_any_url() -> None:
    shown: list[AlertRaised] = []
    channel = AppriseChannel([], shown.append, SecretValues())
    assert channel.offer(alert("one"))
    assert shown == [alert("one")]
    channel.close(0)


def test_with_no_channel_at_all_nothing_is_delivered() -> None:
    channel = AppriseChannel([], None, SecretValues())
    assert not channel.offer(alert("one"))
    channel.close(0)


def test_a_hanging_channel_fills_its_queue_and_delays_nobody(server: Receiver) -> None:
    with receiver() as hanging, channel_to(hanging.url(), server.url()) as channel:
        hanging.may_answer.clear()
        channel.offer(alert("first"))
        wait_until(lambda: hanging.requests == 1 and server.titles == ["first"])
        began_s = time.monotonic()
        answers = []
        for number in range(10):
            answers.append(channel.offer(alert(f"alert {number}")))
            wait_until(lambda seen=number + 2: len(server.titles) == seen)  # type: ignore[misc]
        assert False in answers  # the queue of the hanging one holds 5
        assert time.monotonic() - began_s < 5
        assert hanging.requests == 1  # never more than one is left behind


def test_a_channel_that_hung_goes_on_when_it_is_back(server: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    with channel_to(server.url()) as channel:
        server.may_answer.clear()
        channel.offer(alert("first"))
        channel.offer(alert("second"))
        wait_until(lambda: any("took longer than 0.2 s" in record.getMessage() for record in caplog.records))
        server.may_answer.set()
        wait_until(lambda: "second" in server.titles)


def test_a_refused_alert_is_tried_again_and_the_channel_pauses(
    server: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    patient = LaneLimits(failures_at_most=3, retry_after_s=0.01, pause_s=0.2)
    with channel_to(server.url(), limits=patient) as channel:
        server.status = 500
        channel.offer(alert("lost"))
        wait_until(lambda: server.requests == 3)
        server.status = 200
        channel.offer(alert("kept"))
        wait_until(lambda: server.titles == ["kept"])
    pauses = [record for record in caplog.records if "pauses" in record.message]
    assert len(pauses) == 1
    assert any("gave up" in record.message for record in caplog.records)


def test_closing_does_not_wait_for_a_dead_channel(refusing_url: str) -> None:
    with receiver() as hanging, channel_to(refusing_url, hanging.url(), limits=LaneLimits()) as channel:
        hanging.may_answer.clear()
        for number in range(3):
            channel.offer(alert(f"alert {number}"))
        wait_until(lambda: hanging.requests == 1)
        began_s = time.monotonic()
        channel.close(0.3)
        assert time.monotonic() - began_s < 1
        assert not channel.offer(alert("too late"))


def test_closing_says_what_was_lost(caplog: pytest.LogCaptureFixture) -> None:
    with receiver() as hanging, channel_to(hanging.url(), limits=LaneLimits()) as channel:
        hanging.may_answer.clear()
        for number in range(3):
            channel.offer(alert(f"alert {number}"))
        wait_until(lambda: hanging.requests == 1)
        channel.close(0.1)
    assert "3 alerts could not be sent before the end" in caplog.messages


def test_what_waits_is_sent_when_closing(server: Receiver) -> None:
    with channel_to(server.url(), limits=LaneLimits()) as channel:
        server.may_answer.clear()
        for number in range(4):
            channel.offer(alert(f"alert {number}"))
        wait_until(lambda: server.requests == 1)
        server.may_answer.set()
        channel.close(10)
    assert len(server.titles) == 4


def test_no_secret_of_a_url_is_ever_logged(caplog: pytest.LogCaptureFixture, refusing_url: str) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = SecretValues()
    urls = [f"nosuch://{CANARY}", f"tgram://{CANARY}", f"{refusing_url}{CANARY}?token={CANARY}"]
    channel = AppriseChannel(urls, None, secrets, IMPATIENT)
    channel.offer(alert("one"))
    wait_until(lambda: any("gave up" in record.getMessage() for record in caplog.records))
    channel.close(1)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("bot.")]
    assert CANARY not in "\n".join(ours)
    assert [line for line in ours if "channel 1 can not be used" in line]
    assert [line for line in ours if "channel 2 can not be used" in line]
    assert CANARY not in secrets.redact(caplog.text)  # what Apprise and urllib3 say passes the log's redaction
    assert not channel.offer(alert("unusable"))
