"""What is written comes back; what is committed is there for others at once."""

import os
import sqlite3
import stat
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from bot.core.database import DatabaseCore
from bot.domain.address import Role, address_of
from bot.domain.errors import UserError
from bot.domain.messages import (
    ExecutionReported,
    FillBooked,
    HeldSymbolsLoaded,
    KeepNote,
    LedgerLoaded,
    LoadHeldSymbols,
    LoadLedger,
    LoadNotes,
    LoadTrades,
    NotesLoaded,
    OrderAcknowledged,
    OrderChanged,
    OrderIntentSaved,
    OrderProvenAbsent,
    OrderRefused,
    PositionChanged,
    RunStarted,
    TradeClosed,
    TradesLoaded,
    UniverseChanged,
)
from bot.domain.values import Address, OrderStatus, Side, Symbol, TimeMs
from bot.storage.reading import LedgerReader
from bot.storage.store import SqliteStore, count_runs
from tests.core.samples import BTC, NOW, execution, intent, order_update


def booked(fill: ExecutionReported, size: str = "1") -> FillBooked:
    return FillBooked(BTC, fill, "entry", Decimal("0.5"), Decimal(size), Decimal(100))


def opened(file: Path, run_id: str = "run", book: str = "book") -> tuple[SqliteStore, DatabaseCore]:
    store = SqliteStore(file, book, run_id)
    core = DatabaseCore(store)
    core.handle(RunStarted(run_id, NOW, "simulator", (BTC,), "0"), NOW)
    return store, core


def ledger_of(core: DatabaseCore) -> LedgerLoaded:
    (loaded,) = core.handle(LoadLedger(BTC), NOW)
    assert isinstance(loaded, LedgerLoaded)
    return loaded


def test_an_intent_is_on_disk_before_the_order_may_leave(tmp_path: Path) -> None:
    store, core = opened(tmp_path / "a.sqlite")
    assert core.handle(intent(), NOW) == (OrderIntentSaved(intent()),)
    with sqlite3.connect(f"file:{tmp_path / 'a.sqlite'}?mode=ro", uri=True) as other:
        assert other.execute("SELECT status FROM orders").fetchall() == [("Planned",)]
    other.close()
    store.close()


def test_everything_a_position_manager_needs_comes_back(tmp_path: Path) -> None:
    store, core = opened(tmp_path / "a.sqlite")
    fill = execution("e1", Side.BUY, "1", "100.5", order_link_id=intent().order_link_id, fee="0.055")
    core.handle(intent(), NOW)
    core.handle(OrderChanged(order_update(intent(), OrderStatus.FILLED, filled="1")), NOW)
    core.handle(booked(fill), NOW)
    unfinished = intent("pyr-1-BTCUSDT-2x", reduce_only=True)
    core.handle(unfinished, NOW)
    core.commit()
    store.close()
    store, core = opened(tmp_path / "a.sqlite", "next run")
    assert ledger_of(core) == LedgerLoaded(
        BTC,
        (fill,),
        ((intent().order_link_id, "entry"), (unfinished.order_link_id, "exit")),
        (unfinished,),
        3,
    )
    store.close()


def test_an_execution_is_stored_once(tmp_path: Path) -> None:
    store, core = opened(tmp_path / "a.sqlite")
    fill = booked(execution("e1", Side.BUY, "1", "100"))
    core.handle(fill, NOW)
    core.handle(fill, NOW)
    core.commit()
    core.handle(fill, NOW)
    assert len(ledger_of(core).fills) == 1
    store.close()


def test_a_refused_intent_is_not_taken_up_again(tmp_path: Path) -> None:
    store, core = opened(tmp_path / "a.sqlite")
    core.handle(intent(), NOW)
    core.handle(OrderRefused(BTC, intent().order_link_id, NOW, 110007, "no money"), NOW)
    assert ledger_of(core).open_intents == ()
    store.close()


def test_an_order_that_never_arrived_is_over_for_good(tmp_path: Path) -> None:
    store, core = opened(tmp_path / "a.sqlite")
    core.handle(intent(), NOW)
    core.handle(OrderProvenAbsent(BTC, intent().order_link_id, NOW), NOW)
    assert ledger_of(core).open_intents == ()
    store.close()


def test_a_late_acknowledgement_does_not_undo_a_final_state(tmp_path: Path) -> None:
    store, core = opened(tmp_path / "a.sqlite")
    core.handle(intent(), NOW)
    core.handle(OrderChanged(order_update(intent(), OrderStatus.FILLED, filled="1")), NOW)
    core.handle(OrderAcknowledged(BTC, intent().order_link_id, "id", NOW), NOW)
    assert ledger_of(core).open_intents == ()
    store.close()


def test_another_account_has_other_books(tmp_path: Path) -> None:
    store, core = opened(tmp_path / "a.sqlite")
    core.handle(booked(execution("e1", Side.BUY, "1", "100")), NOW)
    core.commit()
    store.close()
    store, core = opened(tmp_path / "a.sqlite", "other run", "other book")
    assert ledger_of(core).fills == ()
    store.close()
    assert count_runs(tmp_path / "a.sqlite") == 2


