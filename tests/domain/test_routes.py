"""Every message has its receivers, and every receiver accepts what it is sent."""

import inspect
from typing import TypeAliasType, get_args

import pytest

from bot.core import (
    account,
    alerting,
    analyzer,
    clock,
    dashboard,
    database,
    market_data,
    position_manager,
    rate_limiter,
    supervisor,
    universe,
)
from bot.domain import messages as m
from bot.domain.address import Role
from bot.domain.routes import ROUTES, Switchboard
from bot.domain.values import Address, OrderLinkId, Symbol, TimeMs
from tests.core.samples import BTC, ETH, NOW, intent

ACCEPTED: dict[Role, TypeAliasType] = {
    Role.MARKET_DATA: market_data.Accepted,
    Role.ANALYZER: analyzer.Accepted,
    Role.POSITION_MANAGER: position_manager.Accepted,
    Role.ACCOUNT: account.Accepted,
    Role.RATE_LIMITER: rate_limiter.Accepted,
    Role.DATABASE: database.Accepted,
    Role.CLOCK: clock.Accepted,
    Role.SUPERVISOR: supervisor.Accepted,
    Role.ALERTING: alerting.Accepted,
    Role.DASHBOARD: dashboard.Accepted,
    Role.UNIVERSE: universe.Accepted,
}

NOT_SENT = {m.Message, m.RunSummary, m.OpenPosition}
"""The base, and values that are returned and not sent."""


def members(union: TypeAliasType) -> set[type[m.Message]]:
    """The messages of a union, those of unions inside it included."""
    found: set[type[m.Message]] = set()
    for each in get_args(union.__value__):
        found |= members(each) if isinstance(each, TypeAliasType) else {each}
    return found


def all_messages() -> set[type[m.Message]]:
    found = {each for each in vars(m).values() if inspect.isclass(each) and issubclass(each, m.Message)}
    return found - NOT_SENT


def test_every_message_has_a_route() -> None:
    assert set(ROUTES) == all_messages()


@pytest.mark.parametrize("role", ACCEPTED)
def test_an_actor_accepts_exactly_what_is_routed_to_it(role: Role) -> None:
    routed = {kind for kind, routes in ROUTES.items() if any(route.role is role for route in routes)}
    accepted = members(ACCEPTED[role])
    addressed = {m.Started, m.TimePassed, m.RequestFailed, m.NotesLoaded, m.TradesLoaded}
    assert routed <= accepted
    assert accepted <= routed | addressed


def test_messages_of_a_symbol_go_to_the_actors_of_that_symbol() -> None:
    board = Switchboard([BTC, ETH])
    assert board.recipients(m.OpenOrdersLoaded(ETH, ())) == (Address("position_manager/ETHUSDT"),)
    assert board.recipients(m.OpenOrdersLoaded(BTC, ())) == (Address("position_manager/BTCUSDT"),)


def test_some_messages_go_to_everyone_or_to_whom_they_name() -> None:
    board = Switchboard([BTC, ETH])
    up = board.recipients(m.PrivateStreamUp(NOW))
    assert up == ("account", "position_manager/BTCUSDT", "position_manager/ETHUSDT", "dashboard")
    for name in ("account", "clock"):
        assert board.recipients(m.Started(Address(name), NOW)) == (name,)
    for worker in (0, 3):
        assert board.recipients(m.ExecuteRequest(worker, intent())) == (f"exchange_worker/{worker}",)


def test_order_ids_and_times_are_plain_values() -> None:
    """NewTypes cost nothing when the program runs: a message holds what JSON and SQLite can hold."""
    order = intent()
    assert (type(order.order_link_id), type(order.time_ms), type(order.symbol)) == (str, int, str)
    assert (OrderLinkId("a"), TimeMs(1), Symbol("B")) == ("a", 1, "B")
