"""What the limits of the account leave for one more entry; correlation of returns."""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.risk import CorrelationConfig, LimitsConfig
from bot.domain.messages import ClosesSeen, EntryWanted, PositionChanged
from bot.domain.values import ZERO, Side, Symbol, TimeMs
from bot.risk.correlation import Closes
from bot.risk.limits import Limits, positions_left
from bot.risk.portfolio import Portfolio
from bot.risk.sizing import Cap
from tests.core.samples import BTC, ETH, NOW, RULES

SOL = Symbol("SOLUSDT")
BARS = 40
EQUITY = Decimal(10_000)
MINUTE = 60_000


def wish(symbol: Symbol, side: Side = Side.BUY, **changes: Any) -> EntryWanted:
    stop = Decimal(98) if side is Side.BUY else Decimal(102)
    usual = EntryWanted(symbol, NOW, side, Decimal(100), stop, None, RULES, Decimal(5), Decimal("0.01"))
    return msgspec.structs.replace(usual, **changes)


def holding(sizes: dict[Symbol, str]) -> Portfolio:
    portfolio = Portfolio()
    for symbol, text in sizes.items():
        size = Decimal(text)
        stop = Decimal(98) if size > 0 else Decimal(102)
        portfolio.position(PositionChanged(symbol, NOW, size, Decimal(100), stop, None, Decimal(5), ZERO, ZERO))
    return portfolio


def closes_of(symbol: Symbol, returns: Sequence[float], *, last_ms: int = NOW - MINUTE) -> ClosesSeen:
    closes, price = [100.0], 100.0
    for each in returns:
        price *= 1 + each
        closes.append(price)
    first_ms = last_ms - MINUTE * len(returns)
    rows = tuple((TimeMs(first_ms + MINUTE * index), close) for index, close in enumerate(closes))
    return ClosesSeen(symbol, rows, is_history=True)


def noise(seed: int, count: int = BARS) -> list[float]:
    source = random.Random(seed)  # noqa: S311 - a made-up market
    return [source.gauss(0, 0.01) for _ in range(count)]


def group_limits(**config: Any) -> Limits:
    """BTC and ETH move together, SOL against them."""
    limits = Limits(LimitsConfig(correlation=CorrelationConfig(bars=BARS, threshold=Decimal("0.8"), **config)))
    assert limits.closes is not None
    common = noise(1)
    limits.closes.see(closes_of(BTC, common))
    limits.closes.see(closes_of(ETH, [each + 0.1 * other for each, other in zip(common, noise(2), strict=True)]))
    limits.closes.see(closes_of(SOL, [-each for each in common]))
    return limits


def only(caps: Sequence[Cap] | str) -> Cap:
    assert not isinstance(caps, str), caps
    (cap,) = caps
    return cap


def test_what_moves_together_on_the_same_side_is_one_group() -> None:
    limits = group_limits(positions_max=1)
    held = holding({BTC: "10"})
    assert limits.caps(wish(ETH), held, EQUITY) == ("ETHUSDT moves with BTCUSDT: at most 1 of such a group may be open")
    assert limits.caps(wish(ETH, Side.SELL), held, EQUITY) == []
    assert limits.caps(wish(SOL), held, EQUITY) == []
    assert isinstance(limits.caps(wish(SOL, Side.SELL), held, EQUITY), str), "short of what falls when it rises"


def test_quotes_may_come_to_be_on_either_side() -> None:
    assert isinstance(group_limits(positions_max=1).caps(wish(SOL, for_quotes=True), holding({BTC: "1"}), EQUITY), str)


def test_a_group_shares_its_exposure() -> None:
    cap = only(group_limits(exposure_max=Decimal("0.5")).caps(wish(ETH), holding({BTC: "30"}), EQUITY))
    assert cap.notional == Decimal(2000)
    assert cap.text == "with BTCUSDT 3000.00 is there already, of at most 5000.00"


def test_a_group_hangs_together_through_a_member_between() -> None:
    limits = Limits(LimitsConfig(correlation=CorrelationConfig(bars=BARS, threshold=Decimal("0.6"), positions_max=2)))
    assert limits.closes is not None
    one, other = noise(1), noise(2)
    limits.closes.see(closes_of(BTC, one))
    limits.closes.see(closes_of(ETH, [a + b for a, b in zip(one, other, strict=True)]))
    limits.closes.see(closes_of(SOL, other))
    assert abs(limits.closes.correlation(BTC, SOL, NOW) or 0.0) < 0.6
    answer = limits.caps(wish(SOL), holding({BTC: "1", ETH: "1"}), EQUITY)
    assert answer == "SOLUSDT moves with ETHUSDT, BTCUSDT: at most 2 of such a group may be open"


def test_a_correlation_that_is_not_known_lets_nothing_in() -> None:
    limits = Limits(LimitsConfig(correlation=CorrelationConfig(bars=BARS, positions_max=2)))
    assert limits.closes is not None
    limits.closes.see(closes_of(BTC, noise(1)))
    limits.closes.see(closes_of(ETH, noise(2, BARS - 1)))
    held = holding({BTC: "1"})
    unknown = "the correlation of ETHUSDT and BTCUSDT is not known yet"
    assert limits.caps(wish(ETH), held, EQUITY) == unknown
    limits.closes.see(ClosesSeen(ETH, ((TimeMs(NOW - MINUTE * (BARS + 1)), 99.0),), is_history=False))
    assert limits.caps(wish(ETH), held, EQUITY) == unknown, "older than what is there"
    limits.closes.forget(ETH)
    limits.closes.see(closes_of(ETH, noise(2)))
    assert limits.caps(wish(ETH), held, EQUITY) == []
    limits.closes.see(closes_of(ETH, [0.0] * BARS))
    assert limits.caps(wish(ETH), held, EQUITY) == unknown, "one that does not move has no correlation"
    assert limits.caps(wish(ETH), Portfolio(), EQUITY) == [], "alone it needs none"


