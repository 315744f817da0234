"""The snapshot shows the newest of everything."""

from decimal import Decimal

import pytest

from bot.core.dashboard import DashboardCore, SymbolRow
from bot.domain import messages as m
from bot.domain.values import Address, Side, Symbol, TimeMs
from tests.core.samples import BTC, ETH, MINUTE_MS, NOW, bar, execution


@pytest.fixture
def core() -> DashboardCore:
    return DashboardCore([BTC, ETH])


def quote(price: float, time_ms: int = NOW) -> m.QuoteChanged:
    return m.QuoteChanged(BTC, TimeMs(time_ms), price, price - 0.1, price + 0.1)


def position(size: str, entry: str = "100", stop: str | None = "98", symbol: Symbol = BTC) -> m.PositionChanged:
    zero = Decimal(0)
    wanted_stop = None if stop is None else Decimal(stop)
    return m.PositionChanged(symbol, NOW, Decimal(size), Decimal(entry), wanted_stop, None, Decimal(5), zero, zero)


def equity(wallet: str) -> m.EquityChanged:
    return m.EquityChanged(NOW, Decimal(wallet), Decimal(0), Decimal(wallet), Decimal(0), 0)


def trade(net_pnl: str) -> m.TradeClosed:
    one = Decimal(1)
    return m.TradeClosed(BTC, Side.BUY, NOW, NOW, one, one, one, one, one, Decimal(net_pnl), "stop loss")


def signal(direction: m.Direction = m.Direction.LONG) -> m.SignalRaised:
    return m.SignalRaised(BTC, "ema_cross", "1", NOW, direction, 1.0, 100.0, 98.0, 104.0, ())


def row_of(core: DashboardCore, now_ms: int = NOW) -> SymbolRow:
    return core.snapshot(TimeMs(now_ms)).rows[0]


def test_at_first_nothing_is_known_and_nothing_is_invented(core: DashboardCore) -> None:
    core.handle(m.Started(Address("dashboard"), NOW), NOW)
    snapshot = core.snapshot(NOW)
    assert [row.symbol for row in snapshot.rows] == [BTC, ETH]
    assert {(row.price, row.feed_age_ms, row.signal, row.last_bar_close_ms) for row in snapshot.rows} == {(None,) * 4}
    assert (snapshot.equity, snapshot.wallet_balance, snapshot.public_is_up, snapshot.private_is_up) == (None,) * 4
    assert not snapshot.is_trading


def test_price_and_age_come_from_the_newest_quote_or_bar(core: DashboardCore) -> None:
    core.handle(quote(101.5), NOW)
    assert (row_of(core, NOW + 250).price, row_of(core, NOW + 250).feed_age_ms) == (Decimal("101.5"), 250)
    core.handle(m.BarClosed(BTC, bar(0, 102.0), TimeMs(NOW + MINUTE_MS)), NOW)
    row = row_of(core, NOW + MINUTE_MS)
    assert (row.price, row.feed_age_ms, row.last_bar_close_ms) == (Decimal("102.0"), 0, NOW + MINUTE_MS)


def test_an_older_bar_does_not_replace_a_newer_price(core: DashboardCore) -> None:
    core.handle(quote(101.5, NOW + MINUTE_MS + 5), NOW)
    core.handle(m.BarClosed(BTC, bar(0, 102.0), TimeMs(NOW + MINUTE_MS)), NOW)
    assert row_of(core).price == Decimal("101.5")


def test_age_is_never_negative_when_the_exchange_is_ahead(core: DashboardCore) -> None:
    core.handle(quote(1.0, NOW + 40), NOW)
    assert row_of(core).feed_age_ms == 0


@pytest.mark.parametrize(("size", "pnl", "risk"), [("2", "6", "4"), ("-2", "-6", "0")])
def test_open_profit_and_risk_follow_the_last_price(core: DashboardCore, size: str, pnl: str, risk: str) -> None:
    core.handle(equity("1000"), NOW)
    core.handle(position(size), NOW)
    core.handle(
        m.PositionMarked(BTC, NOW, Decimal(90), Decimal(-20), Decimal(90), Decimal(90)), NOW
    )  # the close of an older bar
    core.handle(quote(103.0), NOW)
    row, snapshot = row_of(core), core.snapshot(NOW)
    assert (row.size, row.unrealised_pnl, row.open_risk) == (Decimal(size), Decimal(pnl), Decimal(risk))
    assert (snapshot.equity, snapshot.open_risk, snapshot.open_positions) == (1000 + Decimal(pnl), Decimal(risk), 1)


