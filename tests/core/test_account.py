"""One account, many symbols: nobody spends what another one has reserved."""

from decimal import Decimal

import pytest

from bot.config.risk import RiskConfig
from bot.core.account import AccountCore
from bot.domain.messages import (
    AccountState,
    ActorReady,
    AllReady,
    BotHalted,
    DrainWanted,
    EntryApproved,
    EntryEnded,
    EntryRefused,
    EntryWanted,
    EquityChanged,
    FeeRatesLoaded,
    FetchFeeRates,
    FetchWallet,
    LoadNotes,
    NotesLoaded,
    PositionChanged,
    PositionMarked,
    PositionModeAnswered,
    PrivateStreamUp,
    Started,
    SwitchPositionMode,
    TimePassed,
    TradingMode,
    TradingModeWanted,
    WalletUpdate,
    WorkingEntriesTold,
)
from bot.domain.values import ZERO, Address, Side, Symbol, TimeMs
from tests.core.samples import BTC, ETH, NOW, RULES

ADDRESS = Address("account")
NO_NOTES = NotesLoaded(ADDRESS, ())


def wallet(balance: str, time_ms: int = NOW) -> WalletUpdate:
    return WalletUpdate(TimeMs(time_ms), "USDT", Decimal(balance), Decimal(balance), Decimal(balance))


def wanted(symbol: Symbol, *, price: str = "100", stop: str = "98", risk: str = "0.01") -> EntryWanted:
    return EntryWanted(symbol, NOW, Side.BUY, Decimal(price), Decimal(stop), None, RULES, Decimal(5), Decimal(risk))


def opened(symbol: Symbol, size: str, entry: str = "100", stop: str = "98") -> PositionChanged:
    zero = Decimal(0)
    return PositionChanged(symbol, NOW, Decimal(size), Decimal(entry), Decimal(stop), None, Decimal(5), zero, zero)


@pytest.fixture
def account() -> AccountCore:
    core = AccountCore("USDT", RiskConfig(max_open_positions=2))
    core.handle(PositionModeAnswered(0, "OK"), NOW)
    core.handle(FeeRatesLoaded(((BTC, Decimal("0.00055"), Decimal("0.0002")),)), NOW)
    core.handle(NO_NOTES, NOW)
    core.handle(wallet("10000"), NOW)
    core.handle(AllReady(NOW), NOW)
    return core


def test_the_size_loses_the_wanted_fraction_of_equity_at_the_stop(account: AccountCore) -> None:
    (answer,) = account.handle(wanted(BTC), NOW)
    assert answer == EntryApproved(BTC, wanted(BTC), Decimal(50))  # 10000 * 1 % / 2


def test_open_profit_at_the_latest_bars_counts_as_equity(account: AccountCore) -> None:
    account.handle(opened(ETH, "10"), NOW)
    account.handle(PositionMarked(ETH, NOW, Decimal(90), Decimal(-1000), Decimal(90), Decimal(90)), NOW)
    (answer,) = account.handle(wanted(BTC), NOW)
    assert isinstance(answer, EntryApproved)
    assert answer.qty == Decimal(45)


def test_a_symbol_can_not_have_two_entries(account: AccountCore) -> None:
    account.handle(wanted(BTC), NOW)
    (answer,) = account.handle(wanted(BTC), NOW)
    assert isinstance(answer, EntryRefused)


def test_reserved_margin_can_not_be_spent_twice(account: AccountCore) -> None:
    (first,) = account.handle(wanted(BTC, stop="99.8"), NOW)  # by risk 500, by margin less
    (second,) = account.handle(wanted(ETH, stop="99.8"), NOW)
    assert isinstance(first, EntryApproved)
    assert isinstance(second, EntryApproved)
    margin_per_base = Decimal(100) / 5
    assert (first.qty + second.qty) * margin_per_base < 10_000
    assert second.qty < first.qty / 5


def test_an_ended_entry_gives_its_reservation_back(account: AccountCore) -> None:
    account.handle(wanted(BTC, stop="99.8"), NOW)
    account.handle(EntryEnded(BTC), NOW)
    (answer,) = account.handle(wanted(ETH, stop="99.8"), NOW)
    assert isinstance(answer, EntryApproved)


