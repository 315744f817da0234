"""What the worker asks for is what the exchange then has: over the wire, on an account of its own."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from bot.bybit.pybit_session import PybitSession
from bot.bybit.worker import ExchangeWorkerCore
from bot.domain.messages import (
    AmendAnswered,
    AmendOrder,
    CancelAllAnswered,
    CancelAllOrders,
    ExecuteRequest,
    FetchPosition,
    FetchPositions,
    FetchWallet,
    FetchWorkingOrders,
    MarginModeAnswered,
    Message,
    OrderAcknowledged,
    OrderRefused,
    OrderUpdate,
    PlaceOrder,
    PositionsLoaded,
    PositionUpdate,
    Request,
    SetTradingStop,
    SwitchMarginMode,
    TradingStopAnswered,
    WalletUpdate,
    WorkingOrdersLoaded,
)
from bot.domain.values import OrderLinkId, OrderStatus, OrderType, Side, TimeInForce, TimeMs
from bot.simulator.child import SimulatorProcess
from bot.simulator.settings import SimulatorSettings
from tests.bybit.conftest import BTC, ETH, keys_of, venue_of

ASKED_MS = TimeMs(7)
type Do = Callable[[Request], Message]


@pytest.fixture(scope="module")
def do() -> Iterator[Do]:
    with SimulatorProcess(SimulatorSettings(symbols=(BTC, ETH), speed=1.0)) as process:
        session = PybitSession(venue_of(process.endpoints), keys_of(process.endpoints))
        core = ExchangeWorkerCore(0, session)
        yield lambda request: core.handle(ExecuteRequest(0, request), ASKED_MS)[0]
        session.close()


def resting(name: str) -> PlaceOrder:
    return PlaceOrder(
        BTC, OrderLinkId(name), TimeMs(1), "entry", Side.BUY, OrderType.LIMIT, Decimal("0.01"), Decimal(20_000),
        TimeInForce.GTC,
    )  # fmt: skip


def market(name: str, **more: Decimal) -> PlaceOrder:
    qty = Decimal("0.01")
    return PlaceOrder(BTC, OrderLinkId(name), TimeMs(1), "entry", Side.BUY, OrderType.MARKET, qty, **more)  # type: ignore[arg-type]  # numbers only


def conditional(name: str, trigger: int, *, rises: bool) -> PlaceOrder:
    return PlaceOrder(
        BTC, OrderLinkId(name), TimeMs(1), "entry", Side.BUY, OrderType.MARKET, Decimal("0.01"),
        trigger_price=Decimal(trigger), rises=rises,
    )  # fmt: skip


def working(do: Do) -> dict[str, OrderUpdate]:
    loaded = do(FetchWorkingOrders("USDT"))
    assert isinstance(loaded, WorkingOrdersLoaded)
    assert (loaded.coin, loaded.asked_ms) == ("USDT", ASKED_MS)
    return {order.order_link_id or order.stop_order_type: order for order in loaded.orders}


def position(do: Do) -> PositionUpdate:
    found = do(FetchPosition(BTC))
    assert isinstance(found, PositionUpdate)
    return found


def test_amends_and_cancel_all_leave_conditional_orders_and_stops(do: Do) -> None:
    assert isinstance(
        do(market("w-1", stop_loss=Decimal(15_000), slippage_fraction=Decimal("0.01"))), OrderAcknowledged
    )
    assert isinstance(do(resting("w-2")), OrderAcknowledged)
    assert isinstance(do(conditional("w-3", 900_000, rises=True)), OrderAcknowledged)
    assert isinstance(do(conditional("w-4", 18_000, rises=False)), OrderAcknowledged)
    wrong_side = do(conditional("w-5", 18_000, rises=True))
    assert isinstance(wrong_side, OrderRefused)
    assert wrong_side.code == 110092

    amend = AmendOrder(BTC, OrderLinkId("w-2"), qty=Decimal("0.03"), price=Decimal("20000.50"))
    assert do(amend) == AmendAnswered(BTC, OrderLinkId("w-2"), 0, "OK")
    assert do(AmendOrder(BTC, OrderLinkId("w-3"), trigger_price=Decimal(800_000))) == AmendAnswered(
        BTC, OrderLinkId("w-3"), 0, "OK"
    )
    gone = do(AmendOrder(BTC, OrderLinkId("w-1"), price=Decimal(1)))
    assert isinstance(gone, AmendAnswered)
    assert gone.code == 110001

    orders = working(do)
    assert orders.keys() == {"w-2", "w-3", "w-4", "StopLoss"}
    assert (orders["w-2"].qty, orders["w-2"].price) == (Decimal("0.03"), Decimal("20000.5"))
    assert (orders["w-3"].trigger_price, orders["w-3"].status) == (Decimal(800_000), OrderStatus.UNTRIGGERED)

    assert do(CancelAllOrders(BTC)) == CancelAllAnswered(BTC, 0, "OK")
    assert working(do).keys() == {"w-3", "w-4", "StopLoss"}
    assert position(do).stop_loss == 15_000


def test_the_exchange_trails_and_says_what_the_position_is_worth(do: Do) -> None:
    trail = SetTradingStop(BTC, None, None, trailing_distance=Decimal("500.0"))
    assert do(trail) == TradingStopAnswered(BTC, 0, "OK")
    loaded = do(FetchPositions("USDT"))
    assert isinstance(loaded, PositionsLoaded)
    (held,) = loaded.positions
    assert (held.symbol, held.size, held.stop_loss) == (BTC, Decimal("0.01"), Decimal(15_000))
    assert held.trailing_distance == 500
    assert held.mark_price is not None
    assert held.mark_price > 15_000
    assert held.position_idx == 0


def test_how_much_margin_is_in_use(do: Do) -> None:
    wallet = do(FetchWallet("USDT"))
    assert isinstance(wallet, WalletUpdate)
    assert wallet.initial_margin_rate is not None
    assert wallet.maintenance_margin_rate is not None
    assert 0 < wallet.maintenance_margin_rate < wallet.initial_margin_rate < 1


def test_the_margin_mode_of_the_account(do: Do) -> None:
    same = do(SwitchMarginMode("REGULAR_MARGIN"))
    assert isinstance(same, MarginModeAnswered)
    held_up = do(SwitchMarginMode("ISOLATED_MARGIN"))
    assert isinstance(held_up, MarginModeAnswered)
    assert (same.code, held_up.code) == (110026, 3400045)
