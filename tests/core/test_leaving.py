"""A symbol on its way out of the universe: nothing new, everything old looked after, and an end."""

from decimal import Decimal

import msgspec
import pytest

from bot.core.position_manager import PositionManagerCore
from bot.domain.messages import (
    ActorReady,
    BotHalted,
    CancelOrder,
    Direction,
    EntryApproved,
    EntryEnded,
    EntryRefused,
    EntryWanted,
    ExecutionsLoaded,
    FetchInstrument,
    FetchPosition,
    InstrumentLoaded,
    LeverageAnswered,
    LoadLedger,
    OpenOrdersLoaded,
    PlaceOrder,
    PrivateStreamUp,
    Quote,
    QuotesWanted,
    RequestFailed,
    Started,
    Stream,
    StreamJoined,
    SymbolIdle,
    SymbolLeaving,
    SymbolUnusable,
)
from bot.domain.values import OrderStatus, Side
from tests.core.managers import ADDRESS, SETTINGS, kinds, ledger, only, send_entry, signal, synchronised
from tests.core.samples import BTC, NOW, RULES, execution, intent, order_update, position

LEAVING = SymbolLeaving(BTC, leaving=True)
STAYING = SymbolLeaving(BTC, leaving=False)


def test_who_is_flat_has_nothing_to_wait_for(flat: PositionManagerCore) -> None:
    assert list(flat.handle(LEAVING, NOW)) == [SymbolIdle(BTC)]
    assert not flat.handle(position("0"), NOW), "it is said once"


def test_no_entry_while_leaving_and_again_afterwards(flat: PositionManagerCore) -> None:
    flat.handle(LEAVING, NOW)
    refused = only(EntryRefused, flat.handle(signal(Direction.LONG), NOW))
    assert refused.reason == "the symbol has left the universe"
    flat.handle(STAYING, NOW)
    assert kinds(flat.handle(signal(Direction.LONG), NOW)) == [EntryWanted]


def test_an_entry_that_was_being_asked_for_is_given_back(flat: PositionManagerCore) -> None:
    asked = only(EntryWanted, flat.handle(signal(Direction.LONG), NOW))
    flat.handle(LEAVING, NOW)
    assert list(flat.handle(EntryApproved(BTC, asked, Decimal(1)), NOW)) == [EntryEnded(BTC)]


def test_a_position_is_kept_until_its_own_end(long: PositionManagerCore) -> None:
    assert not long.handle(LEAVING, NOW)
    close = only(PlaceOrder, long.handle(signal(Direction.SHORT), NOW))
    assert (close.side, close.reduce_only) == (Side.SELL, True)
    long.handle(execution("e2", Side.SELL, "1", "101", order_link_id=close.order_link_id), NOW)
    assert not any(
        isinstance(each, SymbolIdle) for each in long.handle(order_update(close, OrderStatus.FILLED, filled="1"), NOW)
    ), "the exchange still shows the position"
    assert only(SymbolIdle, long.handle(position("0"), NOW)) == SymbolIdle(BTC)


def test_what_quotes_have_built_up_is_closed_because_no_quote_will_end_it(long: PositionManagerCore) -> None:
    long.handle(LEAVING, NOW)
    quotes = (Quote(Side.BUY, 99.5, 100.0), Quote(Side.SELL, 100.5, 100.0))
    close = only(PlaceOrder, long.handle(QuotesWanted(BTC, "mm", NOW, 100.0, quotes, 200.0, 90.0, 110.0), NOW))
    assert (close.side, close.qty, close.reduce_only) == (Side.SELL, Decimal(1), True)


def test_an_order_on_its_way_is_waited_for(flat: PositionManagerCore) -> None:
    order = send_entry(flat)
    assert not any(isinstance(each, SymbolIdle) for each in flat.handle(LEAVING, NOW))
    flat.handle(execution("e1", Side.BUY, "1", "100", order_link_id=order.order_link_id), NOW)
    out = flat.handle(order_update(order, OrderStatus.FILLED, filled="1"), NOW)
    assert not any(isinstance(each, SymbolIdle) for each in out)


def test_who_has_not_read_everything_does_not_know_that_it_is_idle() -> None:
    core = PositionManagerCore(BTC, SETTINGS)
    core.handle(LEAVING, NOW)
    out = synchronised(core, ledger(open_intents=(intent("pyr-0-BTCUSDT-2e"),)))
    out += core.handle(position("0", by_rest=True), NOW)
    assert ActorReady in kinds(out)
    assert SymbolIdle not in kinds(out), "an order of an earlier life may still be there"
    assert CancelOrder not in kinds(out)


def test_an_added_symbol_begins_when_the_living_stream_carries_its_news() -> None:
    core = PositionManagerCore(BTC, SETTINGS)
    assert LoadLedger in kinds(core.handle(Started(ADDRESS, NOW), NOW))
    core.handle(ledger(), NOW)
    assert not core.handle(StreamJoined(BTC, Stream.PUBLIC, NOW), NOW)
    joined = kinds(core.handle(StreamJoined(BTC, Stream.PRIVATE, NOW), NOW))
    assert FetchPosition in joined
    assert joined == kinds(core.handle(PrivateStreamUp(NOW), NOW))


@pytest.mark.parametrize(
    "refusal",
    [
        LeverageAnswered(BTC, 110013, "over the limit"),
        RequestFailed(ADDRESS, FetchInstrument(BTC), 110013, "over the limit", transient=False),
    ],
    ids=["leverage", "rules"],
)
def test_a_symbol_that_may_not_be_traded_halts_the_bot_unless_rules_chose_it(
    refusal: LeverageAnswered | RequestFailed,
) -> None:
    assert kinds(PositionManagerCore(BTC, SETTINGS).handle(refusal, NOW)) == [BotHalted]
    chosen = PositionManagerCore(BTC, msgspec.structs.replace(SETTINGS, may_be_given_up=True))
    (told,) = chosen.handle(refusal, NOW)
    assert isinstance(told, SymbolUnusable)
    assert "110013 over the limit" in told.reason


def test_a_symbol_that_may_not_be_traded_can_leave() -> None:
    core = PositionManagerCore(BTC, msgspec.structs.replace(SETTINGS, may_be_given_up=True))
    core.handle(LEAVING, NOW)
    for told in (Started(ADDRESS, NOW), ledger(), InstrumentLoaded(BTC, RULES), PrivateStreamUp(NOW)):
        core.handle(told, NOW)
    core.handle(LeverageAnswered(BTC, 110013, "over the limit"), NOW)
    out = [*core.handle(ExecutionsLoaded(BTC, ()), NOW), *core.handle(OpenOrdersLoaded(BTC, ()), NOW)]
    assert SymbolIdle not in kinds(out)
    assert SymbolIdle in kinds(core.handle(position("0", by_rest=True), NOW))
