"""Snapshots to look at."""

from decimal import Decimal

from bot.core.dashboard import DashboardSnapshot, SymbolRow
from bot.domain.messages import Direction
from bot.domain.values import ZERO, Symbol
from tests.core.samples import BTC, NOW

FLAT = SymbolRow(
    symbol=Symbol("ETHUSDT"),
    price=None,
    size=ZERO,
    entry_price=ZERO,
    stop_price=None,
    target_price=None,
    unrealised_pnl=ZERO,
    open_risk=ZERO,
    signal=None,
    signal_age_ms=None,
    refusal="",
    last_bar_close_ms=None,
    last_fill_ms=None,
    feed_age_ms=None,
)
LONG = SymbolRow(
    symbol=BTC,
    price=Decimal("60101.50"),
    size=Decimal("0.012"),
    entry_price=Decimal("60001.5"),
    stop_price=Decimal(59000),
    target_price=None,
    unrealised_pnl=Decimal("1.2"),
    open_risk=Decimal("12.018"),
    signal=Direction.LONG,
    signal_age_ms=90_000,
    refusal="",
    last_bar_close_ms=NOW,
    last_fill_ms=NOW,
    feed_age_ms=400,
)


def snapshot(
    rows: tuple[SymbolRow, ...] = (LONG, FLAT),
    *,
    halted: str | None = None,
    is_trading: bool = True,
    private_is_up: bool | None = True,
) -> DashboardSnapshot:
    """Two symbols, one of them long."""
    return DashboardSnapshot(
        now_ms=NOW,
        rows=rows,
        wallet_balance=Decimal("10000.123"),
        equity=Decimal("10001.323"),
        unrealised_pnl=Decimal("1.2"),
        open_risk=Decimal("12.018"),
        open_positions=1,
        net_pnl=Decimal("-3.5"),
        trades=4,
        wins=1,
        public_is_up=True,
        private_is_up=private_is_up,
        is_trading=is_trading,
        halted=halted,
    )
