"""What closes the account, what opens it again, and what of that outlives the bot."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config.guards import CooldownConfig, DailyLossConfig, DrawdownConfig, GuardsConfig
from bot.config.risk import LimitsConfig, RiskConfig, SizingConfig
from bot.core.account import AccountCore
from bot.core.regular_checks import RegularChecks
from bot.domain.messages import (
    AccountState,
    ActorReplaced,
    AlertRaised,
    AllReady,
    CancelEntriesWanted,
    EntryApproved,
    EntryEnded,
    EntryRefused,
    EntryWanted,
    FeeRatesLoaded,
    FetchPositions,
    FetchTransfers,
    FetchWallet,
    FillBooked,
    FlattenWanted,
    GuardReleaseWanted,
    GuardState,
    KeepNote,
    LoadNotes,
    LoadTrades,
    Message,
    NotesLoaded,
    PositionChanged,
    PositionMarked,
    PositionModeAnswered,
    PositionsLoaded,
    PositionUpdate,
    PrivateStreamUp,
    RequestFailed,
    Severity,
    Started,
    TimePassed,
    TradeClosed,
    TradesLoaded,
    TradingMode,
    TradingModeWanted,
    TransfersLoaded,
    WakeAt,
    WalletUpdate,
    WorkingEntriesTold,
)
from bot.domain.values import ZERO, Address, Side, Symbol, TimeMs
from tests.core.samples import BTC, ETH, RULES, execution

MIDNIGHT = TimeMs(1_767_225_600_000)  # 2026-01-01 00:00 UTC
NOW = TimeMs(MIDNIGHT + 3_600_000)
ADDRESS = Address("account")
DAILY = DailyLossConfig(fraction=Decimal("0.05"))


def later(seconds: float) -> TimeMs:
    return TimeMs(NOW + int(seconds * 1000))


class Account:
    """An account that is ready, and everything it has said."""

    def __init__(self, risk: RiskConfig, notes: Iterable[tuple[str, str]] = (), at_ms: TimeMs = NOW) -> None:
        self.core = AccountCore("USDT", risk)
        self.notes = dict(notes)
        self.said: list[Message] = []
        self.transfers: list[tuple[TimeMs, Decimal]] | None = []
        """What the exchange knows of; None while it does not answer."""
        for message in (
            Started(ADDRESS, at_ms),
            NotesLoaded(ADDRESS, tuple(self.notes.items())),
            TradesLoaded(ADDRESS, ()),
            PositionModeAnswered(0, "OK"),
            FeeRatesLoaded(((BTC, ZERO, ZERO),)),
            self.wallet("10000", at_ms),
            AllReady(at_ms),
        ):
            self.tell(message, at_ms)

    def wallet(self, balance: str, at_ms: TimeMs, equity: str | None = None, **rates: Any) -> WalletUpdate:
        return WalletUpdate(at_ms, "USDT", Decimal(balance), Decimal(equity or balance), Decimal(balance), **rates)

    def tell(self, message: Any, at_ms: TimeMs) -> Sequence[Message]:
        out = list(self.core.handle(message, at_ms))
        for each in out:
            if isinstance(each, KeepNote):
                if each.text is None:
                    self.notes.pop(each.key)
                else:
                    self.notes[each.key] = each.text
        self.said += out
        for asked in [each for each in out if isinstance(each, FetchTransfers) and self.transfers is not None]:
            moved = [each for each in self.transfers or () if each[0] >= asked.since_ms]
            out += self.tell(TransfersLoaded("USDT", tuple(moved)), at_ms)
        return out

    def open(self, at_ms: TimeMs, size: str = "10") -> None:
        """A fill at 100 and the position that it leads to."""
        self.tell(
            FillBooked(BTC, execution("e", Side.BUY, size, "100"), "entry", ZERO, Decimal(size), Decimal(100)), at_ms
        )
        self.tell(position(size, at_ms), at_ms)

    def mark(self, pnl: str, at_ms: TimeMs) -> Sequence[Message]:
        price = 100 + Decimal(pnl) / 10
        return self.tell(PositionMarked(BTC, at_ms, price, Decimal(pnl), price, price), at_ms)

    def refusal(self, at_ms: TimeMs, symbol: Symbol = ETH) -> str | None:
        """Why an entry is refused; None where it is approved (and given back)."""
        wish = EntryWanted(
            symbol, at_ms, Side.BUY, Decimal(100), Decimal(98), None, RULES, Decimal(5), Decimal("0.005")
        )
        (answer,) = [each for each in self.tell(wish, at_ms) if isinstance(each, EntryApproved | EntryRefused)]
        if isinstance(answer, EntryRefused):
            return answer.reason
        self.tell(EntryEnded(symbol), at_ms)
        return None

    def kinds(self, *wanted: type[Message]) -> list[type[Message]]:
        return [type(each) for each in self.said if isinstance(each, wanted)]


def position(size: str, at_ms: TimeMs) -> PositionChanged:
    return PositionChanged(BTC, at_ms, Decimal(size), Decimal(100), Decimal(98), None, Decimal(5), ZERO, ZERO)


def guarded(**guards: Any) -> RiskConfig:
    return RiskConfig(guards=GuardsConfig(**guards))


def lost(account: Account, *, confirmed: bool = True) -> None:
    """A position that loses 600 of 10,000."""
    account.open(later(10))
    account.tell(TimePassed(ADDRESS, later(20)), later(20))
    account.mark("-600", later(60))
    if confirmed:
        account.tell(account.wallet("10000", later(61), equity="9400"), later(61))


def test_a_loss_by_the_bots_own_marks_is_a_suspicion_until_the_exchange_has_confirmed_it() -> None:
    account = Account(guarded(daily_loss=DAILY))
    assert account.refusal(NOW) is None
    lost(account, confirmed=False)
    assert account.refusal(later(60)) == "daily loss limit: the exchange is asked whether the equity is 9,400.00"
    assert FetchWallet("USDT") in account.said
    assert not account.kinds(AlertRaised, CancelEntriesWanted)
    account.tell(account.wallet("10000", later(61), equity="9990"), later(61))  # half of the news was missing
    account.mark("-10", later(62))
    assert account.refusal(later(62)) is None


def test_the_exchange_is_asked_again_while_the_suspicion_lasts_but_not_at_every_mark() -> None:
    account = Account(guarded(daily_loss=DAILY))
    lost(account, confirmed=False)
    for second in range(61, 71):
        account.tell(TimePassed(ADDRESS, later(second)), later(second))
    assert len(account.kinds(FetchWallet)) == 3


def test_a_confirmed_daily_loss_latches_cancels_entries_and_is_told() -> None:
    account = Account(guarded(daily_loss=DAILY))
    lost(account)
    reason = (
        "daily loss limit: equity 9,400.00 is 6.0% below 10,000.00 at 2026-01-01 01:00 UTC; "
        "entries resume 2026-01-02 00:00 UTC"
    )
    assert account.refusal(later(62)) == reason
    (alert,) = [each for each in account.said if isinstance(each, AlertRaised)]
    assert (alert.severity, alert.title, alert.text) == (Severity.ERROR, "Daily loss limit: no more entries", reason)
    assert account.kinds(CancelEntriesWanted, FlattenWanted) == [CancelEntriesWanted]
    state = [each for each in account.said if isinstance(each, AccountState)][-1]
    day_ends = TimeMs(MIDNIGHT + 86_400_000)
    assert state.guards == (GuardState("daily_loss", reason.partition("; ")[0], day_ends),)


def test_the_latch_is_written_before_anything_is_done_about_it_and_holds_after_a_restart_until_the_reset() -> None:
    config = guarded(daily_loss=DailyLossConfig(fraction=Decimal("0.05"), action="flatten"))
    account = Account(config)
    lost(account)
    kinds = account.kinds(KeepNote, FlattenWanted)
    assert kinds[-1] is FlattenWanted
    assert kinds[-2] is KeepNote
    again = Account(config, account.notes.items(), later(100))
    assert (again.refusal(later(100)) or "").startswith("daily loss limit: equity 9,400.00")
    assert again.kinds(FlattenWanted) == [FlattenWanted], "the one before may have been lost"
    next_day = TimeMs(MIDNIGHT + 86_400_000)
    assert WakeAt(ADDRESS, next_day) in account.said
    again.tell(TimePassed(ADDRESS, next_day), next_day)
    assert again.refusal(next_day) is None
    assert [each.title for each in again.said if isinstance(each, AlertRaised)] == ["Daily loss limit: entries resume"]


def test_half_of_the_news_of_a_close_is_no_peak_and_no_first_equity() -> None:
    account = Account(guarded(drawdown=DrawdownConfig(stop_entries=Decimal("0.1"))))
    account.open(later(10))
    account.mark("-900", later(60))
    account.tell(FillBooked(BTC, execution("x", Side.SELL, "10", "10"), "exit", ZERO, ZERO, ZERO), later(70))
    account.tell(position("0", later(70)), later(70))  # the wallet has not heard of it yet: 10,000 again
    account.tell(account.wallet("9100", later(71)), later(71))
    account.tell(TimePassed(ADDRESS, later(74)), later(74))
    account.tell(account.wallet("9001", later(80)), later(80))
    assert account.refusal(later(80)) is None, "10,000 is the peak, and 9,001 is less than a tenth below it"
    account.tell(account.wallet("9000", later(81)), later(81))
    assert "10.0% below its peak of 10,000.00" in (account.refusal(later(81)) or "")


def test_a_position_whose_open_profit_is_not_known_leaves_the_day_without_its_first_equity() -> None:
    config = guarded(daily_loss=DAILY)
    account = Account(config)
    core = AccountCore("USDT", config)
    account.core = core
    for message in (
        NotesLoaded(ADDRESS, ()),
        account.wallet("10000", NOW),
        position("10", NOW),  # of an earlier life: nobody knows what it is worth
        AllReady(NOW),
    ):
        account.tell(message, NOW)
    unknown = "daily loss limit: the first equity of the day is not known yet"
    assert account.refusal(NOW) == unknown
    seen = PositionUpdate(BTC, Side.BUY, Decimal(10), Decimal(100), Decimal(5), None, None, NOW, mark_price=Decimal(99))
    account.tell(PositionsLoaded("USDT", NOW, (seen,)), later(1))
    account.tell(TimePassed(ADDRESS, later(4)), later(4))
    assert account.refusal(later(4)) is None


def test_what_a_guard_has_kept_and_nobody_can_read_keeps_the_account_closed() -> None:
    account = Account(guarded(daily_loss=DAILY), {"daily_loss": "not json"}.items())
    assert (account.refusal(NOW) or "").startswith("what the guard daily_loss has kept can not be read")
    account.tell(GuardReleaseWanted("daily_loss", "looked at it", NOW), NOW)
    assert account.refusal(NOW) is None


def test_a_drawdown_that_has_latched_is_released_by_hand_only() -> None:
    account = Account(guarded(drawdown=DrawdownConfig(flatten=Decimal("0.05"))))
    lost(account)
    assert account.kinds(FlattenWanted) == [FlattenWanted]
    assert "entries resume when released by hand" in (account.refusal(later(62)) or "")
    account.tell(GuardReleaseWanted("halted", "another one", later(63)), later(63))
    assert account.refusal(later(63)) is not None
    account.tell(GuardReleaseWanted("", "looked at it", later(64)), later(64))
    account.tell(TimePassed(ADDRESS, later(90)), later(90))
    assert account.refusal(later(90)) is None


def test_after_a_restart_a_position_must_be_marked_before_its_symbol_or_another_is_entered() -> None:
    config = guarded(daily_loss=DAILY)
    notes = Account(config).notes
    again = Account(config, notes.items())
    again.tell(position("10", NOW), NOW)
    assert again.refusal(NOW) == "the equity is not known: nobody has marked BTCUSDT yet"
    again.mark("-1", later(1))
    assert again.refusal(later(1)) is None
    without = Account(RiskConfig())
    without.tell(position("10", NOW), NOW)
    assert without.refusal(NOW) is None


def test_a_mode_that_is_wanted_before_notes_are_read_is_not_undone_by_them() -> None:
    account = Account(RiskConfig())
    account.core = AccountCore("USDT", RiskConfig())
    account.tell(TradingModeWanted(TradingMode.HALTED, "at once", NOW), NOW)
    account.tell(NotesLoaded(ADDRESS, (("mode", '{"mode":"paused","reason":"before"}'),)), NOW)
    account.tell(account.wallet("10000", NOW), NOW)
    account.tell(AllReady(NOW), NOW)
    assert account.refusal(NOW) == "the bot is halted: at once"


@pytest.mark.parametrize(
    ("mode", "done", "said"),
    [
        (TradingMode.PAUSED, [], "the bot is paused: lunch"),
        (TradingMode.REDUCE_ONLY, [CancelEntriesWanted], "the bot is reduce only: lunch"),
        (TradingMode.HALTED, [FlattenWanted], "the bot is halted: lunch"),
    ],
)
def test_a_mode_closes_the_account_and_outlives_the_bot(
    mode: TradingMode, done: list[type[Message]], said: str
) -> None:
    account = Account(RiskConfig())
    account.tell(TradingModeWanted(mode, "lunch", NOW), NOW)
    assert account.refusal(NOW) == said
    assert account.kinds(CancelEntriesWanted, FlattenWanted) == done
    again = Account(RiskConfig(), account.notes.items())
    assert again.refusal(NOW) == said
    assert again.kinds(CancelEntriesWanted, FlattenWanted) == done, "it may not have been done"
    again.tell(TradingModeWanted(TradingMode.RUNNING, "back", NOW), NOW)
    assert (again.refusal(NOW) is None) == (mode is not TradingMode.HALTED)
    again.tell(GuardReleaseWanted("", "over", NOW), NOW)
    assert again.refusal(NOW) is None
    assert Account(RiskConfig(), again.notes.items()).refusal(NOW) is None


def test_nothing_is_approved_before_notes_and_trades_are_read() -> None:
    core = AccountCore("USDT", guarded(cooldown=CooldownConfig(minutes=5)))
    asked = core.handle(Started(ADDRESS, NOW), NOW)
    assert [type(each) for each in asked[:2]] == [LoadNotes, LoadTrades]
    account = Account(RiskConfig())
    account.core = core
    account.tell(account.wallet("10000", NOW), NOW)
    account.tell(AllReady(NOW), NOW)
    assert account.refusal(NOW) == "what guards have latched is not known yet"
    account.tell(NotesLoaded(ADDRESS, ()), NOW)
    assert account.refusal(NOW) == "past trades are not known yet"
    account.tell(TradesLoaded(ADDRESS, ()), NOW)
    assert account.refusal(NOW) is None


def trade(net_pnl: str, closed_ms: TimeMs = NOW) -> TradeClosed:
    price, pnl = Decimal(100), Decimal(net_pnl)
    return TradeClosed(ETH, Side.BUY, closed_ms, closed_ms, Decimal(1), price, price, pnl, ZERO, pnl, "stop loss")


def test_a_trade_that_has_just_closed_counts() -> None:
    account = Account(guarded(cooldown=CooldownConfig(minutes=5)))
    account.tell(trade("-1"), NOW)
    assert (account.refusal(later(10)) or "").startswith("cooldown: the last trade of ETHUSDT")
    assert account.refusal(later(10), Symbol("SOLUSDT")) is None


def test_kelly_sizes_by_the_ledgers_own_trades() -> None:
    account = Account(RiskConfig(sizing=SizingConfig(kind="kelly")))
    for second in range(60):
        account.tell(trade("-1", later(second)), later(second))
    wish = EntryWanted(ETH, NOW, Side.BUY, Decimal(100), Decimal(98), None, RULES, Decimal(5), Decimal("0.01"))
    (answer,) = account.tell(wish, NOW)
    assert isinstance(answer, EntryApproved)
    # base 0.25 %; 60 trades without an edge leave a third of it: 0.0833 % of 10,000 over 2
    assert answer.qty == Decimal("4.166")


def test_an_account_that_was_replaced_waits_for_what_works() -> None:
    account = Account(RiskConfig(max_open_positions=1))
    account.tell(AllReady(NOW, (BTC, ETH)), NOW)
    assert account.refusal(NOW) == "it is not known yet what works of BTCUSDT, ETHUSDT"
    nothing = WorkingEntriesTold(ETH, Side.BUY, ZERO, None, None, Decimal(5))
    works = WorkingEntriesTold(BTC, Side.BUY, Decimal(3), Decimal(100), Decimal(98), Decimal(5))
    account.tell(nothing, NOW)
    account.tell(works, NOW)
    assert account.refusal(NOW) == "1 of at most 1 positions are open or on their way"
    account.tell(WorkingEntriesTold(BTC, Side.BUY, ZERO, None, None, Decimal(5)), NOW)
    assert account.refusal(NOW) is None


def test_a_high_margin_rate_and_a_near_liquidation_are_told_once() -> None:
    account = Account(RiskConfig(limits=LimitsConfig(margin_rate_warning=Decimal("0.5"))))
    for second, rate in enumerate(("0.4", "0.5", "0.6", "0.46", "0.5", "0.44", "0.5")):
        update = account.wallet("10000", later(second), maintenance_margin_rate=Decimal(rate))
        account.tell(update, later(second))
    told = [each.time_ms for each in account.said if isinstance(each, AlertRaised)]
    assert told == [later(1), later(6)]
    account.said.clear()
    for second, mark in enumerate(("100", "94.7", "94.5", "95.1", "94", "95.7", "94")):
        seen = PositionUpdate(
            BTC, Side.BUY, Decimal(1), Decimal(100), Decimal(5), None, None, NOW,
            mark_price=Decimal(mark), liquidation_price=Decimal(90),
        )  # fmt: skip
        account.tell(PositionsLoaded("USDT", NOW, (seen,)), later(second))
    told = [each.time_ms for each in account.said if isinstance(each, AlertRaised)]
    assert told == [later(1), later(6)]


# --- money that is moved in and out --------------------------------------------------------------------------------

FLATTENING = DailyLossConfig(fraction=Decimal("0.05"), action="flatten")


def test_a_withdrawal_is_no_loss() -> None:
    account = Account(guarded(daily_loss=FLATTENING, drawdown=DrawdownConfig(flatten=Decimal("0.1"))))
    account.transfers = [(later(60), Decimal(-2000))]
    account.tell(account.wallet("8000", later(60)), later(60))
    account.tell(TimePassed(ADDRESS, later(64)), later(64))
    assert not account.kinds(FlattenWanted)
    assert account.refusal(later(64)) is None
    account.tell(account.wallet("7601", later(70)), later(70))  # of 8,000 a loss of 4.99 %
    assert account.refusal(later(80)) is None
    account.tell(account.wallet("7600", later(90)), later(90))
    assert "5.0% below 8,000.00" in (account.refusal(later(90)) or "")
    assert account.kinds(FlattenWanted) == [FlattenWanted]


def test_a_deposit_hides_no_loss() -> None:
    account = Account(guarded(daily_loss=FLATTENING, drawdown=DrawdownConfig(stop_entries=Decimal("0.045"))))
    account.tell(account.wallet("9600", later(30)), later(30))
    account.transfers = [(later(60), Decimal(10_000))]
    account.tell(account.wallet("19600", later(60)), later(60))
    account.tell(TimePassed(ADDRESS, later(64)), later(64))
    account.tell(account.wallet("19100", later(70)), later(70))
    assert "4.5% below its peak of 20,000.00" in (account.refusal(later(70)) or "")
    account.tell(account.wallet("19000", later(80)), later(80))
    assert account.kinds(FlattenWanted) == [FlattenWanted]


def test_what_was_moved_while_the_bot_was_away_counts_once() -> None:
    config = guarded(daily_loss=FLATTENING)
    notes = Account(config).notes
    for _ in range(2):
        again = Account(config, notes.items(), later(600))
        again.core, again.notes = AccountCore("USDT", config), dict(notes)
        again.transfers = [(later(300), Decimal(-4000))]
        for message in (
            NotesLoaded(ADDRESS, tuple(notes.items())),
            again.wallet("6000", later(600)),
            AllReady(later(600)),
            TimePassed(ADDRESS, later(700)),
        ):
            again.tell(message, later(700))
        assert not again.kinds(FlattenWanted)
        assert '"6000"' in again.notes["daily_loss"]
        notes = again.notes


def test_nothing_is_closed_while_it_is_not_known_whether_money_was_withdrawn() -> None:
    account = Account(guarded(daily_loss=FLATTENING))
    account.transfers = None
    (said, *_) = [account.tell(account.wallet("8000", later(60)), later(60))]
    asked = next(each for each in said if isinstance(each, FetchTransfers))
    assert account.refusal(later(60)) == "daily loss limit: the exchange is asked whether anything was withdrawn"
    again = account.tell(TimePassed(ADDRESS, later(66)), later(66))
    assert asked in again, "the answer may be lost with the worker that had the request"
    account.tell(RequestFailed(ADDRESS, asked, 10005, "permission denied", transient=False), later(67))
    account.tell(account.wallet("7900", later(68)), later(68))
    account.tell(TimePassed(ADDRESS, later(72)), later(72))
    refused = "daily loss limit: it can not be read what was withdrawn: permission denied"
    assert account.refusal(later(72)) == refused
    assert account.kinds(FlattenWanted, CancelEntriesWanted) == [CancelEntriesWanted], "and told once"
    titles = [each.title for each in account.said if isinstance(each, AlertRaised)]
    assert titles == ["Daily loss limit: no more entries"]
    account.tell(TransfersLoaded("USDT", ((later(60), Decimal(-2100)),)), later(140))
    assert account.refusal(later(140)) is None


def test_a_fill_explains_a_change_of_the_wallet() -> None:
    account = Account(guarded(daily_loss=FLATTENING))
    account.transfers = None
    account.open(later(10))
    account.tell(account.wallet("9999", later(11)), later(11))
    account.mark("0", later(20))
    assert not account.kinds(FetchTransfers)
    account.tell(account.wallet("9998", later(30)), later(30))
    account.mark("0", later(40))
    assert account.kinds(FetchTransfers) == [FetchTransfers]


# --- starts and replacements ---------------------------------------------------------------------------------------


def test_a_halt_of_an_earlier_life_is_not_undone_by_what_is_asked_before_it_is_known() -> None:
    account = Account(RiskConfig())
    account.core = AccountCore("USDT", RiskConfig())
    said = account.tell(TradingModeWanted(TradingMode.PAUSED, "at once", NOW), NOW)
    assert not said, "nobody may take it for done"
    account.tell(NotesLoaded(ADDRESS, (("mode", '{"mode":"halted","reason":"before"}'),)), NOW)
    account.tell(account.wallet("10000", NOW), NOW)
    account.tell(AllReady(NOW), NOW)
    assert account.refusal(NOW) == "the bot is halted: before"
    assert "The bot stays halted" in [each.title for each in account.said if isinstance(each, AlertRaised)]


def test_what_is_wanted_before_notes_are_read_is_done_then() -> None:
    account = Account(RiskConfig())
    account.core = AccountCore("USDT", RiskConfig())
    account.tell(GuardReleaseWanted("halted", "it is fine", NOW), NOW)
    account.tell(TradingModeWanted(TradingMode.PAUSED, "lunch", NOW), NOW)
    account.tell(NotesLoaded(ADDRESS, (("mode", '{"mode":"halted","reason":"before"}'),)), NOW)
    account.tell(account.wallet("10000", NOW), NOW)
    account.tell(AllReady(NOW), NOW)
    assert account.refusal(NOW) == "the bot is paused: lunch"
    assert '"paused"' in account.notes["mode"]


def test_what_can_not_be_read_is_not_written_over_before_a_person_has_seen_it() -> None:
    account = Account(guarded(daily_loss=DAILY), {"daily_loss": "not json", "mode": "[]"}.items())
    account.tell(TimePassed(ADDRESS, later(100)), later(100))
    assert account.notes == {"daily_loss": "not json", "mode": "[]"}
    account.tell(TradingModeWanted(TradingMode.HALTED, "to be safe", later(100)), later(100))
    assert '"halted"' in account.notes["mode"]
    account.tell(GuardReleaseWanted("", "looked at it", later(101)), later(101))
    account.tell(TimePassed(ADDRESS, later(110)), later(110))
    assert account.refusal(later(110)) is None
    assert '"10000"' in account.notes["daily_loss"]


@pytest.mark.parametrize(
    ("mode", "wanted"), [(TradingMode.HALTED, FlattenWanted), (TradingMode.REDUCE_ONLY, CancelEntriesWanted)]
)
def test_a_position_manager_that_was_replaced_hears_what_is_to_be_done(
    mode: TradingMode, wanted: type[Message]
) -> None:
    account = Account(RiskConfig())
    account.open(NOW)
    account.tell(TradingModeWanted(mode, "why", NOW), NOW)
    account.said.clear()
    account.tell(WorkingEntriesTold(BTC, Side.BUY, ZERO, None, None, Decimal(5)), later(1))
    assert not account.kinds(wanted), "it has heard it: what a person has done since then is left alone"
    for symbol in (BTC, ETH):
        account.tell(ActorReplaced(Address(f"position_manager/{symbol}"), later(1)), later(1))
    account.tell(WorkingEntriesTold(ETH, Side.BUY, ZERO, None, None, Decimal(5)), later(1))
    assert not account.kinds(wanted), "it has nothing"
    account.tell(ActorReplaced(Address("position_manager/ETHUSDT"), later(2)), later(2))
    account.tell(WorkingEntriesTold(BTC, Side.BUY, ZERO, None, None, Decimal(5)), later(2))
    account.tell(WorkingEntriesTold(ETH, Side.BUY, Decimal(1), Decimal(100), None, Decimal(5)), later(3))
    assert account.kinds(wanted) == [wanted, wanted]


def test_a_latch_cancels_waiting_entries_after_a_restart_too() -> None:
    config = guarded(daily_loss=DAILY)
    account = Account(config)
    lost(account)
    assert Account(config, account.notes.items(), later(70)).kinds(CancelEntriesWanted) == [CancelEntriesWanted]


def test_many_failures_of_one_request_are_tried_again_once() -> None:
    account = Account(RiskConfig())
    for _ in range(5):
        account.tell(RequestFailed(ADDRESS, FetchWallet("USDT"), -1, "timeout", transient=True), NOW)
    assert list(account.tell(TimePassed(ADDRESS, later(2)), later(2))) == [FetchWallet("USDT")]


# --- positions of somebody else ------------------------------------------------------------------------------------


def loaded(at_ms: TimeMs, mark: str, symbol: Symbol = ETH) -> PositionsLoaded:
    """A long position of 10 from 100."""
    seen = PositionUpdate(
        symbol, Side.BUY, Decimal(10), Decimal(100), Decimal(5), None, None, at_ms, mark_price=Decimal(mark)
    )
    return PositionsLoaded("USDT", at_ms, (seen,))


def watching(config: RiskConfig) -> Account:
    """An account that looks at all positions regularly, and has just begun."""
    account = Account(config)
    account.core, account.notes, account.said = AccountCore("USDT", config, RegularChecks("USDT")), {}, []
    for message in (NotesLoaded(ADDRESS, ()), account.wallet("10000", NOW, equity="9000"), AllReady(NOW)):
        account.tell(message, NOW)
    return account


def test_what_somebody_else_was_losing_before_the_bot_began_is_no_loss_of_the_day() -> None:
    account = watching(guarded(daily_loss=FLATTENING, drawdown=DrawdownConfig(flatten=Decimal("0.05"))))
    assert FetchPositions("USDT") in account.tell(PrivateStreamUp(NOW), NOW)
    assert account.refusal(NOW) == "daily loss limit: the first equity of the day is not known yet"
    account.tell(loaded(NOW, mark="0.1"), later(1))
    account.tell(TimePassed(ADDRESS, later(4)), later(4))
    assert account.refusal(later(4)) is None
    assert '"9001.0"' in account.notes["daily_loss"]
    account.tell(account.wallet("10000", later(5), equity="9000"), later(5))
    assert not account.kinds(FlattenWanted)


def test_a_position_of_the_bots_own_that_was_just_closed_is_nobody_elses() -> None:
    account = watching(guarded(drawdown=DrawdownConfig(flatten=Decimal("0.05"))))
    account.tell(PositionsLoaded("USDT", NOW, ()), NOW)
    account.open(later(10))
    account.tell(FillBooked(BTC, execution("x", Side.SELL, "10", "200"), "exit", ZERO, ZERO, ZERO), later(20))
    account.tell(position("0", later(20)), later(20))
    account.tell(loaded(later(19), "200", BTC), later(21))
    account.tell(TimePassed(ADDRESS, later(30)), later(30))
    assert '"10000"' in account.notes["drawdown"], "what it earned is in the wallet"


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(-3_000, 3_000), st.booleans()),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=80, deadline=None)
def test_only_what_was_lost_by_trading_closes_the_account(path: list[tuple[bool, int, bool]]) -> None:
    """Losses and gains come with a fill, transfers without; whether the bot's marks are looked at before or after."""
    account = Account(guarded(daily_loss=FLATTENING))
    balance, moved, lost_once, now = 10_000, 0, False, NOW
    for is_transfer, amount, looks_at_once in path:
        now = TimeMs(now + 60_000)
        if balance + amount <= 100 or 10_000 + moved + (amount if is_transfer else 0) <= 100:
            continue
        balance += amount
        if is_transfer and amount:
            moved += amount
            assert account.transfers is not None
            account.transfers.append((now, Decimal(amount)))
        elif not is_transfer:
            fill = execution(f"e{now}", Side.BUY, "1", "100")
            account.tell(FillBooked(BTC, fill, "exit", ZERO, ZERO, ZERO), now)
        account.tell(account.wallet(str(balance), now), now)
        if looks_at_once:
            account.tell(TimePassed(ADDRESS, now), now)
        account.tell(TimePassed(ADDRESS, TimeMs(now + 4_000)), TimeMs(now + 4_000))
        lost_once = lost_once or balance <= (10_000 + moved) * Decimal("0.95")
        assert (account.refusal(TimeMs(now + 4_000)) is not None) == lost_once
        assert account.kinds(FlattenWanted) == [FlattenWanted] * lost_once


def test_what_has_latched_is_written_again_for_a_database_that_was_replaced() -> None:
    account = Account(guarded(daily_loss=DAILY))
    lost(account)
    kept = dict(account.notes)
    account.notes.clear()
    account.tell(ActorReplaced(Address("rate_limiter"), later(70)), later(70))
    assert not account.notes
    account.tell(ActorReplaced(Address("database"), later(70)), later(70))
    assert account.notes == kept
    assert '"latched":"equity' in kept["daily_loss"]
