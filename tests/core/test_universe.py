"""The universe actor: who comes, who leaves, who is kept until flat, and what a bad answer changes."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.universe import DOUBT_AFTER_MS, MINUTE_MS, PAST_THE_MINUTE_MS, RETRY_AFTER_MS, UniverseCore
from bot.domain.messages import (
    ActorReady,
    ActorReplaced,
    AlertRaised,
    ContractRow,
    ContractsLoaded,
    DrainWanted,
    FetchContracts,
    FetchTickers,
    HeldSymbolsLoaded,
    LoadHeldSymbols,
    Message,
    RequestFailed,
    Severity,
    Started,
    SymbolIdle,
    SymbolLeaving,
    SymbolsChanged,
    SymbolUnusable,
    TickerRow,
    TickersLoaded,
    TimePassed,
    UniverseChanged,
    WakeAt,
)
from bot.domain.values import Address, Symbol, TimeMs
from bot.market.universe import UniverseRules
from tests.core.samples import NOW

UNIVERSE = Address("universe")
A, B, C, D = (Symbol(f"{letter}USDT") for letter in "ABCD")
ASKED = (LoadHeldSymbols(), FetchTickers(), FetchContracts())
HOUR_MS = 60 * MINUTE_MS


def tickers(*ranked: Symbol) -> TickersLoaded:
    rows = (TickerRow(name, 100.0, 99.9, 100.1, 105.0, 95.0, 1e6 - place, 1.0) for place, name in enumerate(ranked))
    return TickersLoaded(tuple(rows))


def contracts(*symbols: Symbol) -> ContractsLoaded:
    rows = (ContractRow(name, "LinearPerpetual", "Trading", "USDT", TimeMs(0)) for name in symbols)
    return ContractsLoaded(tuple(rows))


class Universe:
    """The core, told what the exchange would tell."""

    def __init__(self, *present: Symbol, top: int = 2) -> None:
        self.core = UniverseCore(UniverseRules(top=top), 60, present)
        self.now_ms = NOW

    def hear(self, message: object) -> list[Message]:
        return [*self.core.handle(message, self.now_ms)]  # type: ignore[arg-type]

    def start(self, *ranked: Symbol, held: Sequence[Symbol] = ()) -> list[Message]:
        self.hear(Started(UNIVERSE, self.now_ms))
        self.hear(HeldSymbolsLoaded(tuple(held)))
        return self.answer(*ranked)

    def answer(self, *ranked: Symbol) -> list[Message]:
        assert self.hear(contracts(A, B, C, D)) == []
        return self.hear(tickers(*ranked))

    def refresh(self, *ranked: Symbol) -> list[Message]:
        self.now_ms = TimeMs(self.now_ms + HOUR_MS)
        self.hear(TimePassed(UNIVERSE, self.now_ms))
        return self.answer(*ranked)


def changes(out: Sequence[Message]) -> list[tuple[str, str, str]]:
    """Who came, who went, who is kept; a letter each."""
    found = [each for each in out if isinstance(each, UniverseChanged)]
    names = [(each.added, each.removed, each.kept_until_flat) for each in found]
    return [("".join(s[0] for s in a), "".join(s[0] for s in r), "".join(s[0] for s in k)) for a, r, k in names]


def leaving(out: Sequence[Message]) -> dict[Symbol, bool]:
    return {each.symbol: each.leaving for each in out if isinstance(each, SymbolLeaving)}


def test_the_start_is_a_change_like_others_and_then_the_universe_is_ready() -> None:
    universe = Universe()
    *asked, alarm = universe.hear(Started(UNIVERSE, NOW))
    assert tuple(asked) == ASKED
    assert isinstance(alarm, WakeAt)
    assert 0 < alarm.at_ms - NOW <= HOUR_MS
    assert alarm.at_ms % HOUR_MS == PAST_THE_MINUTE_MS
    assert universe.hear(HeldSymbolsLoaded(())) == []
    out = universe.answer(B, A, C, D)
    assert changes(out) == [("BA", "", "")]
    assert isinstance(out[-1], ActorReady)
    (changed,) = (each for each in out if isinstance(each, UniverseChanged))
    assert dict(changed.reasons)[C] == "ranks 3 of 4 by turnover_24h; 2 are wanted"


def test_nothing_is_told_while_nothing_changes() -> None:
    universe = Universe()
    universe.start(A, B, C, D)
    assert universe.refresh(B, A, C, D) == []


def test_a_symbol_that_fell_is_leaving_and_is_removed_when_it_is_idle() -> None:
    universe = Universe()
    universe.start(A, B, C, D)
    out = universe.refresh(A, C, B, D)
    assert changes(out) == [("C", "", "B")]
    assert leaving(out) == {B: True}
    (alert,) = (each for each in out if isinstance(each, AlertRaised))
    assert alert.text == f"{C} comes in; {B} is kept until it is flat: ranks 3 of 4 by turnover_24h; 2 are wanted"
    assert changes(universe.hear(SymbolIdle(B))) == [("", "B", "")]
    assert universe.hear(SymbolIdle(B)) == []
    assert changes(universe.refresh(A, B, C, D)) == [("B", "", "C")]


def test_a_symbol_that_comes_back_before_it_is_flat_stays() -> None:
    universe = Universe()
    universe.start(A, B, C, D)
    universe.refresh(A, C, B, D)
    out = universe.refresh(B, A, C, D)
    assert changes(out) == [("", "", "C")]
    assert leaving(out) == {B: False, C: True}
    assert universe.hear(SymbolIdle(B)) == [], "it was idle before it heard that it stays"


def test_what_the_books_show_open_comes_in_as_leaving() -> None:
    universe = Universe()
    out = universe.start(A, B, C, D, held=(D, A))
    assert changes(out) == [("ABD", "", "D")]
    assert leaving(out) == {}, "there is nobody yet to be told"
    assert universe.hear(SymbolsChanged(NOW, (A, B, D), ())) == [SymbolLeaving(D, leaving=True)]
    assert changes(universe.hear(SymbolIdle(D))) == [("", "D", "")]


def test_what_is_held_but_not_listed_any_more_is_told_and_left_alone() -> None:
    gone = Symbol("OLDUSDT")
    out = Universe().start(A, B, C, D, held=(gone,))
    assert changes(out) == [("AB", "", "")]
    assert any(isinstance(each, AlertRaised) and gone in each.title for each in out)


def test_an_answer_that_is_not_plausible_changes_nothing_and_is_asked_for_again() -> None:
    universe = Universe()
    universe.start(A, B, C, D)
    alert, alarm = universe.refresh(D)
    assert isinstance(alert, AlertRaised)
    assert alert.severity is Severity.WARNING
    assert "1 tickers and 4 contracts, the last time of 4 and 4" in alert.text
    assert alarm == WakeAt(UNIVERSE, TimeMs(universe.now_ms + DOUBT_AFTER_MS))
    universe.now_ms = TimeMs(universe.now_ms + DOUBT_AFTER_MS)
    assert universe.hear(TimePassed(UNIVERSE, universe.now_ms)) == [FetchTickers(), FetchContracts()]
    assert changes(universe.answer(D, C, B, A)) == [("DC", "", "AB")]


def test_no_ticker_at_all_is_not_plausible_at_the_start_either() -> None:
    out = Universe().start()
    assert not any(isinstance(each, ActorReady) for each in out)
    assert any(isinstance(each, AlertRaised) for each in out)


def test_a_failed_question_is_asked_again_and_only_that_one() -> None:
    universe = Universe()
    universe.hear(Started(UNIVERSE, NOW))
    universe.hear(HeldSymbolsLoaded(()))
    universe.hear(contracts(A, B))
    failed = RequestFailed(UNIVERSE, FetchTickers(), -1, "cut", transient=True)
    assert universe.hear(failed) == [WakeAt(UNIVERSE, TimeMs(NOW + RETRY_AFTER_MS))]
    universe.now_ms = TimeMs(NOW + RETRY_AFTER_MS)
    assert universe.hear(TimePassed(UNIVERSE, universe.now_ms)) == [FetchTickers()]
    assert changes(universe.hear(tickers(A, B))) == [("AB", "", "")]


def test_rules_that_nobody_fulfils_are_told() -> None:
    universe = Universe()
    universe.core = UniverseCore(UniverseRules(top=2, exclude=("*",)), 60, ())
    out = universe.start(A, B, C, D)
    assert changes(out) == [("", "", "")]
    (alert,) = (each for each in out if isinstance(each, AlertRaised))
    assert (alert.severity, alert.title) == (Severity.WARNING, "No symbol to trade")


@pytest.mark.parametrize("role", ["rate_limiter", "exchange_worker/1", "database", "clock"])
def test_with_some_actors_questions_and_alarms_are_lost_and_come_again(role: str) -> None:
    universe = Universe()
    universe.hear(Started(UNIVERSE, NOW))
    *asked, alarm = universe.hear(ActorReplaced(Address(role), NOW))
    assert tuple(asked) == ASKED
    assert isinstance(alarm, WakeAt)


def test_a_new_position_manager_is_told_that_it_is_leaving() -> None:
    universe = Universe()
    universe.start(A, B, C, D)
    universe.refresh(A, C, B, D)
    assert universe.hear(ActorReplaced(Address("position_manager/BUSDT"), NOW)) == [SymbolLeaving(B, leaving=True)]
    assert universe.hear(ActorReplaced(Address("position_manager/AUSDT"), NOW)) == []


def test_a_new_universe_takes_over_the_symbols_that_are_there() -> None:
    universe = Universe(A, B, C)
    out = universe.start(A, D, B, C, held=(C,))
    assert changes(out) == [("D", "", "BC")]
    assert leaving(out) == {A: False, B: True, C: True}


def test_a_bot_that_stops_chooses_no_more() -> None:
    universe = Universe()
    universe.start(A, B, C, D)
    universe.hear(DrainWanted(NOW, close_positions=False))
    assert universe.hear(TimePassed(UNIVERSE, TimeMs(NOW + HOUR_MS))) == []


def test_a_symbol_that_may_not_be_traded_makes_room_for_the_next_and_never_comes_back() -> None:
    universe = Universe()
    universe.start(A, B, C, D)
    out = universe.hear(SymbolUnusable(B, "110013 risk limit"))
    assert changes(out) == [("C", "", "B")]
    assert leaving(out) == {B: True}
    assert any(isinstance(each, AlertRaised) and each.title == f"{B} can not be traded" for each in out)
    assert universe.hear(SymbolUnusable(B, "110013 risk limit")) == []
    assert changes(universe.hear(SymbolIdle(B))) == [("", "B", "")]
    assert universe.refresh(B, A, C, D) == []


events = st.one_of(
    st.permutations([A, B, C, D]).map(lambda ranked: ("rank", tuple(ranked))),
    st.sampled_from([A, B, C, D]).map(lambda symbol: ("idle", (symbol,))),
    st.sampled_from([A, B, C, D]).map(lambda symbol: ("unusable", (symbol,))),
    st.just(("fail", ())),
)


@given(st.sets(st.sampled_from([A, B, C, D])), st.integers(1, 3), st.lists(events, max_size=12))
def test_whatever_happens_the_changes_add_up(
    held: set[Symbol], top: int, happenings: list[tuple[str, tuple[Symbol, ...]]]
) -> None:
    universe = Universe(top=top)
    present: set[Symbol] = set()
    kept: set[Symbol] = set()

    def follow(out: Sequence[Message]) -> None:
        for each in out:
            if isinstance(each, UniverseChanged):
                assert not present & set(each.added)
                assert set(each.removed) <= kept & present, "only what was leaving is removed"
                present.update(each.added)
                present.difference_update(each.removed)
                kept.clear()
                kept.update(each.kept_until_flat)
                assert kept <= present
                assert len(present - kept) <= top

    follow(universe.start(A, B, C, D, held=sorted(held)))
    assert held <= present
    for what, symbols in happenings:
        match what:
            case "rank":
                follow(universe.refresh(*symbols))
            case "idle":
                follow(universe.hear(SymbolIdle(symbols[0])))
            case "unusable":
                follow(universe.hear(SymbolUnusable(symbols[0], "no")))
                assert symbols[0] not in present - kept
            case _:
                universe.hear(RequestFailed(UNIVERSE, FetchTickers(), -1, "cut", transient=True))
