"""What the actor ``universe`` decides: which symbols the bot trades, where rules choose them."""

from collections.abc import Iterable, Sequence
from typing import assert_never

from bot.core.contract import NOTHING
from bot.domain.address import Role, address_of
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
from bot.domain.values import Symbol, TimeMs
from bot.market.universe import Choice, UniverseRules, choose

RETRY_AFTER_MS = 5_000
DOUBT_AFTER_MS = 60_000
"""How long after an answer that failed, or that is hard to believe, the exchange is asked again."""
MINUTE_MS = 60_000
PAST_THE_MINUTE_MS = 30_000
"""A choice is made in the middle of a minute, when no bar closes and nobody needs the REST budget."""
PLAUSIBLE_PART = 0.5
"""With fewer rows than this part of the last time's, an answer is taken for broken."""

type Accepted = (
    TickersLoaded
    | ContractsLoaded
    | HeldSymbolsLoaded
    | SymbolsChanged
    | SymbolIdle
    | SymbolUnusable
    | RequestFailed
    | ActorReplaced
    | DrainWanted
    | Started
    | TimePassed
)


class UniverseCore:
    """Chooses symbols at the start and every so often, and sees those that left the choice to their end.

    A symbol that is no longer chosen is *leaving*: its position manager begins nothing new and says when nothing is
    open any more; then it is removed. What the books show as open at the start comes in as leaving where the rules do
    not choose it. An answer that failed or is not plausible changes nothing.
    """

    def __init__(self, rules: UniverseRules, refresh_minutes: int, present: Iterable[Symbol]) -> None:
        """``present``: symbols whose actors are there already, of a universe that was replaced."""
        self._rules = rules
        self._refresh_every_ms = refresh_minutes * MINUTE_MS
        self._address = address_of(Role.UNIVERSE)
        self._present = dict.fromkeys(present)
        self._leaving: set[Symbol] = set()
        self._held: Sequence[Symbol] | None = None
        self._tickers: Sequence[TickerRow] | None = None
        self._contracts: Sequence[ContractRow] | None = None
        self._usual_rows = (1, 1)
        self._refresh_ms = TimeMs(0)
        self._unusable: dict[Symbol, str] = {}
        self._is_deciding = True
        self._is_first = True
        self._is_closed = False

    def handle(self, message: Accepted, now_ms: TimeMs) -> Sequence[Message]:
        """See Core.handle."""
        if self._is_closed:
            return NOTHING
        match message:
            case TickersLoaded():
                self._tickers = message.rows
                return self._decide(now_ms)
            case ContractsLoaded():
                self._contracts = message.rows
                return self._decide(now_ms)
            case HeldSymbolsLoaded():
                self._held = message.symbols
                return self._decide(now_ms)
            case SymbolsChanged():
                return [SymbolLeaving(symbol, leaving=True) for symbol in message.added if symbol in self._leaving]
            case SymbolIdle():
                return self._on_idle(message.symbol, now_ms)
            case SymbolUnusable():
                return self._on_unusable(message, now_ms)
            case RequestFailed():
                return (WakeAt(self._address, TimeMs(now_ms + RETRY_AFTER_MS)),)
            case ActorReplaced():
                return self._on_replacement(message, now_ms)
            case DrainWanted():
                self._is_closed = True
                return NOTHING
            case Started():
                return (*self._missing(), self._wake_to_refresh(now_ms))
            case TimePassed():
                return self._on_time(now_ms)
            case _:
                assert_never(message)

    # --- asking ------------------------------------------------------------------------------------------------

    def _missing(self) -> Sequence[Message]:
        """The questions without an answer."""
        if not self._is_deciding:
            return NOTHING
        held = () if self._held is not None else (LoadHeldSymbols(),)
        tickers = () if self._tickers is not None else (FetchTickers(),)
        contracts = () if self._contracts is not None else (FetchContracts(),)
        return (*held, *tickers, *contracts)

    def _wake_to_refresh(self, now_ms: TimeMs) -> WakeAt:
        """Counted from midnight, so that bots that started at different times choose at the same ones."""
        every_ms = self._refresh_every_ms
        periods = (now_ms - PAST_THE_MINUTE_MS) // every_ms + 1
        self._refresh_ms = TimeMs(periods * every_ms + PAST_THE_MINUTE_MS)
        return WakeAt(self._address, self._refresh_ms)

    def _on_time(self, now_ms: TimeMs) -> Sequence[Message]:
        if now_ms < self._refresh_ms:
            return self._missing()
        self._is_deciding = True
        self._tickers = self._contracts = None
        return (*self._missing(), self._wake_to_refresh(now_ms))

    def _on_replacement(self, replaced: ActorReplaced, now_ms: TimeMs) -> Sequence[Message]:
        """A new position manager does not know that it is leaving; with others went questions, or alarms."""
        role, _, symbol = replaced.address.partition("/")
        match Role(role):
            case Role.POSITION_MANAGER if symbol in self._leaving:
                return (SymbolLeaving(Symbol(symbol), leaving=True),)
            case Role.RATE_LIMITER | Role.EXCHANGE_WORKER | Role.DATABASE | Role.CLOCK:
                return (*self._missing(), self._wake_to_refresh(now_ms))
            case _:
                return NOTHING

    # --- deciding ----------------------------------------------------------------------------------------------

    def _decide(self, now_ms: TimeMs) -> Sequence[Message]:
        tickers, contracts, held = self._tickers, self._contracts, self._held
        if not self._is_deciding or tickers is None or contracts is None or held is None:
            return NOTHING
        rows = (len(tickers), len(contracts))
        if any(got < usual * PLAUSIBLE_PART for got, usual in zip(rows, self._usual_rows, strict=True)):
            return self._distrust(rows, now_ms)
        self._usual_rows = rows
        self._is_deciding = False
        members = self._present.keys() - self._leaving
        choice = choose(tickers, contracts, self._rules, members, now_ms, self._unusable)
        return self._apply(choice, contracts, held, now_ms)

    def _distrust(self, rows: tuple[int, int], now_ms: TimeMs) -> Sequence[Message]:
        """Keep what there is, and ask again."""
        usual = self._usual_rows
        self._tickers = self._contracts = None
        text = (
            f"the exchange told of {rows[0]} tickers and {rows[1]} contracts, the last time of {usual[0]} and "
            f"{usual[1]}: the symbols stay as they are, asking again"
        )
        alert = AlertRaised(Severity.WARNING, now_ms, "The list of symbols is not plausible", text)
        return (alert, WakeAt(self._address, TimeMs(now_ms + DOUBT_AFTER_MS)))

    def _apply(
        self, choice: Choice, contracts: Sequence[ContractRow], held: Sequence[Symbol], now_ms: TimeMs
    ) -> Sequence[Message]:
        chosen, out = dict.fromkeys(choice.symbols), list[Message]()
        inherited = tuple(self._present) if self._is_first else ()
        before = frozenset(self._leaving)
        added = [symbol for symbol in chosen if symbol not in self._present]
        if self._is_first:
            listed = {contract.symbol for contract in contracts}
            kept = [symbol for symbol in held if symbol not in chosen and symbol not in self._present]
            added += [symbol for symbol in kept if symbol in listed]
            out += [_not_listed(symbol, now_ms) for symbol in kept if symbol not in listed]
        self._present |= dict.fromkeys(added)
        self._leaving = self._present.keys() - chosen.keys()
        turned = (self._leaving ^ before) - set(added) | set(inherited)
        if added or turned or self._is_first:
            kept_until_flat = tuple(sorted(self._leaving))
            out.append(UniverseChanged(now_ms, tuple(added), (), kept_until_flat, choice.left_out))
            out.append(self._told(choice, now_ms, added, turned))
        out += [SymbolLeaving(symbol, leaving=symbol in self._leaving) for symbol in sorted(turned)]
        if self._is_first:
            self._is_first = False
            out.append(ActorReady(self._address))
        return out

    def _told(self, choice: Choice, now_ms: TimeMs, added: Sequence[Symbol], turned: set[Symbol]) -> AlertRaised:
        """The change for people to read."""
        if not choice.symbols:
            text = f"none of {len(choice.left_out)} symbols fulfils the rules"
            return AlertRaised(Severity.WARNING, now_ms, "No symbol to trade", text)
        because = dict(choice.left_out)
        parts = [f"{symbol} comes in" for symbol in added if symbol not in self._leaving]
        for symbol in sorted({*added, *turned}):
            if symbol in self._leaving:
                parts.append(f"{symbol} is kept until it is flat: {because.get(symbol, 'is not listed any more')}")
            elif symbol in turned:
                parts.append(f"{symbol} stays")
        return AlertRaised(Severity.INFO, now_ms, f"{len(choice.symbols)} symbols are traded", "; ".join(parts))

    def _on_unusable(self, refused: SymbolUnusable, now_ms: TimeMs) -> Sequence[Message]:
        """Choose again without it, from the last answers."""
        if refused.symbol in self._unusable:
            return NOTHING
        self._unusable[refused.symbol] = f"can not be traded: {refused.reason}"
        alert = AlertRaised(Severity.WARNING, now_ms, f"{refused.symbol} can not be traded", refused.reason)
        if self._is_deciding:
            return (alert,)  # a new choice is on its way
        self._is_deciding = True
        return (alert, *self._decide(now_ms))

    def _on_idle(self, symbol: Symbol, now_ms: TimeMs) -> Sequence[Message]:
        if symbol not in self._leaving:
            return NOTHING  # it has come back in the meantime
        self._leaving.discard(symbol)
        del self._present[symbol]
        return (UniverseChanged(now_ms, (), (symbol,), tuple(sorted(self._leaving)), ()),)


def _not_listed(symbol: Symbol, now_ms: TimeMs) -> AlertRaised:
    text = "the books show something open in it, but the exchange does not list it for trading any more"
    return AlertRaised(Severity.WARNING, now_ms, f"{symbol} is left alone", text)