def test_the_reader_sees_what_is_committed_while_the_bot_writes(tmp_path: Path) -> None:
    store, core = opened(tmp_path / "a.sqlite")
    core.handle(booked(execution("e1", Side.SELL, "2", "100", fee="0.11"), size="-2"), NOW)
    zero = Decimal(0)
    position = PositionChanged(BTC, NOW, Decimal(-2), Decimal(100) / 3, None, None, Decimal(5), zero, zero)
    core.handle(position, NOW)
    core.commit()
    reader = LedgerReader(tmp_path / "a.sqlite")
    books = reader.books()
    assert (books["realised_pnl"], books["fees"]) == ("0.5", "0.11")
    assert books["positions"] == [{"symbol": BTC, "side": "Sell", "size": "2", "avg_price": "33.33333333"}]
    assert reader.summary().fees == Decimal("0.11")
    reader.close()
    store.close()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").write_text("certainly not SQLite, and long enough to be looked at as a header" * 10)
    with pytest.raises(UserError, match=r"a\.sqlite"):
        SqliteStore(tmp_path / "a.sqlite", "book", "run")
    with pytest.raises(UserError, match=r"a\.sqlite"):
        LedgerReader(tmp_path / "a.sqlite")
    with pytest.raises(UserError, match="there is no database"):
        LedgerReader(tmp_path / "missing.sqlite")


def test_what_was_traded_is_for_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store, core = opened(tmp_path / "a.sqlite")
        core.handle(intent(), NOW)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert modes == {"a.sqlite": 0o600, "a.sqlite-wal": 0o600, "a.sqlite-shm": 0o600}


def held(core: DatabaseCore) -> tuple[Symbol, ...]:
    (loaded,) = core.handle(LoadHeldSymbols(), NOW)
    assert isinstance(loaded, HeldSymbolsLoaded)
    return loaded.symbols


def test_which_symbols_are_open_is_known_by_the_last_execution_and_the_orders(tmp_path: Path) -> None:
    store, core = opened(tmp_path / "a.sqlite")
    assert held(core) == ()
    core.handle(booked(execution("e1", Side.BUY, "1", "100")), NOW)
    assert held(core) == (BTC,)
    core.handle(booked(execution("e2", Side.SELL, "1", "100"), size="0.000"), NOW)
    assert held(core) == ()
    core.handle(intent(), NOW)
    assert held(core) == (BTC,)
    core.handle(OrderRefused(BTC, intent().order_link_id, NOW, 110007, "no money"), NOW)
    assert held(core) == ()
    store.close()
    other, core = opened(tmp_path / "a.sqlite", run_id="another", book="another")
    core.handle(booked(execution("e9", Side.BUY, "1", "100")), NOW)
    other.close()
    store, core = opened(tmp_path / "a.sqlite", run_id="second")
    assert held(core) == ()
    store.close()


def test_why_symbols_were_left_out_can_be_read(tmp_path: Path) -> None:
    store, core = opened(tmp_path / "a.sqlite")
    core.handle(UniverseChanged(NOW, (BTC,), (), (), ((Symbol("XUSDT"), "is too young"),)), NOW)
    core.commit()
    store.close()
    with sqlite3.connect(tmp_path / "a.sqlite") as other:
        assert other.execute("SELECT added, removed, reasons FROM universe").fetchall() == [
            ("BTCUSDT", "", '{"XUSDT":"is too young"}')
        ]
    other.close()


def test_the_stop_of_an_open_position_comes_back_from_the_position_or_from_its_entry(tmp_path: Path) -> None:
    store, core = opened(tmp_path / "a.sqlite")
    entry = msgspec.structs.replace(intent(), stop_loss=Decimal("97.7"), take_profit=Decimal(109))
    core.handle(entry, NOW)
    assert (ledger_of(core).stop_price, ledger_of(core).target_price) == (None, None), "nothing is open yet"
    core.handle(booked(execution("e1", Side.BUY, "1", "100.5", order_link_id=entry.order_link_id)), NOW)
    assert (ledger_of(core).stop_price, ledger_of(core).target_price) == (Decimal("97.7"), Decimal(109))
    moved = PositionChanged(
        BTC, NOW, Decimal(1), Decimal("100.5"), Decimal("99.1"), None, Decimal(5), Decimal(0), Decimal(0)
    )
    core.handle(moved, NOW)
    assert (ledger_of(core).stop_price, ledger_of(core).target_price) == (Decimal("99.1"), None)
    store.close()


def test_notes_outlive_the_run_that_kept_them(tmp_path: Path) -> None:
    store, core = opened(tmp_path / "a.sqlite")
    manager = address_of(Role.POSITION_MANAGER, BTC)
    for key, text in (("plan 2", "b"), ("plan 1", "a"), ("gone", "x"), ("gone", None), ("plan 2", "c")):
        core.handle(KeepNote(manager, key, text), NOW)
    core.handle(KeepNote(Address("account"), "peak", "1"), NOW)
    store.close()
    store, core = opened(tmp_path / "a.sqlite", "next run")
    assert ledger_of(core).notes == (("plan 1", "a"), ("plan 2", "c"))
    (told,) = core.handle(LoadNotes(Address("account")), NOW)
    assert told == NotesLoaded(Address("account"), (("peak", "1"),))
    store.close()


def test_the_newest_trades_of_the_book_come_back_in_their_order(tmp_path: Path) -> None:
    price, zero = Decimal("100.5"), Decimal(0)
    trades = [
        TradeClosed(BTC, Side.SELL, NOW, TimeMs(NOW + n), Decimal(1), price, price, zero, zero, Decimal(n), "stop loss")
        for n in range(5)
    ]
    store, core = opened(tmp_path / "a.sqlite")
    for number, trade in enumerate(trades):
        core.handle(msgspec.structs.replace(booked(execution(f"e{number}", Side.BUY, "1", "100")), trade=trade), NOW)
    core.commit()
    store.close()
    store, core = opened(tmp_path / "a.sqlite", "next run")
    (told,) = core.handle(LoadTrades(Address("account"), 3), NOW)
    assert told == TradesLoaded(Address("account"), tuple(trades[2:]))
    other_store, other = opened(tmp_path / "a.sqlite", "third", "another book")
    assert list(other.handle(LoadTrades(Address("account"), 3), NOW)) == [TradesLoaded(Address("account"), ())]
    other_store.close()
    store.close()
