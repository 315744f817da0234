"""Guards over the wire: a day's loss closes everything, the account forgets nothing when its actor dies."""

import json
from contextlib import closing
from pathlib import Path

from bot.domain.messages import AccountState, GuardState
from bot.storage.reading import LedgerReader
from tests.actors.waiting import eventually
from tests.end_to_end.running import RunningBot, running

LOSES_SOON = (
    "risk.risk_per_trade=0.002",
    "risk.guards.daily_loss.fraction=0.002",
    "risk.guards.daily_loss.action=flatten",
)


def state_of(bot: RunningBot) -> AccountState:
    state = bot.view().account_state
    assert state is not None
    return state


def latched(bot: RunningBot) -> tuple[GuardState, ...]:
    return state_of(bot).guards


def test_a_days_loss_flattens_and_stays_latched_when_the_account_is_replaced(tmp_path: Path) -> None:
    with running(tmp_path, *LOSES_SOON) as bot:
        eventually(lambda: bool(latched(bot)), "a loss", 40.0)
        (guard,) = latched(bot)
        assert (guard.name, guard.reason.startswith("daily loss limit: equity 9,9")) == ("daily_loss", True)
        eventually(lambda: bot.view().open_positions == 0, "nothing is open")
        told_ms = state_of(bot).time_ms
        bot.kill("account")
        eventually(lambda: state_of(bot).time_ms > told_ms, "the new account tells what it has read")
        assert latched(bot) == (guard,)
        fills, began_ms = bot.fills(), bot.view().now_ms

        def refused_since() -> bool:
            view = bot.view()
            ages = [row.signal_age_ms for row in view.rows if row.refusal.startswith("daily loss limit: equity")]
            return any(age is not None and view.now_ms - age > began_ms for age in ages)

        eventually(refused_since, "a later entry is refused for the same reason", 20.0)
        assert bot.fills() == fills
        assert any(title == "Daily loss limit: everything is closed" for title in bot.titles())
        bot.system.stop()
        assert bot.differences() == []


def test_money_that_is_withdrawn_closes_nothing_and_trading_goes_on(tmp_path: Path) -> None:
    guards = (
        "risk.risk_per_trade=0.0005",
        "risk.guards.daily_loss.fraction=0.1",
        "risk.guards.daily_loss.action=flatten",
        "risk.guards.drawdown.flatten=0.1",
    )
    with running(tmp_path, *guards) as bot:
        bot.trades_on()
        bot.control.request("POST", "deposit", {"account": bot.account, "amount": "-4000"})
        eventually(lambda: (bot.view().equity or 10_000) < 6_500, "the withdrawal is seen")
        bot.trades_on(4)
        assert latched(bot) == ()
        assert not [title for title in bot.titles() if title.startswith(("Daily loss", "Drawdown"))]
        bot.system.stop()
        with closing(LedgerReader(tmp_path / "ledger.sqlite")) as reader:
            kept = {row["key"]: json.loads(row["text"]) for row in reader.rows("notes") if row["owner"] == "account"}
        assert 5_000 < float(kept["daily_loss"]["first_equity"]) < 6_500, "the day's first equity moved with it"
