"""Whatever symbols ask, fill, lose and restart: what the account has approved stays within every limit."""

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.config.risk import LimitsConfig, RiskConfig, SizingConfig
from bot.core.account import AccountCore
from bot.domain.messages import (
    AllReady,
    EntryApproved,
    EntryEnded,
    EntryRefused,
    EntryWanted,
    FeeRatesLoaded,
    FillBooked,
    NotesLoaded,
    PositionChanged,
    PositionModeAnswered,
    WalletUpdate,
    WorkingEntriesTold,
)
from bot.domain.values import ZERO, Address, Side, Symbol
from tests.core.samples import NOW, RULES, execution

SYMBOLS = tuple(Symbol(f"{name}USDT") for name in ("BTC", "ETH", "SOL", "XRP"))
PRICE = Decimal(100)
EQUITY = Decimal(10_000)
LEVERAGE = Decimal(5)
BIT = Decimal("1e-9")
RISK = RiskConfig(
    risk_per_trade=Decimal("0.01"),
    max_open_positions=3,
    sizing=SizingConfig(pyramid_levels=3),
    limits=LimitsConfig(
        symbol_exposure_max=Decimal("0.8"),
        total_exposure_max=Decimal("1.5"),
        open_risk_max=Decimal("0.018"),
        imbalance_max=Decimal("0.9"),
    ),
)


class _Entry:
    """An approved entry as the exchange would have it: what is left of it, and where."""

    def __init__(self, side: Side, left: Decimal, stop: Decimal) -> None:
        self.side, self.left, self.stop = side, left, stop


