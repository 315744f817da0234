"""What was moved into the unified account and out of it, from its log of transactions."""

from decimal import Decimal

from bot.bybit.outcomes import QueryFailedError, result_of
from bot.bybit.parse.fields import ParseError, Row, decimal, objects, text, time_ms
from bot.bybit.session import VenueSession
from bot.domain.messages import FetchTransfers, TransfersLoaded
from bot.domain.values import TimeMs

KINDS = ("TRANSFER_IN", "TRANSFER_OUT")
WEEK_MS = 7 * 24 * 3_600_000
"""The longest span of one query."""
ROWS_PER_PAGE = 50
PAGES_AT_MOST = 1_000


def transfers(session: VenueSession, request: FetchTransfers, now_ms: TimeMs) -> TransfersLoaded:
    """Every transfer since a time, oldest first (Bybit V5 docs, account/transaction-log). QueryFailedError without.

    ``{"list": [{"type": "TRANSFER_OUT", "currency": "USDT", "transactionTime": "1767225600000", "change": "-100",
    ...}], "nextPageCursor": "..."}``
    """
    found: list[tuple[TimeMs, Decimal]] = []
    for start_ms in range(request.since_ms, max(now_ms, request.since_ms) + 1, WEEK_MS):
        for kind in KINDS:
            found += _window(session, request.coin, kind, start_ms)
    return TransfersLoaded(request.coin, tuple(sorted(found)))


def _window(session: VenueSession, coin: str, kind: str, start_ms: int) -> list[tuple[TimeMs, Decimal]]:
    params: dict[str, str | int] = {
        "accountType": "UNIFIED",
        "currency": coin,
        "type": kind,
        "startTime": start_ms,
        "endTime": start_ms + WEEK_MS - 1,
        "limit": ROWS_PER_PAGE,
    }
    found: list[tuple[TimeMs, Decimal]] = []
    for _ in range(PAGES_AT_MOST):
        result = result_of(session.call("get_transaction_log", params))
        try:
            found += [_moved(row) for row in objects(result) if row.get("type") == kind and row.get("currency") == coin]
        except ParseError as error:
            raise QueryFailedError(0, f"the answer could not be understood: {error}", transient=True) from error
        cursor = text(result, "nextPageCursor") if result.get("nextPageCursor") else ""
        if not cursor or cursor == params.get("cursor"):
            return found
        params["cursor"] = cursor
    raise QueryFailedError(0, f"get_transaction_log: more than {PAGES_AT_MOST} pages", transient=True)


def _moved(row: Row) -> tuple[TimeMs, Decimal]:
    return time_ms(row, "transactionTime"), decimal(row, "change")
