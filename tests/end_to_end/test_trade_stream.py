"""The whole bot with its orders on the trade WebSocket: nothing else could have carried them, and the books agree."""

from pathlib import Path

from tests.end_to_end.process import STOPPED_WITHIN_S, bot_says, settings, started
from tests.end_to_end.running import running
from tests.end_to_end.test_process import assert_ended_well

NO_ORDERS_BY_REST = [{"fault": "http", "at": f"/v5/order/{name}", "status": 502} for name in ("create", "cancel")]


def test_orders_travel_over_the_stream_and_an_answer_that_is_lost_does_no_harm(tmp_path: Path) -> None:
    with running(tmp_path, "execution.transport=websocket", "execution.request_timeout_ms=500") as bot:
        bot.control.faults(*NO_ORDERS_BY_REST)
        bot.trades_on(4)
        bot.control.faults(
            {"fault": "reply_lost", "at": "order.create", "nth": 1, "how": "silence"},
            {"fault": "request_lost", "at": "order.create", "nth": 2, "how": "close"},
            {"fault": "reply_lost", "at": "order.create", "nth": 4, "how": "reset"},
        )
        bot.trades_on(6)
        bot.control.clear_faults()
        bot.trades_on(2)
        bot.system.stop()
        assert bot.differences() == []


def test_a_run_of_the_program_reconciles(tmp_path: Path) -> None:
    arguments = settings("execution.transport=websocket", "execution.close_positions_on_stop=true")
    with started(tmp_path / "state", "--for", "4s", *arguments) as bot:
        bot.process.wait(4 + STOPPED_WITHIN_S)
        assert_ended_well(bot)
    said = bot_says("report", "--state-dir", str(bot.state_dir))
    assert said.returncode == 0