class AccountLaws(RuleBasedStateMachine):
    """Fills are of prices that the entry was sized at, so that every limit holds exactly."""

    @initialize()
    def begin(self) -> None:
        self.sizes = dict.fromkeys(SYMBOLS, ZERO)
        self.stops: dict[Symbol, Decimal] = {}
        self.entries: dict[Symbol, _Entry] = {}
        self.execs = 0
        self.account = self._account()
        self.account.handle(AllReady(NOW, SYMBOLS), NOW)
        for symbol in SYMBOLS:
            self._tell(symbol)

    def _account(self) -> AccountCore:
        account = AccountCore("USDT", RISK)
        account.handle(PositionModeAnswered(0, "OK"), NOW)
        account.handle(FeeRatesLoaded(tuple((symbol, ZERO, ZERO) for symbol in SYMBOLS)), NOW)
        account.handle(NotesLoaded(Address("account"), ()), NOW)
        account.handle(WalletUpdate(NOW, "USDT", EQUITY, EQUITY, EQUITY), NOW)
        return account

    def _tell(self, symbol: Symbol) -> None:
        """What a position manager says when it synchronises: the position first, then its orders."""
        if self.sizes[symbol]:
            self.account.handle(self._position(symbol), NOW)
        entry = self.entries.get(symbol)
        side, left, stop = (Side.BUY, ZERO, None) if entry is None else (entry.side, entry.left, entry.stop)
        self.account.handle(WorkingEntriesTold(symbol, side, left, PRICE, stop, LEVERAGE), NOW)

    def _position(self, symbol: Symbol) -> PositionChanged:
        size = self.sizes[symbol]
        entry_price = PRICE if size else ZERO
        return PositionChanged(symbol, NOW, size, entry_price, self.stops.get(symbol), None, LEVERAGE, ZERO, ZERO)

    @rule(
        symbol=st.sampled_from(SYMBOLS),
        side=st.sampled_from(list(Side)),
        distance=st.sampled_from(["0.5", "2", "10"]),
        in_profit=st.booleans(),
    )
    def ask(self, symbol: Symbol, side: Side, distance: str, in_profit: bool) -> None:
        held = self.sizes[symbol]
        level = 1 if held * side.sign > 0 else 0
        # an addition is asked for at another price than the entry's; where it is filled does not matter to the limits
        price = PRICE + side.sign * (Decimal("0.1") if in_profit else Decimal("-0.1")) if level else PRICE
        stop = price - side.sign * Decimal(distance)
        wish = EntryWanted(symbol, NOW, side, price, stop, None, RULES, LEVERAGE, Decimal("0.01"), level=level)
        (answer,) = self.account.handle(wish, NOW)
        assert isinstance(answer, EntryApproved | EntryRefused)
        if isinstance(answer, EntryRefused):
            assert answer.reason
            return
        assert symbol not in self.entries, "one entry of a symbol at a time"
        assert not held or (level and in_profit), "only a position in profit grows"
        if held:
            stop = max(stop, self.stops[symbol]) if side is Side.BUY else min(stop, self.stops[symbol])
        self.entries[symbol] = _Entry(side, answer.qty, stop)
        # a close may leave the other side in excess: no entry has brought that about
        assert self._excess(side) <= EQUITY * Decimal("0.9") * Decimal("1.002")

    @precondition(lambda self: self.entries)
    @rule(data=st.data(), part=st.sampled_from(["0.3", "1"]))
    def fill(self, data: st.DataObject, part: str) -> None:
        symbol = data.draw(st.sampled_from(sorted(self.entries)))
        entry = self.entries[symbol]
        qty = max((entry.left * Decimal(part)).quantize(Decimal("0.001")), Decimal("0.001"))
        self.execs += 1
        self.sizes[symbol] += qty * entry.side.sign
        self.stops[symbol] = entry.stop
        entry.left -= qty
        fill = execution(f"e{self.execs}", entry.side, str(qty), "100")
        self.account.handle(FillBooked(symbol, fill, "entry", ZERO, self.sizes[symbol], PRICE), NOW)
        self.account.handle(self._position(symbol), NOW)
        if entry.left <= 0:
            self._end(symbol)

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self._end(data.draw(st.sampled_from(sorted(self.entries))))

    def _end(self, symbol: Symbol) -> None:
        del self.entries[symbol]
        self.account.handle(EntryEnded(symbol), NOW)

    @precondition(lambda self: any(self.sizes.values()))
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        symbol = data.draw(st.sampled_from([each for each, size in self.sizes.items() if size]))
        size, self.sizes[symbol] = self.sizes[symbol], ZERO
        self.execs += 1
        fill = execution(f"e{self.execs}", Side.SELL if size > 0 else Side.BUY, str(abs(size)), "100")
        self.account.handle(FillBooked(symbol, fill, "exit", ZERO, ZERO, ZERO), NOW)
        self.account.handle(self._position(symbol), NOW)

    @rule(data=st.data())
    def replace(self, data: st.DataObject) -> None:
        """The actor dies. The new one is closed until the last position manager has told."""
        self.account = self._account()
        self.account.handle(AllReady(NOW, SYMBOLS), NOW)
        order = data.draw(st.permutations(SYMBOLS))
        for symbol in order:
            wish = EntryWanted(symbol, NOW, Side.BUY, PRICE, Decimal(90), None, RULES, LEVERAGE, Decimal("0.01"))
            (answer,) = self.account.handle(wish, NOW)
            assert isinstance(answer, EntryRefused)
            self._tell(symbol)

    def _worst(self, symbol: Symbol) -> Decimal:
        entry = self.entries.get(symbol)
        return abs(self.sizes[symbol]) + (ZERO if entry is None else entry.left)

    def _excess(self, side: Side) -> Decimal:
        """The most that a side may be worth beyond the other, if only its entries are filled."""
        ahead = sum((entry.left for entry in self.entries.values() if entry.side is side), ZERO)
        return (sum(self.sizes.values(), ZERO) * side.sign + ahead) * PRICE

    @invariant()
    def exposure_margin_and_risk_are_within_their_limits(self) -> None:
        worst = {symbol: self._worst(symbol) * PRICE for symbol in SYMBOLS}
        slack = Decimal("1.002")  # additions are sized at a price a thousandth away
        assert all(value <= EQUITY * Decimal("0.8") * slack for value in worst.values())
        assert sum(worst.values(), ZERO) <= EQUITY * Decimal("1.5") * slack
        assert sum(worst.values(), ZERO) / LEVERAGE <= EQUITY
        assert sum(bool(value) for value in worst.values()) <= RISK.max_open_positions
        risk = ZERO
        for symbol in SYMBOLS:
            if self.sizes[symbol]:
                risk += abs(self.sizes[symbol]) * abs(PRICE - self.stops[symbol])
            if symbol in self.entries:
                risk += self.entries[symbol].left * abs(PRICE - self.entries[symbol].stop)
        assert risk <= EQUITY * Decimal("0.018") + BIT


AccountLaws.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestAccountLaws = AccountLaws.TestCase
