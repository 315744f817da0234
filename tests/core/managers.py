"""A position manager on its way to being ready to trade, for several tests."""

from collections.abc import Iterable
from decimal import Decimal

from bot.core.position_manager import PositionManagerCore
from bot.core.position_settings import PositionSettings
from bot.domain.messages import (
    Direction,
    EntryApproved,
    EntryWanted,
    ExecutionsLoaded,
    InstrumentLoaded,
    LedgerLoaded,
    LeverageAnswered,
    Message,
    OpenOrdersLoaded,
    PlaceOrder,
    PrivateStreamUp,
    SignalRaised,
    Started,
)
from bot.domain.values import Address, Side, TimeMs
from tests.core.samples import BTC, NOW, RULES, execution

SETTINGS = PositionSettings(
    risk_per_trade=Decimal("0.01"),
    leverage=Decimal(5),
    fallback_stop_fraction=Decimal("0.02"),
    order_prefix="pyr",
    epoch=1,
)
ADDRESS = Address("position_manager/BTCUSDT")


def after(ms: int) -> TimeMs:
    return TimeMs(NOW + ms)


def kinds(messages: Iterable[Message]) -> list[type[Message]]:
    return [type(message) for message in messages]


def only[M: Message](kind: type[M], messages: Iterable[Message]) -> M:
    (found,) = [message for message in messages if isinstance(message, kind)]
    return found


def signal(direction: Direction, stop: float | None = 98.04, target: float | None = 103.0) -> SignalRaised:
    return SignalRaised(BTC, "ema_cross", "1", NOW, direction, 1.0, 100.0, stop, target, ())


def ledger(*, fills: tuple[str, ...] = (), open_intents: tuple[PlaceOrder, ...] = ()) -> LedgerLoaded:
    executions = tuple(execution(exec_id, Side.BUY, "1", "100", order_link_id="pyr-0-BTCUSDT-1e") for exec_id in fills)
    purposes = ((executions[0].order_link_id, "entry"),) if fills else ()
    return LedgerLoaded(BTC, executions, purposes, open_intents, 7)


def synchronised(core: PositionManagerCore, loaded: LedgerLoaded) -> list[Message]:
    out = list(core.handle(Started(ADDRESS, NOW), NOW))
    out += core.handle(loaded, NOW)
    out += core.handle(InstrumentLoaded(BTC, RULES), NOW)
    out += core.handle(LeverageAnswered(BTC, 110043, "not modified"), NOW)
    out += core.handle(PrivateStreamUp(NOW), NOW)
    out += core.handle(ExecutionsLoaded(BTC, ()), NOW)
    out += core.handle(OpenOrdersLoaded(BTC, ()), NOW)
    return out


def send_entry(core: PositionManagerCore) -> PlaceOrder:
    """Signal, approval, order."""
    wanted = only(EntryWanted, core.handle(signal(Direction.LONG), NOW))
    return only(PlaceOrder, core.handle(EntryApproved(BTC, wanted, Decimal(1)), NOW))
