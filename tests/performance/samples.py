"""Fills for tests of the report."""

from decimal import Decimal

from bot.domain.messages import ExecutionReported
from bot.domain.values import ZERO, OrderLinkId, Side, Symbol, TimeMs
from bot.performance.fills import FUNDING, Fill, Wish
from bot.performance.ledger import PositionLedger, to_money
from bot.performance.report_data import RunInfo

BTC, ETH = Symbol("BTCUSDT"), Symbol("ETHUSDT")
RUN = RunInfo("run", "backtest", "0", TimeMs(0), None, frozenset({"run"}))


class Fills:
    """Books fills one after the other, a second apart."""

    def __init__(self) -> None:
        self.made: list[Fill] = []
        self._ledgers: dict[Symbol, PositionLedger] = {}

    def trade(
        self,
        side: Side,
        qty: str,
        price: str,
        *,
        symbol: Symbol = BTC,
        fee: str = "0",
        purpose: str = "entry",
        run_id: str = "run",
        decision: str | None = None,
        wish: Wish | None = None,
        exec_type: str = "Trade",
    ) -> Fill:
        number = len(self.made) + 1
        execution = ExecutionReported(
            symbol, f"e{number}", exec_type, f"o{number}", OrderLinkId(f"l{number}"), side, Decimal(price),
            Decimal(qty), Decimal(fee), "USDT", is_maker=False, stop_order_type="", create_type="",
            time_ms=TimeMs(number * 1000),
        )  # fmt: skip
        booking = self._ledgers.setdefault(symbol, PositionLedger(symbol)).book(execution, purpose)
        realised = ZERO if booking is None else booking.realised_pnl
        fill = Fill(
            execution, purpose, run_id, realised, None if decision is None else to_money(Decimal(decision)), wish
        )
        self.made.append(fill)
        return fill

    def fund(self, amount: str, symbol: Symbol = BTC) -> Fill:
        return self.trade(Side.BUY, "1", "100", symbol=symbol, fee=amount, purpose="funding", exec_type=FUNDING)
