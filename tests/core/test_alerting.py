"""People hear of everything that matters, in words, and not a hundred times."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alert_texts import grouped
from bot.core.alerting import KINDS_AT_MOST, QUIET_MS, QUIET_REFUSAL_MS, Accepted, AlertingCore
from bot.domain import messages as m
from bot.domain.messages import AlertRaised, AlertSent, Severity
from bot.domain.values import Address, OrderLinkId, Side, Symbol, TimeMs
from tests.core.samples import BTC, ETH, NOW, execution

CANARY = "canary-7f3a9c"


class Channel:
    """Takes alerts until it is full."""

    def __init__(self) -> None:
        self.alerts: list[AlertRaised] = []
        self.has_room = True

    def offer(self, alert: AlertRaised) -> bool:
        if self.has_room:
            self.alerts.append(alert)
        return self.has_room

    @property
    def titles(self) -> list[str]:
        return [alert.title for alert in self.alerts]


def hide(text: str) -> str:
    return text.replace(CANARY, "***")


@pytest.fixture
def channel() -> Channel:
    return Channel()


@pytest.fixture
def core(channel: Channel) -> AlertingCore:
    return AlertingCore(Severity.INFO, channel.offer, hide)


def fill(
    purpose: str = "entry",
    side: Side = Side.BUY,
    *,
    fee: str = "0.39601",
    pnl: str = "0",
    left: str = "0.012",
    exec_type: str = "Trade",
) -> m.FillBooked:
    done = execution("e1", side, "0.012", "60001.50", fee=fee, exec_type=exec_type)
    return m.FillBooked(BTC, done, purpose, Decimal(pnl), Decimal(left), Decimal("60001.5"))


def closed() -> m.TradeClosed:
    return m.TradeClosed(
        symbol=BTC,
        side=Side.BUY,
        opened_ms=NOW,
        closed_ms=NOW,
        qty=Decimal("0.012"),
        entry_price=Decimal("60001.5"),
        exit_price=Decimal("61001.5"),
        realised_pnl=Decimal(12),
        fees=Decimal("0.8"),
        net_pnl=Decimal("11.2"),
        exit_reason="take profit",
    )


def test_a_fill_says_what_was_traded_why_and_what_is_left(core: AlertingCore, channel: Channel) -> None:
    core.handle(fill(), NOW)
    core.handle(fill("stop loss", Side.SELL, pnl="-3.2", left="0"), NOW)
    assert channel.titles == [
        "Bought 0.012 BTCUSDT at 60,001.5 (entry)",
        "Sold 0.012 BTCUSDT at 60,001.5 (stop loss)",
    ]
    assert channel.alerts[0].text == "position long 0.012 at 60,001.5, fee 0.40 USDT"
    assert channel.alerts[1].text == "PnL -3.20 before fees, position flat, fee 0.40 USDT"


def test_averages_and_fees_are_rounded_for_people_and_quantities_are_not(core: AlertingCore, channel: Channel) -> None:
    average = Decimal(200005) / 3
    done = execution("e1", Side.BUY, "0.123456789", "0.000012345678", fee="0.00333333")
    core.handle(m.FillBooked(BTC, done, "entry", Decimal(0), Decimal("-0.123456789"), average), NOW)
    core.handle(msgspec.structs.replace(closed(), entry_price=average, fees=Decimal("-0.005")), NOW)
    fill_alert, trade_alert = channel.alerts
    assert fill_alert.title == "Bought 0.123456789 BTCUSDT at 0.000012345678 (entry)"
    assert fill_alert.text == "position short 0.123456789 at 66,668.333, fee 0.0033 USDT"
    assert trade_alert.text == "0.012 from 66,668.333 to 61,001.5, PnL +12.00, fees -0.005, net +11.20"


def test_a_closed_trade_says_profit_and_fees(core: AlertingCore, channel: Channel) -> None:
    core.handle(closed(), NOW)
    (alert,) = channel.alerts
    assert alert.title == "Closed long BTCUSDT: +11.20 (take profit)"
    assert alert.text == "0.012 from 60,001.5 to 61,001.5, PnL +12.00, fees 0.80, net +11.20"


def test_what_the_exchange_forces_on_the_account_is_no_mere_information(core: AlertingCore, channel: Channel) -> None:
    core.handle(fill("external", Side.SELL, left="0", exec_type="BustTrade"), NOW)
    core.handle(fill("external", Side.SELL, left="0", exec_type="AdlTrade"), NOW)
    core.handle(fill("external"), NOW)
    assert [alert.severity for alert in channel.alerts] == [Severity.ERROR, Severity.WARNING, Severity.WARNING]
    assert channel.titles[0].endswith("(liquidation)")


def test_funding_is_told_as_paid_or_received(core: AlertingCore, channel: Channel) -> None:
    core.handle(fill("funding", fee="1.5", exec_type="Funding"), NOW)
    core.handle(fill("funding", fee="-0.25", exec_type="Funding"), NOW)
    assert channel.titles == ["Funding paid: 1.50 USDT for BTCUSDT", "Funding received: 0.25 USDT for BTCUSDT"]


EVENTS: list[tuple[Accepted, Severity, str]] = [
    (m.MarketDataIssue(BTC, NOW, "bars are missing"), Severity.WARNING, "bars are missing"),
    (m.EntryRefused(BTC, NOW, "the wallet is not known yet"), Severity.INFO, "wallet"),
    (m.RequestFailed(Address("account"), m.FetchFeeRates(), 10016, "busy", transient=True), Severity.WARNING, "10016"),
    (m.RequestFailed(Address("account"), m.FetchWallet("USDT"), 33004, "no", transient=False), Severity.ERROR, "USDT"),
    (m.OrderRefused(BTC, OrderLinkId("id-1"), NOW, 110007, "not enough"), Severity.WARNING, "110007 not enough (id-1)"),
    (m.OrderOutcomeUnknown(BTC, OrderLinkId("id-1"), NOW, "timed out"), Severity.WARNING, "timed out (id-1)"),
    (m.StreamLost(m.Stream.PRIVATE, NOW, "silent for 10 s"), Severity.WARNING, "silent for 10 s"),
    (m.FrameUnreadable(m.Stream.PUBLIC, NOW, "no topic"), Severity.WARNING, "no topic"),
    (m.AllReady(NOW), Severity.INFO, "ready"),
    (m.ActorFailed(Address("account"), NOW, "KeyError: 1"), Severity.ERROR, "KeyError: 1"),
    (m.ActorReplaced(Address("account"), NOW), Severity.WARNING, "afresh"),
    (m.BotHalted(NOW, "four failures"), Severity.ERROR, "four failures"),
    (m.RunStarted("run-1", NOW, "simulator", (BTC, ETH), "0.1"), Severity.INFO, "BTCUSDT, ETHUSDT"),
    (m.RunStarted("run-1", NOW, "mainnet", (), "0.1"), Severity.INFO, "version 0.1, symbols by rules"),
    (m.RunEnded("run-1", NOW), Severity.INFO, "run-1"),
    (m.AlertRaised(Severity.ERROR, NOW, "title", "text"), Severity.ERROR, "text"),
]


@pytest.mark.parametrize(("event", "severity", "text"), EVENTS, ids=lambda value: type(value).__name__)
def test_events_become_alerts(
    core: AlertingCore, channel: Channel, event: Accepted, severity: Severity, text: str
) -> None:
    (sent,) = core.handle(event, NOW)
    (alert,) = channel.alerts
    assert sent == AlertSent(alert, delivered=True)
    assert (alert.severity, alert.time_ms) == (severity, NOW)
    assert text in alert.text
    assert len(alert.title) <= 60


def test_the_first_message_is_nothing_to_tell(core: AlertingCore, channel: Channel) -> None:
    assert not core.handle(m.Started(Address("alerting"), NOW), NOW)
    assert not channel.alerts


def test_repetitions_are_counted_and_not_repeated(core: AlertingCore, channel: Channel) -> None:
    lost = m.StreamLost(m.Stream.PUBLIC, NOW, "silent")
    for step in range(5):
        core.handle(lost, TimeMs(NOW + step * 1_000))
    core.handle(m.StreamLost(m.Stream.PRIVATE, NOW, "silent"), NOW)
    core.handle(lost, TimeMs(NOW + QUIET_MS))
    core.handle(lost, TimeMs(NOW + 2 * QUIET_MS))
    assert [alert.text for alert in channel.alerts] == [
        "silent; reconnecting",
        "silent; reconnecting",
        "silent; reconnecting (4 more like this)",
        "silent; reconnecting",
    ]


def test_every_fill_and_trade_is_told(core: AlertingCore, channel: Channel) -> None:
    for _ in range(3):
        core.handle(fill(), NOW)
        core.handle(closed(), NOW)
    assert len(channel.alerts) == 6


def test_a_full_book_is_told_once_an_hour_for_all_symbols(core: AlertingCore, channel: Channel) -> None:
    for minute in range(60):
        for open_positions in (3, 4):
            reason = f"{open_positions} of at most 3 positions are open"
            core.handle(m.EntryRefused(BTC, NOW, reason), TimeMs(NOW + minute * 60_000))
            core.handle(m.EntryRefused(ETH, NOW, reason), TimeMs(NOW + minute * 60_000))
    core.handle(m.EntryRefused(ETH, NOW, "the private stream is down"), NOW)
    core.handle(m.EntryRefused(ETH, NOW, "5 of at most 3 positions are open"), TimeMs(NOW + QUIET_REFUSAL_MS))
    assert [alert.text for alert in channel.alerts] == [
        "3 of at most 3 positions are open",
        "the private stream is down",
        "5 of at most 3 positions are open (239 more like this)",
    ]


def test_alerts_below_the_wanted_severity_are_not_sent(channel: Channel) -> None:
    core = AlertingCore(Severity.WARNING, channel.offer, hide)
    assert not core.handle(fill(), NOW)
    assert not core.handle(m.AllReady(NOW), NOW)
    core.handle(m.BotHalted(NOW, "x"), NOW)
    core.handle(m.StreamLost(m.Stream.PUBLIC, NOW, "x"), NOW)
    assert [alert.severity for alert in channel.alerts] == [Severity.ERROR, Severity.WARNING]


def test_a_dropped_alert_is_reported_as_not_delivered(core: AlertingCore, channel: Channel) -> None:
    channel.has_room = False
    (sent,) = core.handle(fill(), NOW)
    assert isinstance(sent, AlertSent)
    assert not sent.delivered


def test_no_secret_leaves_in_an_alert(core: AlertingCore, channel: Channel) -> None:
    core.handle(m.ActorFailed(Address("account"), NOW, f"ValueError: key {CANARY}"), NOW)
    core.handle(m.AlertRaised(Severity.INFO, NOW, f"about {CANARY}", ""), NOW)
    assert CANARY not in repr(channel.alerts)
    assert channel.alerts[0].text == "ValueError: key ***"


def test_memory_is_bounded_however_many_kinds_there_are(core: AlertingCore) -> None:
    for number in range(3 * KINDS_AT_MOST):
        core.handle(m.AlertRaised(Severity.INFO, NOW, f"title {number}", ""), TimeMs(NOW + number))
    assert len(core._kinds) <= KINDS_AT_MOST


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**9), max_value=10**9))
def test_grouping_changes_no_digit(number: Decimal) -> None:
    assert Decimal(grouped(number).replace(",", "")) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [("60001.50", "60,001.5"), ("1E+3", "1,000"), ("0.00001", "0.00001"), ("-1234.5", "-1,234.5"), ("0.000", "0")],
)
def test_numbers_are_written_for_people(number: str, text: str) -> None:
    assert grouped(Decimal(number)) == text


def test_a_long_list_of_symbols_is_cut(core: AlertingCore, channel: Channel) -> None:
    symbols = tuple(Symbol(f"S{number}USDT") for number in range(50))
    core.handle(m.RunStarted("run-1", NOW, "simulator", symbols, "0.1"), NOW)
    assert channel.alerts[0].text.startswith("version 0.1, 50 symbols: S0USDT, ")
    assert channel.alerts[0].text.endswith("S9USDT, ...")
