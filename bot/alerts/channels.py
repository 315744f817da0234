"""Where alerts go: the console and any number of Apprise URLs, none of which can hold the bot up."""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bot.alerts.lane import Lane, LaneLimits
from bot.config.secrets import SecretValues
from bot.domain.messages import AlertRaised, Severity

log = logging.getLogger(__name__)
told = logging.getLogger("alert")
_LEVELS = {Severity.INFO: logging.INFO, Severity.WARNING: logging.WARNING, Severity.ERROR: logging.ERROR}


class AppriseChannel:
    """Every URL has its own queue and its own daemon thread, so that a dead one does not delay the others."""

    def __init__(
        self,
        urls: Sequence[str],
        sink_console: Callable[[AlertRaised], None] | None,
        secrets: SecretValues,
        limits: LaneLimits | None = None,
    ) -> None:
        """``sink_console`` shows an alert at once, in the thread that offers it; None: the console stays quiet.

        The URLs are checked in the background, because Apprise takes long to import: what is wrong with one is logged.
        """
        self._sink_console = sink_console
        self._secrets = secrets
        for url in urls:
            secrets.add_url(url)
        self._lanes = [Lane(number, url, limits or LaneLimits()) for number, url in enumerate(urls, start=1)]
        for lane in self._lanes:
            lane.start()

    def offer(self, alert: AlertRaised) -> bool:
        """Take an alert without waiting; False if a channel had no room for it, or if there is no channel at all.

        It stands in the log as well, with the exchange's time: the log alone tells what happened.
        """
        when = datetime.fromtimestamp(alert.time_ms / 1000, UTC)
        told.log(_LEVELS[alert.severity], "%s %s: %s", f"{when:%Y-%m-%d %H:%M:%S}", alert.title, alert.text)
        if self._sink_console is not None:
            self._sink_console(alert)
        accepted = [lane.offer(alert) for lane in self._lanes]
        return all(accepted) and (bool(accepted) or self._sink_console is not None)

    def redact(self, text: str) -> str:
        """``text`` without the secrets of this run."""
        return self._secrets.redact(text)

    def close(self, timeout_s: float) -> None:
        """Send what is queued, at most for ``timeout_s`` in all; what is left then is lost, with a line in the log."""
        deadline_s = time.monotonic() + timeout_s
        for lane in self._lanes:
            lane.finish()
        lost = sum(lane.join(max(0.0, deadline_s - time.monotonic())) for lane in self._lanes)
        if lost:
            log.warning("%s alerts could not be sent before the end", lost)
