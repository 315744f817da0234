"""What round trips are made of: executions with their decision prices, and the bars that a position saw."""

from decimal import Decimal

import msgspec

from bot.domain.contract import contract_of
from bot.domain.messages import ExecutionReported
from bot.domain.values import TimeMs
from bot.performance.ledger import SIZE_CHANGING, to_money

FUNDING = "Funding"
_BASIS_POINT = Decimal("0.0001")


class Wish(msgspec.Struct, frozen=True):
    """The signal behind an order."""

    time_ms: TimeMs
    strategy: str
    price: Decimal
    """The close of the bar that decided."""
    reason: str


class Fill(msgspec.Struct, frozen=True):
    """An execution, what it was for, and the price that stood when it was decided (None: not known).

    That price is the close of the bar whose signal led to the order; for stops and targets their trigger; for quotes
    their own limit.
    """

    execution: ExecutionReported
    purpose: str
    run_id: str
    realised_pnl: Decimal
    """Before fees, as it was booked."""
    decision_price: Decimal | None = None
    wish: Wish | None = None

    @property
    def is_trade(self) -> bool:
        """Whether it changed the position; funding does not."""
        return self.execution.exec_type in SIZE_CHANGING

    @property
    def fee(self) -> Decimal:
        """The fee of a trade, in the settle coin; 0 for funding."""
        return self.execution.fee if self.execution.exec_type != FUNDING else Decimal(0)

    @property
    def funding(self) -> Decimal:
        """Funding paid, in the settle coin; negative if it was received."""
        return self.execution.fee if self.execution.exec_type == FUNDING else Decimal(0)

    @property
    def value(self) -> Decimal:
        """What was traded, in the settle coin."""
        return contract_of(self.execution.symbol).value(self.execution.qty, self.execution.price)

    @property
    def slippage(self) -> Decimal | None:
        """What it cost (settle coin) that the fill was not at the decision price; negative where it was better."""
        if self.decision_price is None or not self.is_trade:
            return None
        execution = self.execution
        signed_qty = execution.side.sign * execution.qty
        return to_money(contract_of(execution.symbol).profit(signed_qty, self.decision_price, execution.price))

    @property
    def slippage_bps(self) -> float | None:
        """The same in hundredths of a percent of the decision price."""
        if not self.decision_price or not self.is_trade:
            return None
        move = (self.execution.price - self.decision_price) / self.decision_price
        return float(self.execution.side.sign * move / _BASIS_POINT)


class Mark(msgspec.Struct, frozen=True):
    """A closed bar that an open position saw; ``time_ms`` is its close."""

    time_ms: TimeMs
    price: Decimal
    low: Decimal
    high: Decimal
