"""Supervisor, account, dashboard and addresses follow the universe."""

from decimal import Decimal

import pytest

from bot.config.risk import RiskConfig
from bot.core.account import AccountCore
from bot.core.dashboard import DashboardCore
from bot.core.supervisor import SupervisorCore
from bot.domain.address import PER_SYMBOL_ROLES, Role, address_of
from bot.domain.messages import (
    ActorFailed,
    ActorReady,
    AllReady,
    Drained,
    DrainWanted,
    FeeRatesLoaded,
    FetchFeeRates,
    OpenOrdersLoaded,
    PrivateStreamUp,
    QuoteChanged,
    Started,
    SymbolsChanged,
    UniverseChanged,
)
from bot.domain.routes import Switchboard
from bot.domain.values import Address, Symbol, TimeMs
from tests.core.samples import BTC, ETH, NOW

UNIVERSE = Address("universe")


class Crew:
    """Notes who was made and who was ended."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def add(self, symbol: Symbol) -> None:
        self.done.append(f"+{symbol}")

    def remove(self, symbol: Symbol) -> None:
        self.done.append(f"-{symbol}")


def changed(added: tuple[Symbol, ...] = (), removed: tuple[Symbol, ...] = ()) -> UniverseChanged:
    return UniverseChanged(NOW, added, removed, (), ())


class Supervised:
    """A supervisor that expects only the universe, and has a crew."""

    def __init__(self) -> None:
        self.crew = Crew()
        self.replaced: list[Address] = []
        self.core = SupervisorCore([UNIVERSE], [], self.replaced.append, self.crew)

    def is_ready(self, *symbols: Symbol) -> list[object]:
        addresses = [address_of(role, symbol) for symbol in symbols for role in PER_SYMBOL_ROLES]
        return [out for address in addresses for out in self.core.handle(ActorReady(address), NOW)]


def test_added_actors_are_made_then_started_then_announced() -> None:
    supervised = Supervised()
    out = supervised.core.handle(changed((BTC, ETH)), NOW)
    assert supervised.crew.done == ["+BTCUSDT", "+ETHUSDT"]
    *started, last = out
    assert [type(each) for each in started] == [Started] * 6
    assert last == SymbolsChanged(NOW, (BTC, ETH), ())
    again = supervised.core.handle(changed((BTC,), (Symbol("XRPUSDT"),)), NOW)
    assert list(again) == [SymbolsChanged(NOW, (), ())]


def test_trading_begins_when_the_first_symbols_are_ready_and_later_ones_hold_nobody_up() -> None:
    supervised = Supervised()
    supervised.core.handle(changed((BTC,)), NOW)
    assert not supervised.core.handle(ActorReady(UNIVERSE), NOW)
    assert supervised.is_ready(BTC) == [AllReady(NOW, (BTC,))]
    supervised.core.handle(changed((ETH,)), NOW)
    account = address_of(Role.ACCOUNT)
    assert list(supervised.core.handle(ActorReady(account), NOW)) == [AllReady(NOW, (BTC, ETH))], (
        "a new account hears it"
    )


def test_a_symbol_that_goes_before_it_was_ready_is_not_waited_for() -> None:
    supervised = Supervised()
    supervised.core.handle(changed((BTC, ETH)), NOW)
    supervised.core.handle(ActorReady(UNIVERSE), NOW)
    supervised.is_ready(BTC)
    assert AllReady(NOW, (BTC,)) in supervised.core.handle(changed(removed=(ETH,)), NOW)
    assert supervised.crew.done[-1] == "-ETHUSDT"


def test_an_actor_of_a_symbol_that_was_removed_is_not_made_anew() -> None:
    supervised = Supervised()
    supervised.core.handle(changed((BTC, ETH)), NOW)
    supervised.core.handle(changed(removed=(ETH,)), NOW)
    for symbol in (BTC, ETH):
        supervised.core.handle(ActorFailed(address_of(Role.ANALYZER, symbol), NOW, "boom"), NOW)
    assert supervised.replaced == ["analyzer/BTCUSDT"]
    supervised.core.handle(ActorFailed(Address("database"), NOW, "disk"), NOW)
    assert supervised.replaced[1:] == ["database", "position_manager/BTCUSDT"]


def test_a_stop_waits_for_the_symbols_of_now_and_lets_no_more_in() -> None:
    supervised = Supervised()
    core = supervised.core
    core.handle(changed((BTC, ETH)), NOW)
    supervised.is_ready(BTC, ETH)
    core.handle(changed(removed=(ETH,)), NOW)
    assert not core.drained
    core.handle(DrainWanted(NOW, close_positions=False), NOW)
    assert not core.handle(changed((ETH,)), NOW)
    assert not core.drained
    core.handle(Drained(BTC), NOW)
    assert core.drained


def test_a_bot_with_a_fixed_list_refuses_others() -> None:
    core = SupervisorCore([], [BTC], lambda _: None)
    with pytest.raises(RuntimeError, match="ETHUSDT can not be added"):
        core.handle(changed((ETH,)), NOW)


def test_the_fee_rates_are_read_again_for_a_symbol_that_has_none() -> None:
    account = AccountCore("USDT", RiskConfig(max_open_positions=2))
    rate = (Decimal("0.00055"), Decimal("0.0002"))
    assert not account.handle(SymbolsChanged(NOW, (BTC,), ()), NOW), "they are being read anyway"
    account.handle(FeeRatesLoaded(((BTC, *rate),)), NOW)
    assert not account.handle(SymbolsChanged(NOW, (BTC,), (ETH,)), NOW)
    assert list(account.handle(SymbolsChanged(NOW, (ETH,), ()), NOW)) == [FetchFeeRates()]


def test_the_dashboard_has_a_row_for_each_symbol_of_now() -> None:
    core = DashboardCore([])
    core.handle(changed((BTC, ETH)), NOW)
    core.handle(QuoteChanged(ETH, NOW, 5.0, 4.0, 6.0), NOW)
    core.handle(changed(removed=(BTC,)), NOW)
    core.handle(QuoteChanged(BTC, NOW, 5.0, 4.0, 6.0), NOW)  # late
    (row,) = core.snapshot(NOW).rows
    assert (row.symbol, row.price) == (ETH, Decimal("5.0"))


def test_what_goes_to_everybody_goes_to_the_symbols_of_now() -> None:
    board = Switchboard([BTC])
    up, orders = PrivateStreamUp(NOW), OpenOrdersLoaded(BTC, ())
    assert board.recipients(up) == ("account", "position_manager/BTCUSDT", "dashboard")
    board.change([ETH], [])
    assert board.recipients(up) == ("account", "position_manager/BTCUSDT", "position_manager/ETHUSDT", "dashboard")
    assert board.recipients(orders) == ("position_manager/BTCUSDT",)
    board.change([BTC], [BTC])
    assert board.recipients(up) == ("account", "position_manager/ETHUSDT", "position_manager/BTCUSDT", "dashboard")
    board.change([], [BTC, ETH])
    assert board.recipients(PrivateStreamUp(TimeMs(1))) == ("account", "dashboard")
