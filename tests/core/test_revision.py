"""Another configuration in the cores: from one message to the next, and never half of it."""

from decimal import Decimal

import msgspec
import pytest

from bot.config.models import Config
from bot.config.risk import RiskConfig
from bot.core.account_entries import EntryJudge
from bot.core.guard_desk import GuardDesk
from bot.core.operator import messages_for
from bot.core.position_manager import PositionManagerCore
from bot.domain.errors import UserError
from bot.domain.messages import (
    CancelEntriesWanted,
    ClosePositionWanted,
    ConfigRevised,
    Direction,
    EntryApproved,
    EntryRefused,
    EntryWanted,
    FlattenWanted,
    GuardReleaseWanted,
    NotesLoaded,
    PlaceOrder,
    TradingMode,
    TradingModeWanted,
)
from bot.domain.values import Address, Side
from bot.risk.portfolio import Portfolio
from tests.core.managers import after, only, signal
from tests.core.samples import BTC, ETH, NOW, RULES


def test_the_next_wish_is_of_the_new_revision(flat: PositionManagerCore) -> None:
    config = Config.model_validate({"symbols": [BTC], "risk": {"risk_per_trade": "0.001"}})
    flat.handle(ConfigRevised(NOW, 3, config, ()), NOW)
    wanted = only(EntryWanted, flat.handle(signal(Direction.LONG), NOW))
    assert (wanted.revision, wanted.risk_per_trade) == (3, Decimal("0.001"))
    assert only(PlaceOrder, flat.handle(EntryApproved(BTC, wanted, Decimal(1)), NOW)).revision == 3


@pytest.mark.parametrize(
    ("command", "mode"),
    [("pause", TradingMode.PAUSED), ("resume", TradingMode.RUNNING), ("halt", TradingMode.HALTED)],
)
def test_modes(command: str, mode: TradingMode) -> None:
    assert messages_for(command, ["lunch", "break"], [BTC], NOW) == (TradingModeWanted(mode, "lunch break", NOW),)


def test_other_commands() -> None:
    assert messages_for("close", ["btcusdt"], [BTC, ETH], NOW) == (ClosePositionWanted(BTC, NOW, "operator"),)
    assert messages_for("close-all", [], [BTC], NOW) == (FlattenWanted(NOW, "operator"),)
    assert messages_for("cancel-orders", [], [BTC], NOW) == (CancelEntriesWanted(NOW, "operator"),)
    assert messages_for("release", ["drawdown"], [BTC], NOW) == (GuardReleaseWanted("drawdown", "operator", NOW),)
    assert messages_for("release", [], [BTC], NOW) == (GuardReleaseWanted("", "operator", NOW),)


@pytest.mark.parametrize(
    ("command", "argument", "told"),
    [
        ("close", "SOLUSDT", "SOLUSDT is not traded here; there is: BTCUSDT, ETHUSDT"),
        ("release", "everything", "everything can not be released"),
        ("dance", "", "no command dance"),
    ],
)
def test_what_can_not_be_meant_is_told(command: str, argument: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        messages_for(command, [argument], [BTC, ETH], after(0))


def test_entries_of_another_revision_than_the_limits_are_refused() -> None:
    guards = GuardDesk(RiskConfig().guards, "USDT", needs_trades=False)
    guards.restore(NotesLoaded(Address("account"), ()), NOW)
    judge = EntryJudge(RiskConfig(), Portfolio(), guards, None)
    wish = EntryWanted(BTC, NOW, Side.BUY, Decimal(100), Decimal(98), None, RULES, Decimal(5), Decimal("0.01"))
    judge.revise(RiskConfig(max_open_positions=1), 4)
    refused = judge.decide(wish, Decimal(1000), Decimal(1000), NOW)
    assert isinstance(refused, EntryRefused)
    assert "being revised" in refused.reason
    assert isinstance(
        judge.decide(msgspec.structs.replace(wish, revision=4), Decimal(1000), Decimal(1000), NOW), EntryApproved
    )
