"""The bot and the simulated exchange on one thread, under virtual time."""

from collections.abc import Mapping
from typing import Any, Protocol

from bot import __version__
from bot.backtest.exchange_session import ExchangeSession, InProcessWorker, messages_of
from bot.backtest.replay_feed import ReplayFeed
from bot.backtest.router import Router
from bot.config.models import Config
from bot.core.contract import Core
from bot.core.database import DatabaseCore, Store
from bot.core.make import CoreMaker, expected_ready
from bot.core.rate_limiter import RateLimiterCore
from bot.core.supervisor import SupervisorCore
from bot.domain.address import Role, address_of
from bot.domain.errors import UserError
from bot.domain.messages import DrainWanted, PrivateStreamUp, PublicStreamUp, RunEnded, RunStarted
from bot.domain.values import Address, Symbol, TimeMs
from bot.simulator.exchange import Exchange
from bot.simulator.push import KlinePush

PROGRESS_EVERY_BARS = 5_000


class Progress(Protocol):
    """Is told now and then how far a replay is."""

    def __call__(self, now_ms: int, bars: int) -> None:
        """``bars`` closed bars, over all symbols, up to ``now_ms``."""
        ...


class Replay:
    """Runs the same cores, messages and routes as the live bot; no socket, no thread, no sleep.

    The exchange moves to its next event only when no core has mail left, and never past an alarm that a core has set.
    Made once per run.
    """

    def __init__(
        self, config: Config, exchange: Exchange, account: str, store: Store, run_id: str, *, explains: bool = False
    ) -> None:
        """With ``explains`` the store also gets what was made of every bar, which takes a fifth of the time again."""
        self._config = config
        self._exchange = exchange
        self._run_id = run_id
        self._database = DatabaseCore(store)
        self._maker = CoreMaker(config, epoch=1, explains=explains)
        self._symbols = list(config.fixed_symbols)
        self._feed = ReplayFeed(exchange, self._maker.topics, config.venue.category)
        self._supervisor = self._make_supervisor()
        self._router = Router(self._cores(account), self._symbols, TimeMs(exchange.now_ms))
        self.bars = 0

    def _make_supervisor(self) -> SupervisorCore:
        def refuse(address: Address) -> None:
            raise RuntimeError(f"{address} can not be replaced in a replay")

        return SupervisorCore(expected_ready(self._config), self._symbols, refuse, self)

    def _cores(self, account: str) -> Mapping[Address, Core[Any]]:
        maker = self._maker
        cores: dict[Address, Core[Any]] = {
            address_of(Role.SUPERVISOR): self._supervisor,
            address_of(Role.DATABASE): self._database,
            address_of(Role.EXCHANGE_WORKER, 0): InProcessWorker(
                ExchangeSession(self._exchange, account), self._config.venue.category
            ),
            address_of(Role.RATE_LIMITER): RateLimiterCore(),
            address_of(Role.ACCOUNT): maker.account(),
            address_of(Role.FEED): self._feed,
        }
        for symbol in self._symbols:
            cores.update(self._symbol_cores(symbol))
        if self._config.universe.kind == "rules":
            cores[address_of(Role.UNIVERSE)] = maker.universe(())
        return cores

    def _symbol_cores(self, symbol: Symbol) -> Mapping[Address, Core[Any]]:
        maker = self._maker
        return {
            address_of(Role.MARKET_DATA, symbol): maker.market_data(symbol),
            address_of(Role.ANALYZER, symbol): maker.analyzer(symbol),
            address_of(Role.POSITION_MANAGER, symbol): maker.position_manager(symbol),
        }

    def add(self, symbol: Symbol) -> None:
        """See bot.core.supervisor.Crew."""
        self._symbols.append(symbol)
        self._router.add(symbol, self._symbol_cores(symbol))

    def remove(self, symbol: Symbol) -> None:
        """See bot.core.supervisor.Crew."""
        self._symbols.remove(symbol)
        self._router.remove(symbol)

    def run(self, tell: Progress) -> None:
        """Replay from the exchange's present to the end of its feed. UserError if the bot can not get ready."""
        self._start()
        self._until_the_end(tell)
        tell(self._router.now_ms, self.bars)
        self._stop()

    def _start(self) -> None:
        router = self._router
        first = [message for symbol in self._symbols for message in self._feed.subscribe(symbol, router.now_ms)]
        router.run(RunStarted(self._run_id, router.now_ms, "backtest", tuple(self._symbols), __version__))
        router.start()
        self._feed.is_up = True
        for message in first:
            router.run(message)
        router.run(PublicStreamUp(router.now_ms))
        router.run(PrivateStreamUp(router.now_ms))

    def _until_the_end(self, tell: Progress) -> None:
        router, exchange, category = self._router, self._exchange, self._config.venue.category
        told = 0
        while True:
            alarm_ms = router.next_alarm_ms
            pushes = exchange.step(alarm_ms)
            router.now_ms = TimeMs(exchange.now_ms)
            for push in pushes:
                if type(push) is KlinePush and push.confirm:
                    self.bars += 1
                router.queue(messages_of(push, router.now_ms, category))
            router.run()  # together: what the bot does about the first must not bring newer news before the last
            if alarm_ms is not None and router.now_ms >= alarm_ms and not exchange.finished:  # no time after the market
                router.wake()
            if exchange.finished and not pushes:
                return
            if self._supervisor.halted is not None:
                raise UserError(f"halted: {self._supervisor.halted}")
            if self.bars - told >= PROGRESS_EVERY_BARS:
                told = self.bars
                tell(router.now_ms, self.bars)

    def _stop(self) -> None:
        router = self._router
        router.run(DrainWanted(router.now_ms, self._config.execution.close_positions_on_stop))
        router.run(RunEnded(self._run_id, router.now_ms))
        self._database.commit(everything=True)