def test_positions_and_entries_on_their_way_share_the_places(account: AccountCore) -> None:
    account.handle(opened(ETH, "1"), NOW)
    account.handle(wanted(BTC, risk="0.001"), NOW)
    (answer,) = account.handle(wanted(Symbol("SOLUSDT"), risk="0.001"), NOW)
    assert isinstance(answer, EntryRefused)
    account.handle(opened(ETH, "0"), NOW)
    (answer,) = account.handle(wanted(Symbol("SOLUSDT"), risk="0.001"), NOW)
    assert isinstance(answer, EntryApproved)


def test_nothing_is_opened_while_stopping_or_halted(account: AccountCore) -> None:
    account.handle(DrainWanted(NOW, close_positions=False), NOW)
    (answer,) = account.handle(wanted(BTC), NOW)
    assert answer == EntryRefused(BTC, NOW, "the bot is stopping")
    account.handle(BotHalted(NOW, "three failures"), NOW)
    (answer,) = account.handle(wanted(BTC), NOW)
    assert answer == EntryRefused(BTC, NOW, "three failures")


def test_nothing_is_opened_before_every_position_is_known() -> None:
    core = AccountCore("USDT", RiskConfig(max_open_positions=2))
    core.handle(wallet("10000"), NOW)
    (answer,) = core.handle(wanted(BTC), NOW)
    assert isinstance(answer, EntryRefused)


def test_old_wallet_news_does_not_undo_newer(account: AccountCore) -> None:
    account.handle(wallet("9000", NOW + 10), NOW)
    assert not account.handle(wallet("10000", NOW + 5), NOW)
    assert account.equity == Decimal(9000)


def test_it_is_ready_when_wallet_mode_and_fees_are_known() -> None:
    core = AccountCore("USDT", RiskConfig(max_open_positions=2))
    assert not core.handle(PositionModeAnswered(110025, "not modified"), NOW)
    assert not core.handle(FeeRatesLoaded(((BTC, Decimal(0), Decimal(0)),)), NOW)
    assert [type(each) for each in core.handle(NO_NOTES, NOW)] == [AccountState]
    out = core.handle(wallet("10000"), NOW)
    assert [type(message) for message in out] == [EquityChanged, ActorReady]


def test_hedge_mode_that_can_not_be_left_halts_the_bot() -> None:
    core = AccountCore("USDT", RiskConfig(max_open_positions=2))
    (halted,) = core.handle(PositionModeAnswered(110024, "has positions"), NOW)
    assert isinstance(halted, BotHalted)


def test_what_was_asked_at_the_start_and_never_answered_is_asked_again_with_the_wallet() -> None:
    core = AccountCore("USDT", RiskConfig(max_open_positions=2))
    first = list(core.handle(Started(ADDRESS, NOW), NOW))
    assert first == [LoadNotes(ADDRESS), SwitchPositionMode("USDT"), FetchFeeRates()]
    assert list(core.handle(PrivateStreamUp(NOW), NOW)) == [*first, FetchWallet("USDT")]  # the worker may have died
    core.handle(PositionModeAnswered(0, "OK"), NOW)
    core.handle(NO_NOTES, NOW)
    assert list(core.handle(PrivateStreamUp(NOW), NOW)) == [FetchFeeRates(), FetchWallet("USDT")]
    core.handle(FeeRatesLoaded(((BTC, Decimal(0), Decimal(0)),)), NOW)
    assert list(core.handle(PrivateStreamUp(NOW), NOW)) == [FetchWallet("USDT")]


def test_what_the_exchange_says_is_available_is_not_spent_twice_either(account: AccountCore) -> None:
    """Somebody else holds most of the margin: 1,000 of 10,000 are left."""
    told = WalletUpdate(TimeMs(NOW + 1), "USDT", Decimal(10_000), Decimal(10_000), Decimal(1_000))
    account.handle(told, NOW)
    (first,) = account.handle(wanted(ETH, stop="99.9"), NOW)
    assert isinstance(first, EntryApproved)
    assert first.qty == Decimal(45)  # 0.9 * 1,000 / 20
    (second,) = account.handle(wanted(BTC, stop="99.9"), NOW)
    assert isinstance(second, EntryApproved)
    assert second.qty < Decimal(5), "100 are left"
    account.handle(EntryEnded(ETH), NOW)
    account.handle(EntryEnded(BTC), NOW)
    (again,) = account.handle(wanted(ETH, stop="99.9"), NOW)
    assert isinstance(again, EntryApproved)
    assert again.qty == first.qty


