"""Which symbols are chosen, and why the others are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import ContractRow, TickerRow
from bot.domain.values import Symbol, TimeMs
from bot.market.universe import DAY_MS, Choice, UniverseRules, choose

NOW = TimeMs(400 * DAY_MS)
NAMES = tuple(Symbol(f"{letter}USDT") for letter in "ABCDEFGHJK")


def ticker(symbol: str, turnover: float = 1.0, **other: float) -> TickerRow:
    values = {"last": 100.0, "bid": 99.95, "ask": 100.05, "high": 105.0, "low": 95.0, "interest": 1.0, **other}
    prices = (values["last"], values["bid"], values["ask"], values["high"], values["low"])
    return TickerRow(Symbol(symbol), *prices, turnover, values["interest"])


def contract(
    symbol: str, kind: str = "LinearPerpetual", status: str = "Trading", coin: str = "USDT", age_days: float = 300
) -> ContractRow:
    return ContractRow(Symbol(symbol), kind, status, coin, TimeMs(int(NOW - age_days * DAY_MS)))


def ranked(order: str, top: int, members: str = "") -> str:
    """Who is chosen of symbols of one letter, given best first."""
    names = [f"{letter}USDT" for letter in order]
    tickers = [ticker(name, turnover=1000.0 - place) for place, name in enumerate(names)]
    held = {Symbol(f"{letter}USDT") for letter in members}
    choice = choose(tickers, map(contract, names), UniverseRules(top=top), held, NOW)
    return "".join(symbol[0] for symbol in choice.symbols)


def test_the_best_are_chosen_best_first() -> None:
    assert ranked("DBCA", top=2) == "DB"
    assert ranked("DB", top=5) == "DB"


def test_ties_go_by_name() -> None:
    tickers = [ticker(name) for name in reversed(NAMES)]
    assert choose(tickers, map(contract, NAMES), UniverseRules(top=3), (), NOW).symbols == NAMES[:3]


def test_a_member_stays_until_it_has_fallen_well_below_the_others() -> None:
    assert ranked("ABCDEFGH", top=4, members="ABCE") == "ABCE"  # E is fifth, D a newcomer on the fourth place
    assert ranked("ABCDFEGH", top=4, members="ABCE") == "ABCD"  # E is sixth


def test_a_newcomer_far_up_does_not_wait_for_a_member_to_fall() -> None:
    assert ranked("ABCDEFGH", top=4, members="BCDE") == "ABCD"


@pytest.mark.parametrize(
    ("row", "listed", "rules", "reason"),
    [
        (ticker("AUSDT"), contract("AUSDT", kind="LinearFutures"), {}, "is a LinearFutures, no LinearPerpetual"),
        (ticker("AUSDT"), contract("AUSDT", coin="USDC"), {}, "settles in USDC, not in USDT"),
        (ticker("AUSDT"), contract("AUSDT", status="PreLaunch"), {}, "has the status PreLaunch"),
        (ticker("AUSDT"), contract("BUSDT"), {}, "is not listed for trading"),
        (ticker("AUSDT"), contract("AUSDT", age_days=2.5), {"age_days_min": 3}, "2.5 days, at least 3 are wanted"),
        (ticker("AUSDT"), contract("AUSDT"), {"exclude": ("B*", "A?SDT")}, "is excluded by A?SDT"),
        (ticker("AUSDT"), contract("AUSDT"), {"include": ("B*",)}, "is not among those to include"),
        (ticker("AUSDT", bid=0.0), contract("AUSDT"), {}, "shows no price, or no bid and ask"),
        (ticker("AUSDT", bid=101.0), contract("AUSDT"), {}, "shows no price, or no bid and ask"),
        (ticker("AUSDT"), contract("AUSDT"), {"spread_fraction_max": 0.0009}, "spread 0.001 is above 0.0009"),
        (ticker("AUSDT"), contract("AUSDT"), {"volatility_24h_min": 0.2}, "24 h volatility 0.1 is below 0.2"),
        (ticker("AUSDT"), contract("AUSDT"), {"volatility_24h_max": 0.05}, "24 h volatility 0.1 is above 0.05"),
        (ticker("AUSDT"), contract("AUSDT"), {"price_max": 99.5}, "price 100 is above 99.5"),
        (ticker("AUSDT"), contract("AUSDT"), {"price_min": 100.5}, "price 100 is below 100.5"),
        (ticker("AUSDT"), contract("AUSDT"), {"turnover_24h_min": 2.0}, "24 h turnover 1 is below 2"),
    ],
)
def test_why_a_symbol_is_left_out(row: TickerRow, listed: ContractRow, rules: dict[str, object], reason: str) -> None:
    choice = choose([row], [listed], UniverseRules(top=5, **rules), {row.symbol}, NOW)  # type: ignore[arg-type]
    assert choice.symbols == ()
    assert reason in dict(choice.left_out)[row.symbol]


def test_a_contract_without_a_ticker_and_a_rank_too_low_are_reasons_too() -> None:
    tickers = [ticker("AUSDT", 3.0), ticker("BUSDT", 2.0)]
    choice = choose(tickers, map(contract, ("AUSDT", "BUSDT", "CUSDT")), UniverseRules(top=1), (), NOW)
    assert choice == Choice(
        (Symbol("AUSDT"),),
        ((Symbol("BUSDT"), "ranks 2 of 2 by turnover_24h; 1 are wanted"), (Symbol("CUSDT"), "has no ticker")),
    )


@pytest.mark.parametrize(
    ("by", "first"), [("turnover_24h", "A"), ("open_interest_value", "B"), ("volatility_24h", "C")]
)
def test_ranks(by: str, first: str) -> None:
    tickers = [ticker("AUSDT", 9.0), ticker("BUSDT", interest=9.0), ticker("CUSDT", high=150.0)]
    rules = UniverseRules(top=1, by=by)  # type: ignore[arg-type]
    (chosen,) = choose(tickers, map(contract, ("AUSDT", "BUSDT", "CUSDT")), rules, (), NOW).symbols
    assert chosen[0] == first


def amounts() -> st.SearchStrategy[float]:
    return st.sampled_from([0.0, 1.0, 2.0, 3.0, 5.0, 8.0])


@st.composite
def markets(draw: st.DrawFn) -> tuple[list[TickerRow], list[ContractRow]]:
    tickers = [
        ticker(name, draw(amounts()), last=draw(amounts()) * 50, interest=draw(amounts()), high=draw(amounts()) + 100)
        for name in draw(st.lists(st.sampled_from(NAMES), unique=True))
    ]
    contracts = [
        contract(name, status=draw(st.sampled_from(["Trading"] * 4 + ["Closed"])), age_days=draw(amounts()))
        for name in draw(st.lists(st.sampled_from(NAMES), unique=True))
    ]
    return tickers, contracts


patterns = st.lists(st.sampled_from(["A*", "B*", "?USDT", "*", "CUSDT", "Z*"]), max_size=2).map(tuple)
all_rules = st.builds(
    UniverseRules,
    top=st.integers(1, 12),
    by=st.sampled_from(["turnover_24h", "open_interest_value", "volatility_24h"]),
    age_days_min=st.integers(0, 4),
    price_max=st.sampled_from([None, 200.0]),
    include=patterns,
    exclude=patterns,
)


@given(markets(), all_rules, st.sets(st.sampled_from(NAMES)), st.randoms(use_true_random=False))
def test_laws(
    market: tuple[list[TickerRow], list[ContractRow]], rules: UniverseRules, members: set[Symbol], random: st.DataObject
) -> None:
    tickers, contracts = market
    choice = choose(tickers, contracts, rules, members, NOW)
    chosen, left_out = set(choice.symbols), {symbol for symbol, _ in choice.left_out}
    assert len(choice.symbols) == len(chosen) <= rules.top
    assert chosen | left_out == {row.symbol for row in tickers} | {row.symbol for row in contracts}
    assert not chosen & left_out
    assert all(reason for _, reason in choice.left_out)
    open_places = len(chosen) < rules.top
    assert not (open_places and any("ranks" in reason for _, reason in choice.left_out))
    for symbol in chosen:
        assert not any(pattern in {"*", "?USDT", symbol, f"{symbol[0]}*"} for pattern in rules.exclude)
        assert not rules.include or any(p in {"*", "?USDT", symbol, f"{symbol[0]}*"} for p in rules.include)
    random.shuffle(tickers)  # type: ignore[attr-defined]
    random.shuffle(contracts)  # type: ignore[attr-defined]
    assert choose(tickers, contracts, rules, members, NOW) == choice
    assert choose(tickers, contracts, rules, chosen, NOW).symbols == choice.symbols, "the choice does not rest"
