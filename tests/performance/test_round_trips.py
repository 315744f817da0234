"""Round trips, their costs, and the parts that add up to the whole."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.values import OrderType, Side, Symbol, TimeMs
from bot.performance.breakdown import by_side, parts, symbol_parts
from bot.performance.execution_quality import PlacedOrder, fill_rate, slippage
from bot.performance.fills import Mark, Wish
from bot.performance.round_trips import round_trips
from tests.performance.samples import BTC, ETH, Fills

D = Decimal
WISH = Wish(TimeMs(0), "cross", Decimal(100), "crossed up")


def mark(time_ms: int, low: str, high: str) -> Mark:
    return Mark(TimeMs(time_ms), Decimal(low), Decimal(low), Decimal(high))


def test_a_round_trip_with_everything_it_cost() -> None:
    fills = Fills()
    fills.trade(Side.BUY, "1", "101", fee="0.1", decision="100", wish=WISH)
    fills.trade(Side.BUY, "1", "103", fee="0.1", decision="103")
    fills.fund("0.05")
    fills.trade(Side.SELL, "2", "99", fee="0.2", decision="100", purpose="stop loss")
    (trip,) = round_trips(fills.made, {BTC: [mark(900, "50", "500"), mark(3500, "97", "104"), mark(9000, "1", "900")]})
    assert (trip.side, trip.qty, trip.entry_price, trip.exit_price) == (Side.BUY, D(2), D(102), D(99))
    assert (trip.realised_pnl, trip.fees, trip.funding) == (D(-6), D("0.4"), D("0.05"))
    assert trip.net_pnl == Decimal("-6.45")
    assert trip.slippage == 1 + 0 + 2
    assert (trip.mae, trip.mfe) == (D((102 - 97) * 2), D((104 - 102) * 2))
    assert (trip.strategy, trip.entry_reason, trip.exit_reason) == ("cross", "crossed up", "stop loss")
    assert (trip.opened_ms, trip.closed_ms, trip.hold_ms) == (1000, 4000, 3000)
    assert trip.return_fraction == pytest.approx(-6.45 / 204)


def test_a_short_suffers_from_what_rises() -> None:
    fills = Fills()
    fills.trade(Side.SELL, "1", "100")
    fills.trade(Side.BUY, "1", "90", purpose="take profit")
    (trip,) = round_trips(fills.made, {BTC: [mark(1500, "85", "110")]})
    assert (trip.mae, trip.mfe) == (D(10), D(15))


def test_without_bars_the_fills_are_what_is_known() -> None:
    fills = Fills()
    fills.trade(Side.BUY, "1", "100")
    assert round_trips(fills.made, {})[0].mae is None
    fills.trade(Side.SELL, "1", "90", purpose="signal")
    (trip,) = round_trips(fills.made, {})
    assert (trip.mae, trip.mfe) == (D(10), D(0))


def test_an_execution_that_turns_the_position_belongs_to_two_trips() -> None:
    fills = Fills()
    fills.trade(Side.BUY, "1", "100", fee="0.1")
    fills.trade(Side.SELL, "3", "110", fee="0.3", purpose="signal")
    closed, turned = round_trips(fills.made, {})
    assert (closed.realised_pnl, closed.fees, closed.exit_reason) == (D(10), D("0.2"), "signal")
    assert (turned.side, turned.qty, turned.fees, turned.closed_ms) == (Side.SELL, D(2), D("0.2"), None)
    assert (turned.exit_price, turned.exit_reason) == (None, "-")


def test_funding_that_is_told_late_belongs_to_the_trip_before() -> None:
    fills = Fills()
    fills.fund("0.5")
    fills.trade(Side.BUY, "1", "100")
    fills.trade(Side.SELL, "1", "100")
    fills.fund("0.25")
    (trip,) = round_trips(fills.made, {})
    assert trip.funding == Decimal("0.75")


prices = st.integers(50, 150).map(str)
amounts = st.decimals("-0.5", "0.5", places=2).map(str)
steps = st.lists(
    st.tuples(
        st.sampled_from([BTC, ETH]), st.sampled_from(list(Side)), st.integers(1, 4), prices, amounts, st.booleans()
    ),
    max_size=30,
)


def trips_added_to_after_an_exit(fills: Fills) -> set[tuple[Symbol, int | None]]:
    """Trips that turn over more than their largest size, by which excursions are measured; those still open too."""
    sizes: dict[Symbol, Decimal] = {}
    has_exited: dict[Symbol, bool] = {}
    again: set[tuple[Symbol, int | None]] = {(symbol, None) for symbol in (BTC, ETH)}
    growing: set[Symbol] = set()
    for fill in fills.made:
        each = fill.execution
        if not fill.is_trade:
            continue
        before = sizes.get(each.symbol, Decimal(0))
        after = before + each.qty * each.side.sign
        sizes[each.symbol] = after
        if before * after <= 0:  # closed, perhaps turned: another trip begins
            if each.symbol in growing:
                again.add((each.symbol, each.time_ms))
            growing.discard(each.symbol)
            has_exited[each.symbol] = False
        elif abs(after) < abs(before):
            has_exited[each.symbol] = True
        elif has_exited.get(each.symbol):
            growing.add(each.symbol)
    return again


@given(steps)
def test_the_parts_add_up_to_the_whole(made: list[tuple[Symbol, Side, int, str, str, bool]]) -> None:
    fills = Fills()
    for symbol, side, qty, price, fee, is_funding in made:
        if is_funding and fills.made:
            fills.fund(fee, fills.made[0].execution.symbol)
        else:
            fills.trade(side, str(qty), price, symbol=symbol, fee=fee, decision="100")
    trips = round_trips(fills.made, {})
    realised = sum((fill.realised_pnl for fill in fills.made), Decimal(0))
    fees = sum((fill.fee for fill in fills.made), Decimal(0))
    funding = sum((fill.funding for fill in fills.made), Decimal(0))
    cost = slippage(fills.made).cost
    for found in (symbol_parts(fills.made, trips), parts(trips, by_side), parts(trips, lambda trip: trip.exit_reason)):
        assert sum((part.realised_pnl for part in found), Decimal(0)) == realised
        assert sum((part.fees for part in found), Decimal(0)) == fees
        assert sum((part.funding for part in found), Decimal(0)) == funding
        assert sum((part.net_pnl for part in found), Decimal(0)) == realised - fees - funding
        assert sum((part.slippage for part in found), Decimal(0)) == pytest.approx(cost, abs=Decimal("1e-6"))
        assert sum(part.trades for part in found) == sum(trip.closed_ms is not None for trip in trips)
    added_again = trips_added_to_after_an_exit(fills)
    for trip in trips:
        if trip.mae is not None and trip.mfe is not None and (trip.symbol, trip.closed_ms) not in added_again:
            assert -trip.mae - Decimal("1e-6") <= trip.realised_pnl <= trip.mfe + Decimal("1e-6")


def test_slippage_costs_who_buys_higher_or_sells_lower() -> None:
    fills = Fills()
    fills.trade(Side.BUY, "2", "101", decision="100")
    fills.trade(Side.SELL, "2", "101", decision="100")
    fills.trade(Side.SELL, "1", "101")
    fills.fund("1")
    found = slippage(fills.made)
    assert (found.fills, found.unknown, found.cost) == (2, 1, D(0))
    assert (found.mean_bps, found.median_bps, found.worst_bps) == (0.0, 0.0, 100.0)
    assert slippage([]).mean_bps is None


def placed(status: str, filled: str, order_type: OrderType = OrderType.LIMIT) -> PlacedOrder:
    return PlacedOrder(BTC, "entry", order_type, status, Decimal(2), Decimal(filled), TimeMs(0))


def test_the_fill_rate_is_of_orders_that_the_exchange_took() -> None:
    orders = [placed("Filled", "2"), placed("Cancelled", "1"), placed("Cancelled", "0"), placed("Refused", "0")]
    found = fill_rate([*orders, placed("Filled", "2", OrderType.MARKET)], OrderType.LIMIT)
    assert (found.placed, found.refused, found.touched, found.complete) == (3, 1, 2, 1)
    assert found.filled_fraction == pytest.approx(0.5)
    assert fill_rate([], OrderType.LIMIT).filled_fraction is None
