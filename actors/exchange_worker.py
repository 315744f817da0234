"""The actor ``exchange_worker/N``: a shell that owns the connections of its core's session."""

from collections.abc import Callable

from actors.shell import Shell, Surroundings
from bot.bybit.pybit_session import PybitSession
from bot.bybit.trade_session import TradeSession
from bot.bybit.worker import ExchangeWorkerCore
from bot.domain.address import Role, address_of
from bot.domain.contract import Category


class ExchangeWorkerShell(Shell):
    """Opens its session in its own thread and closes it when it ends, however it ends."""

    def __init__(
        self,
        worker: int,
        open_session: Callable[[], PybitSession | TradeSession],
        around: Surroundings,
        category: Category = "linear",
    ) -> None:
        self._session: PybitSession | TradeSession | None = None

        def make_core() -> ExchangeWorkerCore:
            self._session = open_session()
            return ExchangeWorkerCore(worker, self._session, category)

        super().__init__(address_of(Role.EXCHANGE_WORKER, worker), make_core, around)

    def release(self) -> None:
        """Close the connections."""
        if self._session is not None:
            self._session.close()
