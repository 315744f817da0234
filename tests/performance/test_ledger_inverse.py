"""The books of an inverse contract: quantities in USD, money in the base coin."""

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import ExecutionReported
from bot.domain.values import Side, Symbol
from bot.performance.ledger import PositionLedger, adjustments, to_money
from tests.core.samples import NOW, execution

BTCUSD = Symbol("BTCUSD")
FILLS = st.lists(
    st.tuples(
        st.sampled_from(Side),
        st.integers(1, 1_000_000),
        st.decimals("1", "200000", places=1),
        st.decimals("-0.001", "0.005", places=8),
    ),
    max_size=40,
)


def filled(name: str, side: Side, qty: int, price: str, fee: str = "0") -> ExecutionReported:
    return msgspec.structs.replace(execution(name, side, str(qty), price, fee=fee), symbol=BTCUSD, fee_currency="BTC")


def test_a_worked_example() -> None:
    ledger = PositionLedger(BTCUSD)
    ledger.book(filled("a", Side.BUY, 10_000, "10000", "0.00055"), "entry")
    ledger.book(filled("b", Side.BUY, 10_000, "20000", "0.000275"), "entry")
    assert ledger.cost == Decimal("1.5")
    assert ledger.entry_price.quantize(Decimal("0.01")) == Decimal("13333.33")
    assert ledger.unrealised_pnl(Decimal(20_000)).quantize(Decimal("0.00000001")) == Decimal("0.5")
    half = ledger.book(filled("c", Side.SELL, 10_000, "16000"), "exit")
    assert half is not None
    assert half.realised_pnl == Decimal("0.75") - Decimal("0.625")
    assert ledger.entry_price.quantize(Decimal("0.01")) == Decimal("13333.33")
    rest = ledger.book(filled("d", Side.SELL, 10_000, "16000"), "exit")
    assert rest is not None
    assert rest.trade is not None
    assert (rest.trade.realised_pnl, rest.trade.net_pnl) == (Decimal("0.25"), Decimal("0.249175"))
    assert rest.trade.entry_price.quantize(Decimal("0.01")) == Decimal("13333.33")
    assert rest.trade.exit_price == Decimal(16_000)


@given(FILLS)
def test_nothing_is_lost_between_profit_and_cost(rows: list[tuple[Side, int, Decimal, Decimal]]) -> None:
    """A long bought coins' worth of contracts, and gains what it needs fewer of them in the end."""
    ledger, value = PositionLedger(BTCUSD), Decimal(0)
    for index, (side, qty, price, fee) in enumerate(rows):
        ledger.book(filled(f"e{index}", side, qty, str(price), str(fee)), "entry")
        value += to_money(Decimal(qty) / price) * side.sign
    assert ledger.size == sum(qty * side.sign for side, qty, _, _ in rows)
    assert ledger.fees == sum((fee for *_, fee in rows), Decimal(0))
    assert ledger.realised_pnl == value - (ledger.cost if ledger.size > 0 else -ledger.cost)


@given(FILLS, st.integers(-1_000_000, 1_000_000), st.decimals("1", "200000", places=1))
def test_adjustments_bring_the_books_to_any_position(
    rows: list[tuple[Side, int, Decimal, Decimal]], size: int, entry: Decimal
) -> None:
    ledger = PositionLedger(BTCUSD)
    for index, (side, qty, price, fee) in enumerate(rows):
        ledger.book(filled(f"e{index}", side, qty, str(price), str(fee)), "entry")
    before = ledger.size
    for each in adjustments(ledger, BTCUSD, Decimal(size), entry, NOW):
        assert (each.fee, each.fee_currency, each.symbol) == (Decimal(0), "BTC", BTCUSD)
        ledger.book(each, "adjustment")
    assert ledger.size == size
    if size and before * size <= 0:
        assert abs(abs(size) / ledger.entry_price - abs(size) / entry) <= Decimal("2e-8")