def test_the_bar_that_decides_does_not_count_since_others_may_not_be_here_yet() -> None:
    closes = Closes(BARS)
    closes.see(closes_of(BTC, noise(1)))
    closes.see(closes_of(ETH, noise(2)))
    before = closes.correlation(BTC, ETH, NOW)
    closes.see(ClosesSeen(BTC, ((NOW, 123.0),), is_history=False))
    assert closes.correlation(BTC, ETH, NOW) == before
    closes.see(ClosesSeen(ETH, ((NOW, 321.0),), is_history=False))
    assert closes.correlation(BTC, ETH, NOW) == before
    assert closes.correlation(BTC, ETH, TimeMs(NOW + 1)) != before


RETURNS = st.lists(st.floats(-0.05, 0.05, allow_subnormal=False), min_size=BARS, max_size=BARS)


@given(RETURNS, RETURNS)
def test_it_is_pearsons_correlation(one: list[float], other: list[float]) -> None:
    closes = Closes(BARS)
    closes.see(closes_of(BTC, one))
    closes.see(closes_of(ETH, other))
    value = closes.correlation(BTC, ETH, NOW)
    if np.std(one) < 1e-9 or np.std(other) < 1e-9:
        return
    assert value == pytest.approx(float(np.corrcoef(one, other)[0, 1]), abs=1e-6)
    assert closes.correlation(ETH, BTC, NOW) == pytest.approx(value)


def test_each_limit_leaves_what_is_not_used() -> None:
    held = holding({BTC: "30", ETH: "-10"})
    held.reserve(wish(SOL), Decimal(5), Decimal(100), Decimal(10))

    def left(**config: Any) -> Cap:
        return only(Limits(LimitsConfig(**config)).caps(wish(BTC, level=1), held, EQUITY))

    assert left(symbol_exposure_max=Decimal("0.5")).notional == Decimal(2000)
    assert left(symbol_exposure_quote_max=Decimal(3100)).notional == Decimal(100)
    assert left(total_exposure_max=Decimal("0.5")).notional == Decimal(500)
    assert left(total_exposure_quote_max=Decimal(4000)).notional == Decimal(-500)
    assert left(open_risk_max=Decimal("0.01")).risk == Decimal(10)  # 60 + 20 + 10 of 100
    assert left(imbalance_max=Decimal("0.3")).notional == Decimal(500)  # 3000 + 500 - 1000 of 3000
    short = only(Limits(LimitsConfig(imbalance_max=Decimal("0.3"))).caps(wish(ETH, Side.SELL), held, EQUITY))
    assert short.notional == Decimal(5000)  # -2000 of 3000


def test_a_leverage_above_the_most_allowed_is_refused() -> None:
    limits = Limits(LimitsConfig(leverage_max=Decimal(4)))
    assert limits.caps(wish(BTC), Portfolio(), EQUITY) == "leverage 5 is above the most allowed, 4"


def test_quotes_count_once_for_the_position_that_they_may_become() -> None:
    portfolio = holding({BTC: "4"})
    portfolio.reserve(wish(BTC, for_quotes=True), Decimal(10), Decimal(200), Decimal(20))
    assert portfolio.exposure(BTC) == Decimal(1000)
    assert portfolio.excess(Side.BUY) == Decimal(1000)
    assert portfolio.excess(Side.SELL) == Decimal(1000), "it may be sold through flat to the other side"
    assert portfolio.margin_used() == Decimal(80) + Decimal(6) * 20
    assert portfolio.open_risk() == Decimal(8) + Decimal(6) * 2
    assert set(portfolio.sides(BTC)) == set(Side)


@pytest.mark.parametrize(
    ("held", "wanted", "said"),
    [
        ("10", wish(BTC, level=1, price=Decimal(101)), None),
        ("10", wish(BTC, level=1, price=Decimal(100)), "the position is not in profit: entered at 100, now 100"),
        ("-10", wish(BTC, Side.SELL, level=1, price=Decimal(99)), None),
        ("-10", wish(BTC, level=1, price=Decimal(101)), "there is no position on this side to add to"),
        ("0", wish(BTC, level=1, price=Decimal(101)), "there is no position on this side to add to"),
        ("10", wish(BTC), "this symbol has a position or an entry on its way"),
        ("10", wish(ETH), "1 of at most 1 positions are open or on their way"),
        ("10", wish(BTC, for_quotes=True), None),
    ],
)
def test_places_and_additions(held: str, wanted: EntryWanted, said: str | None) -> None:
    assert positions_left(holding({BTC: held}), wanted, 1) == said


def test_one_addition_at_a_time() -> None:
    portfolio = holding({BTC: "10"})
    wanted = wish(BTC, level=1, price=Decimal(101))
    portfolio.reserve(wanted, Decimal(5), Decimal(100), Decimal(10))
    assert positions_left(portfolio, wanted, 3) == "an entry of this symbol is on its way"
