"""The keys that a run trades with are nowhere but in memory."""

from pathlib import Path

import pytest

from bot.config.secrets import SecretValues
from bot.dashboard.console import ConsoleView
from bot.dashboard.logs import configure_logging
from tests.actors.waiting import eventually
from tests.end_to_end.running import running


def test_no_key_is_written_whatever_goes_wrong(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    secrets = SecretValues()
    log = tmp_path / "bot.log"
    undo = configure_logging(log, "DEBUG", 10_000_000, 1, secrets)
    view = ConsoleView(100)
    with running(tmp_path, secrets=secrets) as bot:
        bot.trades_on(1)
        bot.control.disconnect("reset")
        bot.ref("account").tell(bot.credentials)  # ends in a traceback that shows the message
        bot.ref("database").tell(bot.credentials.api_secret)
        eventually(lambda: "account was replaced" in " ".join(bot.titles()), "a new account")
        bot.trades_on(2)
        view.refresh(bot.view())
        for alert in bot.alerts:
            view.alert(alert)
        bot.system.stop()
    view.close()
    undo()
    shown = capfd.readouterr()
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir()).decode(errors="replace")
    assert "Traceback" in log.read_text("utf-8")
    assert "***" in log.read_text("utf-8")
    assert "was replaced" in shown.out
    for secret in (bot.credentials.api_key, bot.credentials.api_secret):
        assert secret not in written
        assert secret not in shown.out + shown.err
