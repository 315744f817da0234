"""The client: all areas over one session."""

from collections.abc import Callable, Mapping
from inspect import getmembers, isfunction
from typing import Any

from bot.bybit.client.account import Account
from bot.bybit.client.area import Area
from bot.bybit.client.assets import Assets
from bot.bybit.client.market import Market
from bot.bybit.client.mmp import Mmp
from bot.bybit.client.orders import Orders
from bot.bybit.client.positions import Positions
from bot.bybit.client.users import Users
from bot.bybit.session import VenueSession

AREAS: Mapping[str, type[Area]] = {
    "market": Market,
    "orders": Orders,
    "positions": Positions,
    "account": Account,
    "assets": Assets,
    "mmp": Mmp,
    "users": Users,
}
"""The areas by the name of the client's attribute."""


class Client:
    """Bybit V5, call by call. Methods are named as in pybit, block, and raise CallError. One thread at a time."""

    def __init__(self, session: VenueSession) -> None:
        self.market = Market(session)
        self.orders = Orders(session)
        self.positions = Positions(session)
        self.account = Account(session)
        self.assets = Assets(session)
        self.mmp = Mmp(session)
        self.users = Users(session)


def calls_of(area: type[Area]) -> Mapping[str, Callable[..., Any]]:
    """The calls of an area by name, in the order in which they are defined."""
    own = [(name, method) for name, method in getmembers(area, isfunction) if not name.startswith("_")]
    return dict(sorted(own, key=lambda each: each[1].__code__.co_firstlineno))