def test_the_part_that_was_closed_takes_its_profit_to_the_wallet(account: AccountCore) -> None:
    account.handle(opened(ETH, "10"), NOW)
    account.handle(PositionMarked(ETH, NOW, Decimal(150), Decimal(500), Decimal(150), Decimal(150)), NOW)
    account.handle(wallet("10250", NOW + 1), NOW)
    account.handle(opened(ETH, "5"), NOW)
    assert account.equity == Decimal(10_500)
    account.handle(opened(ETH, "6", entry="108"), NOW)
    assert account.equity == Decimal(10_500), "what is added has earned nothing yet"
    account.handle(opened(ETH, "-1"), NOW)
    assert account.equity == Decimal(10_250)


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("price", ["NaN", "Infinity", "-1", "0"])
def test_a_price_that_is_none_is_refused_with_a_reason(account: AccountCore, price: str, level: int) -> None:
    account.handle(opened(BTC, "1"), NOW)
    wish = EntryWanted(
        BTC, NOW, Side.BUY, Decimal(price), Decimal(98), None, RULES, Decimal(5), Decimal("0.01"), level=level
    )
    (answer,) = account.handle(wish, NOW)
    assert isinstance(answer, EntryRefused)
    assert answer.reason == f"the price is {price}"


def test_a_stop_on_the_wrong_side_is_refused(account: AccountCore) -> None:
    (answer,) = account.handle(wanted(BTC, stop="102"), NOW)
    assert isinstance(answer, EntryRefused)
    assert answer.reason == "the stop 102 is on the wrong side of the entry at 100"


@pytest.mark.parametrize("wallet_first", [True, False])
def test_equity_is_told_when_wallet_and_position_agree(account: AccountCore, wallet_first: bool) -> None:
    """The news of a closed position come in any order; its profit is counted once."""
    account.handle(PositionChanged(BTC, NOW, Decimal(1), Decimal(100), None, None, Decimal(5), ZERO, ZERO), NOW)
    account.handle(PositionMarked(BTC, NOW, Decimal(120), Decimal(20), Decimal(99), Decimal(121)), NOW)
    closed = PositionChanged(BTC, TimeMs(NOW + 5_000), ZERO, ZERO, None, None, Decimal(5), Decimal(20), ZERO)
    news: list[WalletUpdate | PositionChanged] = [wallet("10020", NOW + 5_000), closed]
    told = [
        each
        for message in (news if wallet_first else news[::-1])
        for each in account.handle(message, TimeMs(NOW + 5_000))
        if isinstance(each, EquityChanged)
    ]
    assert [(each.time_ms, each.equity) for each in told] == [(NOW, Decimal(10020))], "the bar before, settled by now"
    (late,) = [
        each
        for each in account.handle(TimePassed(ADDRESS, TimeMs(NOW + 6_500)), TimeMs(NOW + 6_500))
        if isinstance(each, EquityChanged)
    ]
    assert (late.time_ms, late.equity, late.unrealised_pnl) == (NOW + 5_000, Decimal(10020), ZERO)


def test_quotes_that_are_refused_hold_their_place_until_they_are_withdrawn(account: AccountCore) -> None:
    quotes = EntryWanted(
        BTC, NOW, Side.BUY, Decimal(100), Decimal(98), None, RULES, Decimal(5), Decimal("0.01"), for_quotes=True
    )
    (approved,) = account.handle(quotes, NOW)
    assert isinstance(approved, EntryApproved)
    account.handle(WorkingEntriesTold(BTC, Side.BUY, Decimal(3), Decimal(100), None, Decimal(5), both_sides=True), NOW)
    account.handle(TradingModeWanted(TradingMode.PAUSED, "why", NOW), NOW)
    (refused,) = account.handle(quotes, NOW)
    assert isinstance(refused, EntryRefused)
    account.handle(TradingModeWanted(TradingMode.RUNNING, "why", NOW), NOW)
    account.handle(opened(ETH, "1"), NOW)
    (full,) = account.handle(wanted(Symbol("SOLUSDT")), NOW)
    assert isinstance(full, EntryRefused)
    assert full.reason == "2 of at most 2 positions are open or on their way"
    account.handle(WorkingEntriesTold(BTC, Side.BUY, Decimal(0), None, None, Decimal(5), both_sides=True), NOW)
    (free,) = account.handle(wanted(Symbol("SOLUSDT")), NOW)
    assert isinstance(free, EntryApproved)
