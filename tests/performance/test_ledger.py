"""The books of one symbol, from executions alone."""

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import ExecutionReported
from bot.domain.values import Side
from bot.performance.ledger import MONEY, PositionLedger, adjustments
from tests.core.samples import BTC, NOW, execution

FILLS = st.lists(
    st.tuples(
        st.sampled_from(Side),
        st.decimals("0.001", "5", places=3),
        st.decimals("0.1", "200000", places=1),
        st.decimals("-1", "5", places=8),
    ),
    max_size=40,
)


def executions(rows: list[tuple[Side, Decimal, Decimal, Decimal]]) -> list[ExecutionReported]:
    return [
        execution(f"e{index}", side, str(qty), str(price), fee=str(fee))
        for index, (side, qty, price, fee) in enumerate(rows)
    ]


@given(FILLS)
def test_size_is_the_sum_of_the_fills_and_money_is_conserved(
    rows: list[tuple[Side, Decimal, Decimal, Decimal]],
) -> None:
    ledger = PositionLedger(BTC)
    cash = Decimal(0)
    for fill in executions(rows):
        ledger.book(fill, "entry")
        cash -= fill.qty * fill.price * fill.side.sign
    assert ledger.size == sum((qty * side.sign for side, qty, _, _ in rows), Decimal(0))
    assert ledger.fees == sum((fee for *_, fee in rows), Decimal(0))
    assert ledger.realised_pnl == cash + (ledger.cost if ledger.size > 0 else -ledger.cost)


@given(FILLS)
def test_booking_twice_changes_nothing(rows: list[tuple[Side, Decimal, Decimal, Decimal]]) -> None:
    once, twice = PositionLedger(BTC), PositionLedger(BTC)
    for fill in executions(rows):
        once.book(fill, "entry")
        twice.book(fill, "entry")
        assert twice.book(fill, "entry") is None
    assert (once.size, once.realised_pnl, once.fees) == (twice.size, twice.realised_pnl, twice.fees)


@given(FILLS)
def test_round_trips_add_up_to_the_ledger_when_flat(rows: list[tuple[Side, Decimal, Decimal, Decimal]]) -> None:
    ledger = PositionLedger(BTC)
    fills = executions(rows)
    total = sum((qty * side.sign for side, qty, _, _ in rows), Decimal(0))
    if total:
        fills.append(execution("last", Side.SELL if total > 0 else Side.BUY, str(abs(total)), "100", fee="0.5"))
    trades = [booking.trade for fill in fills if (booking := ledger.book(fill, "x")) and booking.trade]
    assert sum((trade.realised_pnl for trade in trades), Decimal(0)) == ledger.realised_pnl
    assert sum((trade.fees for trade in trades), Decimal(0)) == ledger.fees


def test_adding_averages_the_entry_and_reducing_keeps_it() -> None:
    ledger = PositionLedger(BTC)
    ledger.book(execution("a", Side.BUY, "1", "100"), "entry")
    ledger.book(execution("b", Side.BUY, "3", "104"), "entry")
    assert ledger.entry_price == Decimal(103)
    booking = ledger.book(execution("c", Side.SELL, "1", "105"), "exit")
    assert booking is not None
    assert (booking.realised_pnl, ledger.entry_price, ledger.size) == (Decimal(2), Decimal(103), Decimal(3))


def test_realised_profit_is_rounded_half_up_to_eight_decimals() -> None:
    ledger = PositionLedger(BTC)
    for index, price in enumerate(("100", "100", "101")):
        ledger.book(execution(f"b{index}", Side.BUY, "1", price), "entry")
    booking = ledger.book(execution("s", Side.SELL, "1", "110"), "exit")
    assert booking is not None
    assert booking.realised_pnl == (Decimal(110) - Decimal(301) / 3).quantize(MONEY, ROUND_HALF_UP)


def test_a_fill_through_zero_closes_one_trip_and_opens_another() -> None:
    ledger = PositionLedger(BTC)
    ledger.book(execution("a", Side.BUY, "1", "100"), "entry")
    booking = ledger.book(execution("b", Side.SELL, "3", "110"), "external")
    assert booking is not None
    assert booking.trade is not None
    assert (booking.trade.qty, booking.trade.realised_pnl) == (Decimal(1), Decimal(10))
    assert (ledger.size, ledger.entry_price) == (Decimal(-2), Decimal(110))


def test_funding_moves_money_and_not_the_position() -> None:
    ledger = PositionLedger(BTC)
    ledger.book(execution("a", Side.BUY, "1", "100"), "entry")
    ledger.book(execution("f", Side.BUY, "1", "100", fee="0.01", exec_type="Funding"), "funding")
    assert (ledger.size, ledger.fees) == (Decimal(1), Decimal("0.01"))
    booking = ledger.book(execution("b", Side.SELL, "1", "100"), "exit")
    assert booking is not None
    assert booking.trade is not None
    assert booking.trade.net_pnl == Decimal("-0.01")


@given(st.decimals("-5", "5", places=3), st.decimals("-5", "5", places=3))
def test_adjustments_lead_to_the_exchanges_position_and_invent_no_profit(held: Decimal, wanted: Decimal) -> None:
    ledger = PositionLedger(BTC)
    if held:
        ledger.book(execution("a", Side.BUY if held > 0 else Side.SELL, str(abs(held)), "100"), "entry")
    for made_up in adjustments(ledger, BTC, wanted, Decimal(110), NOW):
        ledger.book(made_up, "adjustment")
    assert ledger.size == wanted
    assert ledger.realised_pnl == 0
    if wanted and abs(wanted) > abs(held):
        assert abs(ledger.entry_price - 110) < MONEY
