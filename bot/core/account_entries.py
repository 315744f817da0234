"""The part of the account that decides on one entry: guards, places, limits, size, reservation."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from bot.config.risk import RiskConfig
from bot.core.guard_desk import GuardDesk
from bot.domain.messages import EntryApproved, EntryRefused, EntryWanted, WalletUpdate
from bot.domain.values import ZERO, Symbol, TimeMs
from bot.risk.limits import Limits, positions_left
from bot.risk.portfolio import Portfolio
from bot.risk.sizing import Cap, PastResults, SizingInput, Unsized, size_entry

KELLY_TRADES = 200
"""Trades that the share of wins and the pay-off are taken from: older ones were of another market."""


class EntryJudge:
    """Approves or refuses; what it approves is reserved."""

    def __init__(
        self,
        risk: RiskConfig,
        portfolio: Portfolio,
        guards: GuardDesk,
        bars_per_year: Callable[[Symbol], float] | None,
        revision: int = 0,
    ) -> None:
        self._risk = risk
        self._revision = revision
        self._portfolio = portfolio
        self._guards = guards
        self._bars_per_year = bars_per_year
        self.limits = Limits(risk.limits)
        self.taker_fee_rates: dict[Symbol, Decimal] = {}

    def revise(self, risk: RiskConfig, revision: int) -> None:
        """Other settings count for the next entry."""
        self._risk, self._revision = risk, revision
        self.limits.revise(risk.limits)

    def answer(
        self, wanted: EntryWanted, closed: str | None, equity: Decimal, wallet: WalletUpdate | None, now_ms: TimeMs
    ) -> EntryApproved | EntryRefused:
        """The answer to one wish; ``closed`` is why the account lets nothing in at all, None if it does."""
        if wanted.for_quotes:
            self._portfolio.asked_anew(wanted.symbol)
        if closed is not None or wallet is None:
            answer: EntryApproved | EntryRefused = EntryRefused(
                wanted.symbol, wanted.time_ms, closed or "the wallet is not known yet"
            )
        else:
            answer = self.decide(wanted, equity, wallet.available_balance, now_ms)
        if wanted.for_quotes and isinstance(answer, EntryRefused):
            self._portfolio.quotes_refused(wanted.symbol)
        return answer

    def decide(
        self, wanted: EntryWanted, equity: Decimal, available_margin: Decimal, now_ms: TimeMs
    ) -> EntryApproved | EntryRefused:
        """The answer to one wish. ``available_margin`` is the exchange's, also counting what is not the bot's."""
        reason = _nonsense(wanted) or self._guards.refusal(wanted, self._portfolio.unmarked, now_ms)
        if wanted.revision != self._revision:
            reason = "the configuration is just being revised: this wish and the limits are not of one revision"
        reason = reason or positions_left(self._portfolio, wanted, self._risk.max_open_positions)
        if reason is not None:
            return EntryRefused(wanted.symbol, wanted.time_ms, reason)
        caps = self.limits.caps(wanted, self._portfolio, equity)
        if isinstance(caps, str):
            return EntryRefused(wanted.symbol, wanted.time_ms, caps)
        free = min(equity - self._portfolio.margin_used(), available_margin - self._portfolio.margin_promised())
        sized = size_entry(self._input(wanted, equity, free, caps), self._risk.sizing, self._past_results())
        if isinstance(sized, Unsized):
            return EntryRefused(wanted.symbol, wanted.time_ms, sized.reason)
        self._portfolio.reserve(wanted, sized.qty, sized.margin, sized.risk)
        return EntryApproved(wanted.symbol, wanted, sized.qty)

    def _past_results(self) -> PastResults:
        if self._risk.sizing.kind != "kelly":
            return PastResults()
        count = max(KELLY_TRADES, self._risk.sizing.kelly_trades_min)
        return PastResults.of(trade.net_pnl for trade in self._guards.past.newest(count))

    def _input(self, wanted: EntryWanted, equity: Decimal, free: Decimal, caps: Sequence[Cap]) -> SizingInput:
        return SizingInput(
            equity=equity,
            available_margin=free,
            risk_per_trade=wanted.risk_per_trade,
            price=wanted.price,
            stop_price=wanted.stop_price,
            leverage=wanted.leverage,
            taker_fee_rate=self.taker_fee_rates.get(wanted.symbol, ZERO),
            instrument=wanted.instrument,
            amount_quote=wanted.amount_quote,
            volatility=wanted.volatility,
            level=wanted.level,
            bars_per_year=0.0 if self._bars_per_year is None else self._bars_per_year(wanted.symbol),
            caps=tuple(caps),
        )


def _nonsense(wanted: EntryWanted) -> str | None:
    """Why a wish can not even be compared with anything; None if it can."""
    numbers = {"the price": wanted.price, "the stop": wanted.stop_price, "the leverage": wanted.leverage}
    for name, number in numbers.items():
        if not number.is_finite() or number <= 0:
            return f"{name} is {number}"
    if not wanted.for_quotes and (wanted.price - wanted.stop_price) * wanted.side.sign < 0:
        return f"the stop {wanted.stop_price:f} is on the wrong side of the entry at {wanted.price:f}"
    return None
