"""Which function answers which path."""

from typing import NamedTuple

from bot.simulator.routes import market
from bot.simulator.routes.call import Handler


class Route(NamedTuple):
    """One endpoint; a private one needs an account."""

    handler: Handler
    private: bool


def _public(handler: Handler) -> Route:
    return Route(handler, private=False)


ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/v5/market/time"): _public(market.time),
    ("GET", "/v5/market/instruments-info"): _public(market.instruments_info),
    ("GET", "/v5/market/kline"): _public(market.kline),
}
