"""What is remembered of orders, and for how long."""

from bot.domain.values import OrderLinkId
from bot.orders.tracker import PURPOSES_AT_MOST, OrderTracker
from tests.core.samples import NOW, intent


def test_purposes_do_not_pile_up_and_one_that_works_is_never_forgotten() -> None:
    tracker = OrderTracker()
    tracker.plan(intent("resting", reduce_only=True), NOW)
    for number in range(PURPOSES_AT_MOST + 10):
        tracker.plan(intent(f"pyr-1-BTCUSDT-{number}"), NOW)
        tracker.refused(OrderLinkId(f"pyr-1-BTCUSDT-{number}"))
    assert tracker.purpose_of(OrderLinkId("resting")) == "exit"
    assert tracker.purpose_of(OrderLinkId("pyr-1-BTCUSDT-0")) is None
    assert tracker.purpose_of(OrderLinkId(f"pyr-1-BTCUSDT-{PURPOSES_AT_MOST}")) == "entry"
