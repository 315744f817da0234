"""The alerting actor."""

from actors.shell import Shell, Surroundings
from bot.alerts.channels import AppriseChannel
from bot.core.alerting import AlertingCore
from bot.domain.address import Role, address_of
from bot.domain.messages import Severity

FLUSH_WITHIN_S = 2.0


class AlertingActor(Shell):
    """Hands alerts to the channels, which send them in threads of their own."""

    def __init__(self, min_severity: str, channel: AppriseChannel, around: Surroundings) -> None:
        severity = Severity(min_severity)
        make_core = lambda: AlertingCore(severity, channel.offer, channel.redact)  # noqa: E731 - a name for the line
        super().__init__(address_of(Role.ALERTING), make_core, around)
        self._channel = channel

    def on_stop(self) -> None:
        """Send what is still queued, within limits. After a failure the channels stay open for the next actor."""
        super().on_stop()
        self._channel.close(FLUSH_WITHIN_S)
