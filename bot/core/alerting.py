"""What the actor ``alerting`` decides: what people are told, how often, and in which words."""

import re
from collections.abc import Callable, Sequence
from typing import assert_never

import msgspec

from bot.config.models import Config
from bot.core import alert_texts as texts
from bot.core.contract import NOTHING
from bot.domain.messages import (
    ActorFailed,
    ActorReplaced,
    AlertRaised,
    AlertSent,
    AllReady,
    BotHalted,
    ConfigRevised,
    EntryRefused,
    FillBooked,
    FrameUnreadable,
    MarketDataIssue,
    Message,
    OrderOutcomeUnknown,
    OrderRefused,
    RequestFailed,
    RunEnded,
    RunStarted,
    Severity,
    Started,
    StreamLost,
    TradeClosed,
)
from bot.domain.values import TimeMs

QUIET_MS = 60_000
"""Two alerts of one kind are at least so far apart."""
QUIET_REFUSAL_MS = 3_600_000
"""Refused entries are everyday business: a full book refuses one at every signal."""
KINDS_AT_MOST = 1_000

type Accepted = (
    MarketDataIssue
    | EntryRefused
    | RequestFailed
    | OrderRefused
    | OrderOutcomeUnknown
    | FillBooked
    | TradeClosed
    | StreamLost
    | FrameUnreadable
    | AllReady
    | ActorFailed
    | ActorReplaced
    | BotHalted
    | RunStarted
    | RunEnded
    | AlertRaised
    | ConfigRevised
    | Started
)

_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}
_NUMBER = re.compile(r"\d[\d.,]*")


class _Kind(msgspec.Struct):
    """Alerts that count as the same."""

    told_ms: TimeMs
    held_back: int = 0


class AlertingCore:
    """Turns events into alerts and hands them to the channels; what repeats itself is counted, not repeated.

    Fills and closed trades are told every time.
    """

    def __init__(
        self, min_severity: Severity, offer: Callable[[AlertRaised], bool], redact: Callable[[str], str]
    ) -> None:
        """``offer`` takes an alert without blocking, or returns False; ``redact`` takes secrets out of a text."""
        self._least_rank = _RANK[min_severity]
        self._offer = offer
        self._redact = redact
        self._kinds: dict[str, _Kind] = {}

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        match message:
            case FillBooked():
                return self._send(texts.of_fill(message))
            case TradeClosed():
                return self._send(texts.of_trade(message))
            case EntryRefused():
                # One book is full for all symbols alike, and only the numbers in the reason differ.
                kind = f"refusal: {_NUMBER.sub('#', message.reason)}"
                return self._send_once(texts.of_refusal(message), now_ms, kind, QUIET_REFUSAL_MS)
            case RequestFailed():
                return self._send_once(texts.of_failed_request(message, now_ms), now_ms)
            case AlertRaised():
                return self._send_once(message, now_ms)
            case ConfigRevised():
                if isinstance(message.config, Config):
                    self._least_rank = _RANK[Severity(message.config.alerts.min_severity)]
                return self._send(texts.of_revision(message))
            case Started():
                return NOTHING
            case (
                MarketDataIssue()
                | OrderRefused()
                | OrderOutcomeUnknown()
                | StreamLost()
                | FrameUnreadable()
                | AllReady()
                | ActorFailed()
                | ActorReplaced()
                | BotHalted()
                | RunStarted()
                | RunEnded()
            ):
                return self._send_once(texts.of_event(message, now_ms), now_ms)
            case _:
                assert_never(message)

    def _send_once(
        self, alert: AlertRaised, now_ms: TimeMs, kind: str = "", quiet_ms: int = QUIET_MS
    ) -> Sequence[Message]:
        if _RANK[alert.severity] < self._least_rank:
            return NOTHING
        kind = kind or alert.title
        known = self._kinds.get(kind)
        if known is not None and now_ms - known.told_ms < quiet_ms:
            known.held_back += 1
            return NOTHING
        self._kinds[kind] = _Kind(now_ms)
        self._forget_oldest()
        if known is not None and known.held_back:
            text = f"{alert.text} ({known.held_back} more like this)".lstrip()
            alert = AlertRaised(alert.severity, alert.time_ms, alert.title, text)
        return self._send(alert)

    def _send(self, alert: AlertRaised) -> Sequence[Message]:
        if _RANK[alert.severity] < self._least_rank:
            return NOTHING
        clean = AlertRaised(alert.severity, alert.time_ms, self._redact(alert.title), self._redact(alert.text))
        return (AlertSent(clean, self._offer(clean)),)

    def _forget_oldest(self) -> None:
        if len(self._kinds) > KINDS_AT_MOST:
            by_age = sorted(self._kinds.items(), key=lambda item: item[1].told_ms)
            self._kinds = dict(by_age[KINDS_AT_MOST // 2 :])
