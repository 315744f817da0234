"""Moving money between the accounts of one owner (Bybit V5 docs, asset/transfer/*)."""

from decimal import Decimal

from bot.bybit.client.area import Area, changes_account
from bot.bybit.client.values import AccountType, Page, Row


class TransferState(Row, frozen=True):
    """A transfer that was asked for: SUCCESS, PENDING, FAILED or STATUS_UNKNOWN."""

    transfer_id: str
    status: str = ""


class Transfer(Row, frozen=True):
    """One transfer."""

    transfer_id: str
    coin: str
    amount: Decimal
    from_account_type: str
    to_account_type: str
    timestamp_ms: int
    status: str


class Assets(Area):
    """Transfers between the unified and the funding account."""

    @changes_account
    def create_internal_transfer(
        self,
        transfer_id: str,
        coin: str,
        amount: Decimal,
        from_account_type: AccountType,
        to_account_type: AccountType,
    ) -> TransferState:
        """Move an amount of a coin. ``transfer_id`` is a UUID of the caller's: the same one moves nothing twice."""
        return self._change(
            "create_internal_transfer", TransferState, transfer_id=transfer_id, coin=coin, amount=amount,
            from_account_type=from_account_type, to_account_type=to_account_type,
        )  # fmt: skip

    def get_internal_transfer_records(
        self,
        transfer_id: str | None = None,
        coin: str | None = None,
        status: str | None = None,
        start_time_ms: int | None = None,
        end_time_ms: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Transfer]:
        """Past transfers, newest first, of at most seven days. ``limit`` 1 to 50."""
        return self._ask(
            "get_internal_transfer_records", Page[Transfer], transfer_id=transfer_id, coin=coin, status=status,
            start_time_ms=start_time_ms, end_time_ms=end_time_ms, limit=limit, cursor=cursor,
        )  # fmt: skip
