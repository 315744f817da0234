"""Each method of sizing by its formula, with numbers worked out by hand."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.risk import SizingConfig
from bot.domain.values import ZERO
from bot.risk.sizing import PastResults, Sized, Unsized, kelly_risk, size_entry
from tests.risk.sizing.test_size import decimals, wanting


def sized(config: SizingConfig, past: PastResults | None = None, **changes: Any) -> Sized:
    answer = size_entry(wanting(**changes), config, past or PastResults())
    assert isinstance(answer, Sized), answer
    return answer


def test_a_fixed_amount_is_the_value_of_the_entry() -> None:
    answer = sized(SizingConfig(kind="fixed_amount", amount_quote=Decimal(2500)))
    assert answer.qty == Decimal("0.05")
    assert answer.reason == "fixed amount: 2500.00 is the value of an entry"


def test_a_fixed_amount_never_risks_more_than_a_trade_may() -> None:
    answer = sized(SizingConfig(kind="fixed_amount", amount_quote=Decimal(25_000)))
    assert (answer.qty, answer.limit.name) == (Decimal("0.1"), "risk")


def test_a_quiet_market_is_bought_in_larger_size() -> None:
    config = SizingConfig(kind="volatility_target", volatility_target=Decimal("0.001"))
    # 10,000 * 0.1 % = 10 a bar; a bar moves 0.5 %, so 2,000 are held: 0.04 at 50,000
    answer = sized(config, volatility=0.005)
    assert (answer.qty, answer.limit.name) == (Decimal("0.04"), "volatility target")
    assert sized(config, volatility=0.01).qty == Decimal("0.02")


def test_a_target_per_year_is_one_per_bar_times_the_root_of_the_bars() -> None:
    config = SizingConfig(kind="volatility_target", volatility_target=Decimal("0.1"), volatility_per="year")
    answer = sized(config, volatility=0.005, bars_per_year=10_000.0)  # 10 % / 100 = 0.1 % a bar
    assert answer.qty == Decimal("0.04")
    refused = size_entry(wanting(volatility=0.005, bars_per_year=0.0), config)
    assert refused == Unsized("it is not known how many bars a year has")


@pytest.mark.parametrize("volatility", [None, 0.0, -0.1, float("nan"), float("inf")])
def test_without_a_volatility_there_is_no_size(volatility: float | None) -> None:
    refused = size_entry(wanting(volatility=volatility), SizingConfig(kind="volatility_target"))
    assert isinstance(refused, Unsized)
    assert "volatility" in refused.reason


def test_fees_counted_make_it_smaller_by_what_they_cost() -> None:
    # loss per unit: 1,000 of distance and 0.00055 * 99,000 = 54.45 of fees; 100 / 1054.45 = 0.0948...
    answer = sized(SizingConfig(count_fees=True))
    assert answer.qty == Decimal("0.094")
    assert answer.risk == Decimal("0.094") * Decimal("1054.45")


def test_each_level_of_a_pyramid_is_smaller() -> None:
    config = SizingConfig(pyramid_levels=2, pyramid_factor=Decimal("0.5"))
    assert [sized(config, level=level).qty for level in (0, 1, 2)] == [
        Decimal("0.1"),
        Decimal("0.05"),
        Decimal("0.025"),
    ]
    assert isinstance(size_entry(wanting(level=3), config), Unsized)


def test_kelly_by_hand() -> None:
    past = PastResults.of([Decimal(20)] * 60 + [Decimal(-10)] * 40)
    assert (past.trades, past.wins, past.average_win, past.average_loss) == (100, 60, Decimal(20), Decimal(10))
    assert past.kelly == Decimal("0.4")  # 0.6 - 0.4 / 2
    # base 1 % * 0.25 = 0.25 %; w = 100 / 150; 0.25 * 0.4 = 10 %: far above the most, which is 1 %
    assert kelly_risk(past, Decimal("0.01"), Decimal("0.25"), 50)[0] == Decimal("0.01")


def test_kelly_of_a_small_edge_lies_between_base_and_its_own() -> None:
    past = PastResults.of([Decimal(10)] * 51 + [Decimal(-10)] * 49)
    assert past.kelly == Decimal("0.02")
    # base 5 % * 0.25 = 1.25 %; Kelly's quarter 0.5 %; w = 0.5
    risk, text = kelly_risk(past, Decimal("0.05"), Decimal("0.25"), 100)
    assert risk == Decimal("0.00875")
    assert text == "100 trades, 51.0% won, Kelly 2.00%: 0.8750% of the equity"


def test_few_trades_risk_the_base_and_no_edge_shrinks_it() -> None:
    few, text = kelly_risk(PastResults.of([Decimal(5)] * 29), Decimal("0.01"), Decimal("0.25"), 30)
    assert few == Decimal("0.0025")
    assert text == "29 of 30 trades are known: 0.2500% of the equity until then"
    bad = [
        kelly_risk(PastResults.of([Decimal(-5)] * n), Decimal("0.01"), Decimal("0.25"), 30)[0] for n in (30, 90, 900)
    ]
    assert bad == sorted(bad, reverse=True)
    assert bad[0] == Decimal("0.00125")
    assert bad[-1] < Decimal("0.0001")


def test_kelly_decides_the_size() -> None:
    past = PastResults.of([Decimal(-5)] * 30)
    answer = sized(SizingConfig(kind="kelly"), past)
    assert (answer.qty, answer.limit.name) == (Decimal("0.012"), "Kelly")  # 0.125 % of 10,000 over 1,000


@given(
    st.lists(decimals("-1000", "1000", 2), max_size=100),
    decimals("0.0001", "0.1", 4),
    decimals("0.01", "1", 2),
    st.integers(5, 60),
)
def test_kelly_is_never_above_the_risk_of_a_trade_nor_below_nothing(
    results: list[Decimal], most: Decimal, fraction: Decimal, trades_min: int
) -> None:
    past = PastResults.of(results)
    assert ZERO <= past.kelly <= 1
    risk, text = kelly_risk(past, most, fraction, trades_min)
    assert ZERO <= risk <= most
    assert text
