"""One Apprise URL: its queue, its thread, its time limit and its patience."""

import logging
import queue
import threading
from dataclasses import dataclass
from typing import Any, Final

from bot.domain.messages import AlertRaised, Severity

log = logging.getLogger(__name__)

_APPRISE_TYPE: Final = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.ERROR: "failure"}
_making = threading.Lock()
"""Apprise loads its plugins when the first URL is read, and is not made for several threads doing that."""


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """How much a URL may hold and how long it may take; times of the wall clock."""

    queue_length: int = 100
    send_timeout_s: float = 10.0
    failures_at_most: int = 3
    """So many in a row, and the channel pauses; so many for one alert, and it is given up."""
    retry_after_s: float = 1.0
    pause_s: float = 60.0


class Lane:
    """Sends the alerts of one URL, one after the other, in a daemon thread.

    Apprise blocks, and a server that sends a byte now and then can hold it for ever: every alert is therefore sent in
    a thread that may be left behind. While one is left behind, nothing else is sent, so there is never more than one.
    An alert that was not confirmed in time is tried again: it may arrive twice rather than never.
    """

    def __init__(self, number: int, url: str, limits: LaneLimits) -> None:
        """``number`` names the URL in the log, which never shows the URL itself."""
        self._number = number
        self._url = url
        self._limits = limits
        self._queue: queue.SimpleQueue[AlertRaised | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._is_over = False
        self._failures = 0
        self._is_full = False
        self._in_hand = 0
        self._left_behind: threading.Thread | None = None
        self._thread = threading.Thread(target=self._run, name=f"alerts {number}", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def offer(self, alert: AlertRaised) -> bool:
        """Queue an alert; False if there is no room, or if nothing is sent any more. From one thread at a time."""
        if self._is_over or self._closing.is_set():
            return False
        if self._queue.qsize() >= self._limits.queue_length:
            if not self._is_full:
                log.warning("alert channel %s does not keep up: alerts are dropped", self._number)
            self._is_full = True
            return False
        self._is_full = False
        self._queue.put(alert)
        return True

    def finish(self) -> None:
        """Send what is queued and end. A pause ends at once, and one more failure is the end."""
        self._closing.set()
        self._queue.put(None)

    def join(self, timeout_s: float) -> int:
        """Wait for the end, after ``finish``; how many alerts were not sent."""
        self._thread.join(timeout_s)
        end_marks = 1 if self._queue.qsize() else 0
        return self._queue.qsize() - end_marks + self._in_hand

    # --- in the lane's thread --------------------------------------------------------------------------------------

    def _run(self) -> None:
        service = self._make_service()
        if service is not None:
            self._send_all(service)
        self._is_over = True

    def _make_service(self) -> Any | None:  # noqa: ANN401 - Apprise is untyped
        try:
            with _making:
                import apprise  # half a second, which a bot without alert URLs does not pay

                asset = apprise.AppriseAsset(async_mode=False, secure_logging=True)
                service = apprise.Apprise(asset=asset)
                is_usable = bool(service.add(self._url))
        except Exception as error:  # noqa: BLE001 - plugins raise whatever they like, with the URL in the text
            self._report_unusable(type(error).__name__)
            return None
        if not is_usable:
            self._report_unusable("Apprise does not understand its URL")
            return None
        return service

    def _report_unusable(self, reason: str) -> None:
        log.error("alert channel %s can not be used: %s", self._number, reason)

    def _send_all(self, service: Any) -> None:  # noqa: ANN401
        while (alert := self._queue.get()) is not None:
            self._in_hand = 1
            for _ in range(self._limits.failures_at_most):
                if self._send(service, alert):
                    self._failures = 0
                    break
                if not self._wait_after_failure():
                    return
            else:
                log.error("alert channel %s gave up an alert: %s", self._number, alert.title)
            self._in_hand = 0

    def _wait_after_failure(self) -> bool:
        """False if the bot is stopping: there is no time to try again."""
        self._failures += 1
        limits = self._limits
        pauses = self._failures >= limits.failures_at_most
        if pauses and self._failures == limits.failures_at_most:
            log.warning("alert channel %s fails: it pauses for %.0f s", self._number, limits.pause_s)
        return not self._closing.wait(limits.pause_s if pauses else limits.retry_after_s)

    def _send(self, service: Any, alert: AlertRaised) -> bool:  # noqa: ANN401
        """Whether Apprise says that it delivered the alert, in time."""
        if self._left_behind is not None:
            self._left_behind.join(self._limits.send_timeout_s)
            if self._left_behind.is_alive():
                return False
            self._left_behind = None
        delivered = threading.Event()
        sender = threading.Thread(
            target=self._notify, args=(service, alert, delivered), name=self._thread.name, daemon=True
        )
        sender.start()
        sender.join(self._limits.send_timeout_s)
        if sender.is_alive():
            self._left_behind = sender
            log.warning("alert channel %s took longer than %s s", self._number, self._limits.send_timeout_s)
        return delivered.is_set()

    def _notify(self, service: Any, alert: AlertRaised, delivered: threading.Event) -> None:  # noqa: ANN401
        """Runs in a thread of its own."""
        body = alert.text or alert.title
        title = alert.title if alert.text else ""
        try:
            if service.notify(body=body, title=title, notify_type=_APPRISE_TYPE[alert.severity]):
                delivered.set()
        except Exception as error:  # noqa: BLE001 - as for making it
            log.warning("alert channel %s failed: %s", self._number, type(error).__name__)
