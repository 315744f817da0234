"""What every market feed offers."""

from typing import Protocol

from bot.simulator.errors import SimulatorError
from bot.simulator.feeds.bars import Bars
from bot.simulator.instruments import Instrument


class FeedError(SimulatorError):
    """The market data cannot be used: one sentence naming the file and what is wrong with it."""


class MarketFeed(Protocol):
    """Base bars of several symbols, from which the exchange makes its market."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """In the order in which bars that close together are played."""
        ...

    @property
    def start_ms(self) -> int:
        """Where the market starts; bars that open earlier are its history."""
        ...

    @property
    def end_ms(self) -> int | None:
        """When the last bar closes; None = the feed never ends."""
        ...

    @property
    def interval_ms(self) -> int:
        """Length of a base bar."""
        ...

    def instrument(self, symbol: str) -> Instrument: ...

    def bars(self, symbol: str) -> Bars:
        """The bars made so far; the same object grows when `extend` is called.

        Whoever extends the feed may also drop old bars, so an endless feed belongs to one exchange.
        """
        ...

    def extend(self) -> bool:
        """Make more bars, all later than any bar so far; False if there are none."""
        ...
