"""Unmodified ccxt, pointed at the simulator."""

import re
from typing import Any

import ccxt

from bot.simulator.ready import Endpoints

SWAP = "BTC/USDT:USDT"
OTHER_SWAP = "ETH/USDT:USDT"
INVERSE = "BTC/USD:BTC"
PAIR = "BTC/USDT"
TICK = 0.1

HOST_PATTERN = re.compile(r"^wss?://[^/]+")


def point(client: Any, at: Endpoints) -> Any:
    """Give a client of ccxt the simulator's addresses; nothing else of it changes."""
    api = client.urls["api"]
    client.urls["api"] = {name: at.rest for name in api if name != "ws"}
    if "ws" in api:
        client.urls["api"]["ws"] = _moved(api["ws"], at.ws)
    return client


def _moved(urls: Any, address: str) -> Any:
    if isinstance(urls, dict):
        return {name: _moved(inner, address) for name, inner in urls.items()}
    return HOST_PATTERN.sub(address, urls)


def key_of(account: str) -> dict[str, str]:
    """The key that the fixtures give to each account."""
    return {"apiKey": f"{account}-key", "secret": f"{account}-secret"}


def ccxt_client(at: Endpoints, account: str, **options: Any) -> Any:
    """A client with the key of an account. Its own throttle is off, as the simulator's limits are."""
    client = point(ccxt.bybit(key_of(account) | {"enableRateLimit": False} | options), at)
    client.session.trust_env = False  # a proxy in the environment is not for 127.0.0.1
    return client


def last_price(client: Any, symbol: str) -> float:
    return float(client.fetch_ticker(symbol)["last"])


def away(client: Any, symbol: str, fraction: float) -> float:
    """A price so far from the last one, on the tick."""
    return float(client.price_to_precision(symbol, last_price(client, symbol) * (1 + fraction)))
