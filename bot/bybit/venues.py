"""Where each venue is."""

from typing import Literal

import msgspec

from bot.domain.contract import Category

type VenueKind = Literal["simulator", "demo", "testnet", "mainnet"]


class VenueEndpoints(msgspec.Struct, frozen=True):
    """The hosts of one venue, in pybit's terms.

    ``rest_base`` and ``ws_base`` are set for an exchange on this machine only; where they are None, pybit makes the
    address of Bybit's own host from ``testnet`` and ``demo``. Demo trading has private streams and REST of its own,
    but its market data are mainnet's (Bybit V5 docs, demo trading).
    """

    kind: VenueKind
    rest_base: str | None = None
    ws_base: str | None = None
    category: Category = "linear"
    """Of everything that is traded there."""

    @property
    def is_testnet(self) -> bool:
        return self.kind == "testnet"

    @property
    def is_demo(self) -> bool:
        """Whether REST and private streams are those of demo trading; the public stream never is."""
        return self.kind == "demo"


def simulator(rest_base: str, ws_base: str, category: Category = "linear") -> VenueEndpoints:
    """A simulated exchange at ``http://127.0.0.1:PORT`` and ``ws://127.0.0.1:PORT``."""
    return VenueEndpoints("simulator", rest_base.rstrip("/"), ws_base.rstrip("/"), category)


def bybit(kind: Literal["demo", "testnet", "mainnet"], category: Category = "linear") -> VenueEndpoints:
    """One of Bybit's own environments."""
    return VenueEndpoints(kind, category=category)


class Credentials(msgspec.Struct, frozen=True):
    """An API key. Its text never shows the secret."""

    api_key: str
    api_secret: str

    def __repr__(self) -> str:
        """Neither part: this value may end up in a traceback."""
        return "Credentials(...)"