def test_a_position_without_a_stop_risks_all_of_it(core: DashboardCore) -> None:
    core.handle(position("-2", stop=None), NOW)
    assert row_of(core).open_risk == Decimal(200)


def test_a_closed_position_leaves_nothing_behind(core: DashboardCore) -> None:
    core.handle(quote(103.0), NOW)
    core.handle(position("2"), NOW)
    core.handle(position("0", entry="0"), NOW)
    row, snapshot = row_of(core), core.snapshot(NOW)
    assert not any((row.entry_price, row.unrealised_pnl, row.open_risk, row.stop_price, snapshot.open_positions))


def test_the_last_signal_and_why_it_came_to_nothing(core: DashboardCore) -> None:
    core.handle(signal(), NOW)
    core.handle(m.EntryRefused(BTC, NOW, "3 of 3 open"), NOW)
    row = row_of(core, NOW + 90_000)
    assert (row.signal, row.signal_age_ms, row.refusal) == (m.Direction.LONG, 90_000, "3 of 3 open")
    core.handle(signal(m.Direction.SHORT), NOW)
    assert (row_of(core).signal, row_of(core).refusal) == (m.Direction.SHORT, "")


def test_trades_are_counted(core: DashboardCore) -> None:
    for net_pnl in ("10", "-4", "0"):
        core.handle(trade(net_pnl), NOW)
    snapshot = core.snapshot(NOW)
    assert (snapshot.trades, snapshot.wins, snapshot.net_pnl) == (3, 1, Decimal(6))


def test_streams_readiness_and_halt(core: DashboardCore) -> None:
    core.handle(m.PublicStreamUp(NOW), NOW)
    core.handle(m.PrivateStreamUp(NOW), NOW)
    core.handle(m.AllReady(NOW), NOW)
    core.handle(m.StreamLost(m.Stream.PRIVATE, NOW, "silent"), NOW)
    snapshot = core.snapshot(NOW)
    assert (snapshot.public_is_up, snapshot.private_is_up, snapshot.is_trading) == (True, False, True)
    core.handle(m.StreamLost(m.Stream.PUBLIC, NOW, "silent"), NOW)
    core.handle(m.PrivateStreamUp(NOW), NOW)
    core.handle(m.BotHalted(NOW, "the cause"), NOW)
    core.handle(m.BotHalted(NOW, "what came of it"), NOW)
    snapshot = core.snapshot(NOW)
    assert (snapshot.public_is_up, snapshot.private_is_up, snapshot.halted) == (False, True, "the cause")


def test_fills_are_dated(core: DashboardCore) -> None:
    done = execution("e1", Side.BUY, "1", "100")
    core.handle(m.FillBooked(BTC, done, "entry", Decimal(0), Decimal(1), Decimal(100)), NOW)
    assert row_of(core).last_fill_ms == NOW


def test_a_snapshot_does_not_change_later(core: DashboardCore) -> None:
    core.handle(quote(100.0), NOW)
    before = core.snapshot(NOW)
    core.handle(quote(200.0), NOW)
    assert before.rows[0].price == Decimal("100.0")


def plan(filled: str, state: m.PlanState) -> m.PlanChanged:
    qty, filled_qty = Decimal("1.50"), Decimal(filled)
    return m.PlanChanged(BTC, "p", NOW, "twap", Side.BUY, qty, filled_qty, None, 2, 0, state, "", NOW)


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (m.PlanState.WORKING, "twap 0.5 of 1.5"),
        (m.PlanState.ENDING, "twap 0.5 of 1.5, ending"),
        (m.PlanState.OVER, ""),
    ],
)
def test_an_entry_in_several_orders_is_shown_until_it_is_over(
    core: DashboardCore, state: m.PlanState, shown: str
) -> None:
    core.handle(plan("0", m.PlanState.WORKING), NOW)
    core.handle(plan("0.50", state), NOW)
    assert core.snapshot(NOW).rows[0].entry == shown


def test_the_state_of_the_account_is_there_to_be_seen(core: DashboardCore) -> None:
    assert core.snapshot(NOW).account_state is None
    latched = m.GuardState("daily_loss", "too much", TimeMs(NOW + 1))
    state = m.AccountState(NOW, m.TradingMode.PAUSED, "lunch", (latched,))
    core.handle(state, NOW)
    assert core.snapshot(NOW).account_state == state
