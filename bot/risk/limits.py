"""The limits of the whole account: what they leave for one more entry."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from bot.config.risk import CorrelationConfig, LimitsConfig
from bot.domain.contract import Contract, contract_of
from bot.domain.messages import EntryWanted
from bot.domain.values import ZERO, Side, Symbol
from bot.risk.correlation import Closes
from bot.risk.portfolio import Portfolio
from bot.risk.sizing import Cap


class Limits:
    """Holds an entry against what is there already. A limit that is not configured costs nothing.

    For quotes what the symbol has reserved must be given back first: their leave is asked for anew.
    """

    def __init__(self, config: LimitsConfig) -> None:
        self._config = config
        self.closes = None if config.correlation is None else Closes(config.correlation.bars)

    def revise(self, config: LimitsConfig) -> None:
        """Other limits count for the next entry; which symbols move together is not forgotten."""
        self._config = config

    def caps(self, wanted: EntryWanted, portfolio: Portfolio, equity: Decimal) -> Sequence[Cap] | str:
        """What is left of every limit, or why there can be no entry at all."""
        config = self._config
        if config.leverage_max is not None and wanted.leverage > config.leverage_max:
            return f"leverage {wanted.leverage} is above the most allowed, {config.leverage_max}"
        caps = [*self._exposure(wanted, portfolio, equity), *self._risk(wanted, portfolio, equity)]
        caps += self._balance(wanted, portfolio, equity)
        if config.correlation is None:
            return caps
        if self.closes is None:
            return "no closes are told that correlations could be taken from: the bot was started without that limit"
        grouped = _correlated(wanted, portfolio, equity, config.correlation, self.closes)
        return grouped if isinstance(grouped, str) else [*caps, *grouped]

    def _exposure(self, wanted: EntryWanted, portfolio: Portfolio, equity: Decimal) -> Iterable[Cap]:
        config = self._config
        in_symbol = portfolio.exposure(wanted.symbol)
        if wanted.for_quotes:
            in_symbol = ZERO  # their size is that of the whole position, with what is there
        yield from _left("symbol exposure", in_symbol, config.symbol_exposure_max, wanted, equity)
        yield from _left_quote("symbol exposure", in_symbol, config.symbol_exposure_quote_max, wanted)
        total = portfolio.total_exposure() - (portfolio.exposure(wanted.symbol) if wanted.for_quotes else ZERO)
        yield from _left("total exposure", total, config.total_exposure_max, wanted, equity)
        yield from _left_quote("total exposure", total, config.total_exposure_quote_max, wanted)

    def _risk(self, wanted: EntryWanted, portfolio: Portfolio, equity: Decimal) -> Iterable[Cap]:
        fraction = self._config.open_risk_max
        if fraction is not None:
            most, open_now = equity * fraction, portfolio.open_risk()
            show = contract_of(wanted.symbol).text
            text = f"stops may cost {show(open_now)} already, of at most {show(most)}"
            yield Cap("open risk", text, risk=most - open_now)

    def _balance(self, wanted: EntryWanted, portfolio: Portfolio, equity: Decimal) -> Iterable[Cap]:
        fraction = self._config.imbalance_max
        if fraction is None:
            return
        most, show = equity * fraction, contract_of(wanted.symbol).text
        for side in Side if wanted.for_quotes else (wanted.side,):
            excess = portfolio.excess(side)
            if wanted.for_quotes:
                excess -= portfolio.value(wanted.symbol) * side.sign
            one, other = ("longs", "shorts") if side is Side.BUY else ("shorts", "longs")
            text = f"{one} may be worth {show(excess)} beyond {other} already, of at most {show(most)}"
            yield Cap("imbalance", text, notional=most - excess)


def _left(name: str, used: Decimal, fraction: Decimal | None, wanted: EntryWanted, equity: Decimal) -> Iterable[Cap]:
    if fraction is not None:
        yield _cap(name, used, equity * fraction, contract_of(wanted.symbol))


def _left_quote(name: str, used: Decimal, most_quote: Decimal | None, wanted: EntryWanted) -> Iterable[Cap]:
    if most_quote is not None:
        contract = contract_of(wanted.symbol)
        yield _cap(name, used, contract.money(most_quote, wanted.price), contract)


def _cap(name: str, used: Decimal, most: Decimal, contract: Contract) -> Cap:
    text = f"{contract.text(used)} is there or on its way already, of at most {contract.text(most)}"
    return Cap(name, text, notional=most - used)


def _correlated(
    wanted: EntryWanted, portfolio: Portfolio, equity: Decimal, config: CorrelationConfig, closes: Closes
) -> Sequence[Cap] | str:
    """What a group leaves for one more member. A group is everything that hangs together by pairs above the threshold.

    Two positions on opposite sides are a pair where their symbols move against each other.
    """
    others = sorted(portfolio.taken - {wanted.symbol})
    sides = {symbol: set(portfolio.sides(symbol)) for symbol in others}
    sides[wanted.symbol] = set(Side) if wanted.for_quotes else {wanted.side, *portfolio.sides(wanted.symbol)}
    group = [wanted.symbol]
    for member in group:
        for other in others:
            if other in group:
                continue
            value = closes.correlation(member, other, wanted.time_ms)
            if value is None:
                return f"the correlation of {member} and {other} is not known yet"
            if _hang_together(value, sides[member], sides[other], float(config.threshold)):
                group.append(other)
    names = ", ".join(group[1:])
    most = config.positions_max
    if most is not None and len(group) > most:
        return f"{wanted.symbol} moves with {names}: at most {most} of such a group may be open"
    if config.exposure_max is None:
        return ()
    used = sum((portfolio.exposure(symbol) for symbol in group), ZERO)
    if wanted.for_quotes:
        used -= portfolio.exposure(wanted.symbol)
    show, most_money = contract_of(wanted.symbol).text, equity * config.exposure_max
    text = f"with {names or 'nothing else'} {show(used)} is there already, of at most {show(most_money)}"
    return (Cap("correlated group", text, notional=most_money - used),)


def _hang_together(correlation: float, one: set[Side], other: set[Side], threshold: float) -> bool:
    return any(correlation * a.sign * b.sign >= threshold for a in one for b in other)


def positions_left(portfolio: Portfolio, wanted: EntryWanted, most: int) -> str | None:
    """Why there is no place for a position in this symbol; None if there is."""
    taken: set[Symbol] = portfolio.taken
    if wanted.for_quotes:
        taken = taken - {wanted.symbol}  # what it holds it has quoted for, in an earlier life perhaps
    elif wanted.level > 0:
        return _may_add(portfolio, wanted)
    elif wanted.symbol in taken:
        return "this symbol has a position or an entry on its way"
    if len(taken) >= most:
        return f"{len(taken)} of at most {most} positions are open or on their way"
    return None


def _may_add(portfolio: Portfolio, wanted: EntryWanted) -> str | None:
    """A pyramid grows into profit only, one step after the other."""
    holding = portfolio.holdings.get(wanted.symbol)
    if wanted.symbol in portfolio.reservations:
        return "an entry of this symbol is on its way"
    if holding is None or holding.size * wanted.side.sign <= 0:
        return "there is no position on this side to add to"
    if (wanted.price - holding.entry_price) * wanted.side.sign <= 0:
        return f"the position is not in profit: entered at {holding.entry_price:f}, now {wanted.price:f}"
    return None
