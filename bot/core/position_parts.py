"""What a position manager is made of."""

from bot.config.models import Config
from bot.core.entry_desk import EntryDesk
from bot.core.exit_desk import ExitDesk
from bot.core.order_desk import OrderDesk
from bot.core.position_books import PositionBooks
from bot.core.position_settings import PositionSettings, position_settings
from bot.core.symbol_setup import SymbolSetup
from bot.core.way_out import WayOut
from bot.domain.messages import ConfigRevised
from bot.domain.values import Symbol
from bot.orders.intents import IntentMaker


class PositionParts:
    """The parts of one position manager, which know each other as far as they must."""

    def __init__(self, symbol: Symbol, settings: PositionSettings) -> None:
        self.symbol = symbol
        self.intents = IntentMaker(settings.order_prefix, settings.epoch, symbol)
        self.desk = OrderDesk(symbol, settings.order_prefix, hedge=settings.hedge)
        self.books = PositionBooks(
            symbol,
            settings.leverage,
            settings.fallback_stop_fraction,
            settings.external_positions,
            hedge=settings.hedge,
        )
        self.setup = SymbolSetup(
            symbol, settings.leverage, may_be_given_up=settings.may_be_given_up, refreshes=settings.refreshes
        )
        self.way_out = WayOut(symbol, self.desk, self.books, self.intents)
        self.entries = EntryDesk(
            symbol,
            self.desk,
            self.books,
            self.intents,
            settings.risk_per_trade,
            settings.fallback_stop_fraction,
            settings.entry,
            settings.pyramid_levels,
        )
        self.exits = ExitDesk(symbol, settings.exits, self.desk, self.books, self.intents)
        self.stream_is_up = False
        self._settings = settings
        self.desk.revision = settings.revision

    def revise(self, revised: ConfigRevised) -> None:
        """Other settings count from the next message on; what was begun goes on as it was."""
        if not isinstance(revised.config, Config):
            return
        old = self._settings
        new = position_settings(
            revised.config, self.symbol, old.epoch, refreshes=old.refreshes, revision=revised.revision
        )
        self._settings = new
        self.desk.revision = new.revision
        self.books.revise(new.fallback_stop_fraction)
        self.exits.revise(new.exits)
        self.entries.revise(new.risk_per_trade, new.fallback_stop_fraction, new.entry, new.pyramid_levels)
