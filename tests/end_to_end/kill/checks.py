"""What must hold once the market stands still: the bot's database and the exchange tell the same story."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from bot.storage.store import FINAL
from tests.end_to_end.living_exchange import LivingExchange

PREFIX = "pyr-"
NEVER_AT_THE_EXCHANGE = {"Refused", "Absent"}


def exchange_rows(exchange: LivingExchange, path: str, **params: object) -> list[dict[str, Any]]:
    """All pages of what an endpoint answers, asked as the account's owner would: no limit counts it."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        asked = {"category": "linear", "cursor": cursor, **params}
        answer = exchange.control.request("POST", "request", {"path": path, "method": "GET", "params": asked})
        found += answer["result"]["list"]
        cursor = answer["result"].get("nextPageCursor", "")
        if not cursor:
            return found


def naked_positions(exchange: LivingExchange) -> list[str]:
    """Open positions without a stop on the right side of the mark price."""
    rows = exchange_rows(exchange, "/v5/position/list", settleCoin="USDT", limit=200)
    return [row["symbol"] for row in rows if row["size"] != "0" and not _has_its_stop(row)]


def _has_its_stop(position: dict[str, Any]) -> bool:
    stop = Decimal(position["stopLoss"] or 0)  # Bybit shows none as "" or as "0"
    if not stop:
        return False
    beyond = Decimal(position["markPrice"]) - stop
    return beyond > 0 if position["side"] == "Buy" else beyond < 0


def problems_of(exchange: LivingExchange) -> list[str]:
    """Everything that does not hold at this moment; empty when all is well."""
    return [*_order_problems(exchange), *_ledger_problems(exchange), *(_naked(exchange))]


def _naked(exchange: LivingExchange) -> Iterator[str]:
    for symbol in naked_positions(exchange):
        yield f"{symbol} has no stop on the right side"


def _order_problems(exchange: LivingExchange) -> Iterator[str]:
    """No order lost, none doubled, and of every one the database knows how it stands."""
    open_ids = _own_ids(exchange_rows(exchange, "/v5/order/realtime", settleCoin="USDT", limit=50))
    over_ids = _own_ids(exchange_rows(exchange, "/v5/order/history", limit=50))
    for link_id, count in Counter((*open_ids, *over_ids)).items():
        if count > 1:
            yield f"{link_id} is {count} orders at the exchange"
    at_exchange = {*open_ids, *over_ids}
    sql = "SELECT order_link_id, status FROM orders WHERE purpose IS NOT NULL"
    intents: dict[str, str] = dict(exchange.ask(sql))
    for link_id in sorted(at_exchange - intents.keys()):
        yield f"{link_id} is at the exchange, but was never written down"
    for link_id, status in intents.items():
        if (link_id in at_exchange) == (status in NEVER_AT_THE_EXCHANGE):
            there = "is" if link_id in at_exchange else "is not"
            yield f"{link_id} is {status} in the books and {there} at the exchange"
        elif (link_id in open_ids) == (status in FINAL):
            yield f"{link_id} is {status} in the books and {'open' if link_id in open_ids else 'over'} at the exchange"


def _own_ids(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [row["orderLinkId"] for row in rows if row["orderLinkId"].startswith(PREFIX)]


def _ledger_problems(exchange: LivingExchange) -> Iterator[str]:
    """Every fill is in the books once, and what follows from the fills is equal."""
    for each in exchange.differences():
        yield f"{each.what}: {each.ledger} in the ledger, {each.exchange} at the exchange"
    booked = Counter(row for (row,) in exchange.ask("SELECT exec_id FROM executions"))
    for exec_id, count in booked.items():
        if count > 1:
            yield f"execution {exec_id} is in the books {count} times"
    adjusted = exchange.ask("SELECT symbol, exec_id FROM executions WHERE purpose IN ('adjustment', 'external')")
    for symbol, exec_id in adjusted:
        yield f"{symbol}: execution {exec_id} was not known as the bot's own"
