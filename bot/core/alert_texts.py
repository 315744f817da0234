"""The words of alerts: a title that fits on one line of a phone, and a text with the numbers."""

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import assert_never

from bot.domain.contract import settle_coin, smallest_shown
from bot.domain.messages import (
    ActorFailed,
    ActorReplaced,
    AlertRaised,
    AllReady,
    BotHalted,
    ConfigRevised,
    EntryRefused,
    FillBooked,
    FrameUnreadable,
    MarketDataIssue,
    OrderOutcomeUnknown,
    OrderRefused,
    RequestFailed,
    RunEnded,
    RunStarted,
    Severity,
    StreamLost,
    TradeClosed,
)
from bot.domain.values import Side, Symbol, TimeMs, plain

type Event = (
    MarketDataIssue
    | OrderRefused
    | OrderOutcomeUnknown
    | StreamLost
    | FrameUnreadable
    | AllReady
    | ActorFailed
    | ActorReplaced
    | BotHalted
    | RunStarted
    | RunEnded
)

_FORCED = {
    "BustTrade": (Severity.ERROR, "liquidation"),
    "AdlTrade": (Severity.WARNING, "auto-deleveraging"),
}
"""Bybit ``execType`` of fills that the exchange forced on the account."""
SYMBOLS_LISTED = 10
_CENT = Decimal("0.01")
_PRICE = Context(prec=8)
_SMALL = Context(prec=2)


def grouped(number: Decimal) -> str:
    """``number`` with thousands separators and without trailing zeros: 60,001.5."""
    return f"{Decimal(plain(number)):,f}"


def price(number: Decimal) -> str:
    """A price to at most eight digits that count: an average entry may have twenty-eight."""
    return grouped(_PRICE.create_decimal(number))


def money(amount: Decimal, symbol: str) -> str:
    """``amount`` of the coin that a symbol settles in, with sign: +12.30 or -0.05."""
    return f"{amount.quantize(smallest_shown(settle_coin(symbol))):+,f}"


def cost(amount: Decimal) -> str:
    """A fee in cents, or to the first two digits that count where it is less than one: 0.40 or 0.0033."""
    return f"{amount.quantize(_CENT):,}" if abs(amount) >= _CENT else grouped(_SMALL.create_decimal(amount))


def of_fill(fill: FillBooked) -> AlertRaised:
    """An execution: what was traded, why, and what it left."""
    execution = fill.execution
    if execution.exec_type == "Funding":
        paid = "paid" if execution.fee >= 0 else "received"
        title = f"Funding {paid}: {cost(abs(execution.fee))} {execution.fee_currency} for {fill.symbol}"
        return AlertRaised(Severity.INFO, execution.time_ms, title, "")
    severity, forced = _FORCED.get(execution.exec_type, (Severity.INFO, ""))
    if not forced and fill.purpose == "external":
        severity = Severity.WARNING
    verb = "Bought" if execution.side is Side.BUY else "Sold"
    what = f"{grouped(execution.qty)} {fill.symbol} at {price(execution.price)}"
    held = f"position {_held(fill)}"
    text = f"{held}, fee {cost(execution.fee)} {execution.fee_currency}"
    if fill.realised_pnl:
        text = f"PnL {money(fill.realised_pnl, fill.symbol)} before fees, {text}"
    return AlertRaised(severity, execution.time_ms, f"{verb} {what} ({forced or fill.purpose})", text)


def _held(fill: FillBooked) -> str:
    if fill.size_after == 0:
        return "flat"
    side = "long" if fill.size_after > 0 else "short"
    return f"{side} {grouped(abs(fill.size_after))} at {price(fill.entry_price_after)}"


def of_trade(trade: TradeClosed) -> AlertRaised:
    """A round trip from flat to flat."""
    side = "long" if trade.side is Side.BUY else "short"
    net = money(trade.net_pnl, trade.symbol)
    title = f"Closed {side} {trade.symbol}: {net} ({trade.exit_reason})"
    prices = f"{grouped(trade.qty)} from {price(trade.entry_price)} to {price(trade.exit_price)}"
    text = f"{prices}, PnL {money(trade.realised_pnl, trade.symbol)}, fees {cost(trade.fees)}, net {net}"
    return AlertRaised(Severity.INFO, trade.closed_ms, title, text)


def of_refusal(refused: EntryRefused) -> AlertRaised:
    """An entry that is not made."""
    return AlertRaised(Severity.INFO, refused.time_ms, f"No entry in {refused.symbol}", refused.reason)


def of_failed_request(failed: RequestFailed, now_ms: TimeMs) -> AlertRaised:
    """A question or a setting that the exchange did not answer as wanted."""
    severity = Severity.WARNING if failed.transient else Severity.ERROR
    request = failed.request
    subject = getattr(request, "symbol", "") or getattr(request, "coin", "")
    again = "; asking again" if failed.transient else ""
    text = f"{subject}: {failed.code} {failed.text}{again}".removeprefix(": ")
    return AlertRaised(severity, now_ms, f"{type(request).__name__} failed", text)


def of_event(event: Event, now_ms: TimeMs) -> AlertRaised:
    """Everything else that people are told."""
    severity, title, text = _words(event)
    return AlertRaised(severity, now_ms, title, text)


def _listed(symbols: Sequence[Symbol]) -> str:
    if not symbols:
        return "symbols by rules"
    more = ", ..." if len(symbols) > SYMBOLS_LISTED else ""
    return f"{len(symbols)} symbols: {', '.join(symbols[:SYMBOLS_LISTED])}{more}"


def _words(event: Event) -> tuple[Severity, str, str]:
    match event:
        case MarketDataIssue():
            return Severity.WARNING, f"Market data of {event.symbol}", event.text
        case OrderRefused():
            text = f"{event.code} {event.text} ({event.order_link_id})"
            return Severity.WARNING, f"Bybit refused an order for {event.symbol}", text
        case OrderOutcomeUnknown():
            text = f"{event.text} ({event.order_link_id}); looking it up"
            return Severity.WARNING, f"Outcome of an order for {event.symbol} unknown", text
        case StreamLost():
            return Severity.WARNING, f"Lost the {event.stream} stream", f"{event.reason}; reconnecting"
        case FrameUnreadable():
            return Severity.WARNING, f"Unreadable frame on the {event.stream} stream", event.reason
        case AllReady():
            return Severity.INFO, "Trading begins", "every actor is ready"
        case ActorFailed():
            return Severity.ERROR, f"{event.address} failed", event.error
        case ActorReplaced():
            return Severity.WARNING, f"{event.address} was replaced", "it starts afresh from the exchange's state"
        case BotHalted():
            return Severity.ERROR, "Trading halted", event.reason
        case RunStarted():
            text = f"version {event.version}, {_listed(event.symbols)}"
            return Severity.INFO, f"Started on {event.venue}", text
        case RunEnded():
            return Severity.INFO, "Stopped", f"run {event.run_id} ended in good order"
        case _:
            assert_never(event)


def of_revision(revised: ConfigRevised) -> AlertRaised:
    """Another configuration counts."""
    told = ", ".join(f"{key} = {value}" for key, value in revised.changes)
    return AlertRaised(Severity.INFO, revised.time_ms, f"Configuration revision {revised.revision}", told)
