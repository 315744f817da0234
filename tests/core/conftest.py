"""Position managers in the states from which tests begin."""

import pytest

from bot.core.position_manager import PositionManagerCore
from bot.domain.messages import (
    ActorReady,
    OrderAcknowledged,
)
from bot.domain.values import OrderStatus, Side
from tests.core.managers import SETTINGS, kinds, ledger, send_entry, synchronised
from tests.core.samples import BTC, NOW, execution, order_update, position


@pytest.fixture
def flat() -> PositionManagerCore:
    """Ready to trade, without a position."""
    core = PositionManagerCore(BTC, SETTINGS)
    synchronised(core, ledger())
    assert kinds(core.handle(position("0", by_rest=True), NOW)) == [ActorReady]
    return core


@pytest.fixture
def long(flat: PositionManagerCore) -> PositionManagerCore:
    """Long 1 BTC from 100 with its stop at 98.1."""
    order = send_entry(flat)
    flat.handle(OrderAcknowledged(BTC, order.order_link_id, "id", NOW), NOW)
    flat.handle(execution("e1", Side.BUY, "1", "100", order_link_id=order.order_link_id), NOW)
    flat.handle(order_update(order, OrderStatus.FILLED, filled="1"), NOW)
    flat.handle(position("1", stop="98.1"), NOW)
    return flat
