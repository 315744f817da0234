"""Which symbols are worth trading: rules over the exchange's tickers, with a reason for every symbol left out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal, assert_never

import msgspec

from bot.domain.messages import ContractRow, TickerRow
from bot.domain.values import Symbol, TimeMs

DAY_MS = 86_400_000
SETTLE_COIN = "USDT"
PERPETUAL = "LinearPerpetual"
TRADING = "Trading"
ENTER_WITHIN = 0.75
STAY_WITHIN = 1.25
"""Parts of ``top``. A newcomer that ranks within the first is in, and a member that ranks within the second stays;
between them places go to members first. The buffer zone of stock indices works like this, and for the same reason:
two symbols that take turns at the edge shall not be traded in turns."""

NOBODY: Mapping[Symbol, str] = {}

type RankBy = Literal["turnover_24h", "open_interest_value", "volatility_24h"]


class UniverseRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a symbol must fulfil, and by what those that do are ranked; None is no bound.

    ``spread_fraction_max`` is of the mid price, the volatility is the day's range as a fraction of the last price.
    ``include`` and ``exclude`` are patterns like ``BTC*``; without any ``include`` every name is welcome.
    """

    top: int
    by: RankBy = "turnover_24h"
    age_days_min: int = 0
    turnover_24h_min: float | None = None
    spread_fraction_max: float | None = None
    volatility_24h_min: float | None = None
    volatility_24h_max: float | None = None
    price_min: float | None = None
    price_max: float | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class Choice(msgspec.Struct, frozen=True):
    """The chosen symbols, best first, and of all others why they were left out, by name."""

    symbols: tuple[Symbol, ...]
    left_out: tuple[tuple[Symbol, str], ...]


def choose(
    tickers: Iterable[TickerRow],
    contracts: Iterable[ContractRow],
    rules: UniverseRules,
    members: Collection[Symbol],
    now_ms: TimeMs,
    banned: Mapping[Symbol, str] = NOBODY,
) -> Choice:
    """Choose at most ``rules.top`` symbols; ``members`` are those chosen so far. Ties go by name.

    ``banned`` are left out for reasons of their own.
    """
    contract_of = {contract.symbol: contract for contract in contracts}
    ticker_of = {ticker.symbol: ticker for ticker in tickers}
    left_out: dict[Symbol, str] = {}
    fit: list[TickerRow] = []
    for symbol in {*contract_of, *ticker_of}:
        ticker = ticker_of.get(symbol)
        reason = banned.get(symbol) or _unfit(symbol, ticker, contract_of.get(symbol), rules, now_ms)
        if ticker is None or reason is not None:
            left_out[symbol] = reason or "has no ticker"
        else:
            fit.append(ticker)
    ranked = [row.symbol for row in sorted(fit, key=lambda row: (-rank_value(row, rules.by), row.symbol))]
    chosen = _fill(ranked, rules.top, members)
    left_out |= _too_low(ranked, rules, chosen)
    return Choice(chosen, tuple(sorted(left_out.items())))


def _unfit(
    symbol: Symbol, ticker: TickerRow | None, contract: ContractRow | None, rules: UniverseRules, now_ms: TimeMs
) -> str | None:
    """The first rule that a symbol breaks."""
    if contract is None:
        return "is not listed for trading"
    return (
        _wrong_kind(contract)
        or _wrong_name(symbol, rules)
        or _too_young(contract, rules, now_ms)
        or ("has no ticker" if ticker is None else _bad_figures(ticker, rules))
    )


def _wrong_kind(contract: ContractRow) -> str | None:
    if contract.contract_type != PERPETUAL:
        return f"is a {contract.contract_type}, no {PERPETUAL}"
    if contract.settle_coin != SETTLE_COIN:
        return f"settles in {contract.settle_coin}, not in {SETTLE_COIN}"
    return None if contract.status == TRADING else f"has the status {contract.status}"


def _wrong_name(symbol: Symbol, rules: UniverseRules) -> str | None:
    excluded = next((pattern for pattern in rules.exclude if fnmatchcase(symbol, pattern)), None)
    if excluded is not None:
        return f"is excluded by {excluded}"
    if rules.include and not any(fnmatchcase(symbol, pattern) for pattern in rules.include):
        return "is not among those to include"
    return None


def _too_young(contract: ContractRow, rules: UniverseRules, now_ms: TimeMs) -> str | None:
    age_days = (now_ms - contract.launch_ms) / DAY_MS
    if age_days >= rules.age_days_min:
        return None
    return f"is listed for {max(0.0, age_days):.1f} days, at least {rules.age_days_min} are wanted"


def _bad_figures(ticker: TickerRow, rules: UniverseRules) -> str | None:
    if ticker.last_price <= 0 or not 0 < ticker.bid_price <= ticker.ask_price:
        return "shows no price, or no bid and ask"
    figures: Sequence[tuple[str, float, float | None, float | None]] = (
        ("price", ticker.last_price, rules.price_min, rules.price_max),
        ("24 h turnover", ticker.turnover_24h, rules.turnover_24h_min, None),
        ("spread", spread_fraction(ticker), None, rules.spread_fraction_max),
        ("24 h volatility", volatility_24h(ticker), rules.volatility_24h_min, rules.volatility_24h_max),
    )
    for name, value, least, most in figures:
        if least is not None and value < least:
            return f"{name} {value:.6g} is below {least:.6g}"
        if most is not None and value > most:
            return f"{name} {value:.6g} is above {most:.6g}"
    return None


def spread_fraction(ticker: TickerRow) -> float:
    """(ask - bid) / mid."""
    return 2 * (ticker.ask_price - ticker.bid_price) / (ticker.ask_price + ticker.bid_price)


def volatility_24h(ticker: TickerRow) -> float:
    """The range of the last 24 hours as a fraction of the last price."""
    return (ticker.high_price_24h - ticker.low_price_24h) / ticker.last_price


def rank_value(ticker: TickerRow, by: RankBy) -> float:
    """What symbols are ranked by; the highest is best."""
    match by:
        case "turnover_24h":
            return ticker.turnover_24h
        case "open_interest_value":
            return ticker.open_interest_value
        case "volatility_24h":
            return volatility_24h(ticker)
        case _:
            assert_never(by)


def _fill(ranked: Sequence[Symbol], top: int, members: Collection[Symbol]) -> tuple[Symbol, ...]:
    """Give the places away: to those far up, then to members not far down, then by rank."""
    place = {symbol: rank for rank, symbol in enumerate(ranked, start=1)}
    certain = [symbol for symbol in ranked if place[symbol] <= top * ENTER_WITHIN]
    staying = [symbol for symbol in ranked if symbol in members and place[symbol] <= top * STAY_WITHIN]
    chosen = list(dict.fromkeys((*certain, *staying, *ranked)))[:top]
    return tuple(sorted(chosen, key=place.__getitem__))


def _too_low(ranked: Sequence[Symbol], rules: UniverseRules, chosen: Collection[Symbol]) -> Mapping[Symbol, str]:
    return {
        symbol: f"ranks {rank} of {len(ranked)} by {rules.by}; {rules.top} are wanted"
        for rank, symbol in enumerate(ranked, start=1)
        if symbol not in chosen
    }
