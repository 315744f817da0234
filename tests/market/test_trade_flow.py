"""Trades add up, each once, and the signal says who takes more."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import PublicTrade
from bot.domain.values import Side, TimeMs
from bot.market.trade_flow import DAY_MS, LARGE_AFTER_TRADES, TradeFlowMeter
from bot.market.volume_profile import VolumeProfile
from tests.core.samples import MINUTE_MS

DAY = 20_000 * DAY_MS
BUY, SELL = Side.BUY, Side.SELL


def trade(number: int, side: Side, qty: float, after_ms: int = 0, price: float = 100.0) -> PublicTrade:
    return PublicTrade(TimeMs(DAY + after_ms), f"id{number}", side, price, qty)


def at(after_ms: int) -> TimeMs:
    return TimeMs(DAY + after_ms)


TRADES = st.lists(
    st.builds(
        trade,
        st.integers(0, 30),
        st.sampled_from(Side),
        st.floats(0.001, 1000),
        st.integers(0, 5 * MINUTE_MS - 1),
        st.floats(90, 110),
    ),
    max_size=40,
)


@given(TRADES, st.integers(1, 5))
def test_every_trade_counts_once_in_one_bar(trades: Sequence[PublicTrade], batch: int) -> None:
    meter = TradeFlowMeter(MINUTE_MS)
    for begin in range(0, len(trades), batch):
        meter.add(trades[begin : begin + batch])
    first: dict[str, PublicTrade] = {}
    for each in trades:
        first.setdefault(each.trade_id, each)
    bought = sold = 0.0
    for minute in range(1, 6):
        flow = meter.close_bar(at(minute * MINUTE_MS))
        inside = [each for each in first.values() if 0 <= at(minute * MINUTE_MS) - each.time_ms - 1 < MINUTE_MS]
        assert flow.buy_volume == pytest.approx(sum(each.qty for each in inside if each.side is BUY))
        assert flow.sell_volume == pytest.approx(sum(each.qty for each in inside if each.side is SELL))
        assert -1 <= flow.signal <= 1
        assert flow.large_buy_volume <= flow.buy_volume
        assert flow.large_sell_volume <= flow.sell_volume
        bought, sold = bought + flow.buy_volume, sold + flow.sell_volume
    assert flow.cumulative_delta == pytest.approx(bought - sold, abs=1e-6)
    if meter.profile is not None:
        assert meter.profile.total == pytest.approx(bought + sold)


@given(TRADES)
def test_the_signal_of_the_mirrored_trades_is_mirrored(trades: Sequence[PublicTrade]) -> None:
    one, other = TradeFlowMeter(MINUTE_MS), TradeFlowMeter(MINUTE_MS)
    one.add(trades)
    other.add(PublicTrade(each.time_ms, each.trade_id, each.side.opposite, each.price, each.qty) for each in trades)
    end_ms = at(5 * MINUTE_MS)
    assert one.flow(end_ms).signal == pytest.approx(-other.flow(end_ms).signal)


def test_a_trade_belongs_to_the_bar_of_its_time() -> None:
    meter = TradeFlowMeter(MINUTE_MS)
    meter.add([trade(1, BUY, 1.0, 59_999), trade(2, BUY, 2.0, 60_000)])
    assert meter.close_bar(at(MINUTE_MS)).buy_volume == 1.0
    meter.add([trade(3, BUY, 4.0, 59_000)])  # late: its bar is closed
    assert meter.close_bar(at(2 * MINUTE_MS)).buy_volume == 6.0
    assert meter.close_bar(at(3 * MINUTE_MS)).buy_volume == 0.0


def test_looking_does_not_close_the_bar() -> None:
    meter = TradeFlowMeter(MINUTE_MS)
    meter.add([trade(1, SELL, 3.0, 5)])
    assert meter.flow(at(20_000)).sell_volume == 3.0
    assert meter.close_bar(at(MINUTE_MS)).sell_volume == 3.0


def test_the_delta_starts_afresh_every_day() -> None:
    meter = TradeFlowMeter(MINUTE_MS)
    meter.add([trade(1, BUY, 5.0, DAY_MS - 1000)])
    assert meter.close_bar(at(DAY_MS)).cumulative_delta == 5.0
    assert meter.flow(at(DAY_MS + MINUTE_MS)).cumulative_delta == 0.0
    meter.add([trade(2, SELL, 2.0, DAY_MS + 1000)])
    assert meter.flow(at(DAY_MS + MINUTE_MS)).cumulative_delta == -2.0


def test_large_trades_stand_out_and_count_twice_in_the_signal() -> None:
    meter = TradeFlowMeter(MINUTE_MS)
    small = [trade(number, (BUY, SELL)[number % 2], 1.0) for number in range(LARGE_AFTER_TRADES)]
    meter.add(small)
    meter.add([trade(1000, SELL, 10.0), trade(1001, BUY, 4.0)])
    flow = meter.flow(at(MINUTE_MS))
    assert (flow.large_buy_volume, flow.large_sell_volume) == (0.0, 10.0)
    assert flow.signal == pytest.approx((29 - (35 + 10)) / (29 + 35 + 10))


def test_no_trade_is_large_before_there_is_something_to_compare_with() -> None:
    meter = TradeFlowMeter(MINUTE_MS)
    meter.add([trade(1, BUY, 1.0), trade(2, BUY, 1000.0)])
    assert meter.flow(at(MINUTE_MS)).large_buy_volume == 0.0


def test_the_signal_forgets() -> None:
    meter = TradeFlowMeter(MINUTE_MS)
    meter.add([trade(1, BUY, 1.0)])
    assert meter.flow(at(290_000)).signal == 1.0
    assert meter.flow(at(310_000)).signal == 0.0


POINTS = st.lists(st.tuples(st.floats(1, 1000), st.floats(0.01, 100)), min_size=1, max_size=30)


@given(POINTS, st.floats(0.1, 50), st.floats(0.1, 1.0))
def test_the_value_area_holds_its_share_and_the_point_of_control(
    points: list[tuple[float, float]], width: float, share: float
) -> None:
    profile = VolumeProfile(width)
    for price, qty in points:
        profile.add(price, qty)
    area, control = profile.value_area(share), profile.point_of_control
    assert area is not None
    assert control is not None
    assert area.low <= control <= area.high
    inside = sum(volume for low, volume in profile.volumes.items() if area.low <= low < area.high - width / 2)
    assert inside >= share * profile.total - 1e-6
    assert profile.volumes[max(profile.volumes, key=lambda low: profile.volumes[low])] == max(profile.volumes.values())


def test_a_profile_by_hand() -> None:
    profile = VolumeProfile(10.0)
    for price, qty in ((5, 1.0), (15, 2.0), (25, 5.0), (29, 1.0), (35, 2.5), (45, 0.5)):
        profile.add(price, qty)
    assert profile.volumes == {0.0: 1.0, 10.0: 2.0, 20.0: 6.0, 30.0: 2.5, 40.0: 0.5}
    assert profile.point_of_control == 25.0
    assert profile.value_area(0.7) == (20.0, 40.0)
    assert profile.value_area(0.8) == (10.0, 40.0)
    assert VolumeProfile(1.0).value_area() is None
