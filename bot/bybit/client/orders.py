"""Orders (Bybit V5 docs, order/* and execution/*). That an order was taken proves not that it lives: see the stream."""

from collections.abc import Sequence
from typing import Any

import msgspec

from bot.bybit.client.area import Area, changes_account
from bot.bybit.client.errors import UnreadableError
from bot.bybit.client.order_rows import BatchOutcome, BatchPlaced, Dcp, Execution, Order, OrderIds, PreCheck
from bot.bybit.client.order_specs import OrderChange, OrderName, OrderSpec
from bot.bybit.client.values import Category, DcpProduct, OrderFilter, Page, Row, read, wire
from bot.bybit.session import Answer

LINEAR = Category.LINEAR


class _Dcps(Row, frozen=True):
    dcp_infos: tuple[Dcp, ...] = ()


class _Taken(msgspec.Struct, frozen=True):
    code: int
    msg: str = ""


class Orders(Area):
    """Orders of the account and what became of them."""

    @changes_account
    def place_order(self, order: OrderSpec, category: Category = LINEAR) -> OrderIds:
        """Send an order, once. OutcomeUnknownError if it may exist although nothing proves it."""
        return self._place("place_order", OrderIds, category=category, **_fields(order))

    @changes_account
    def amend_order(self, change: OrderChange, category: Category = LINEAR) -> OrderIds:
        """Change an order in place, as far as it is not filled."""
        return self._change("amend_order", OrderIds, category=category, **_fields(change))

    @changes_account
    def cancel_order(self, order: OrderName, category: Category = LINEAR) -> OrderIds:
        """Ask for the cancel of an order; a fill may be faster."""
        return self._change("cancel_order", OrderIds, category=category, **_fields(order))

    @changes_account
    def cancel_all_orders(
        self,
        category: Category = LINEAR,
        symbol: str | None = None,
        base_coin: str | None = None,
        settle_coin: str | None = None,
        order_filter: OrderFilter | None = None,
        stop_order_type: str | None = None,
    ) -> Page[OrderIds]:
        """Cancel all orders of a symbol or coin (500 at most); without a filter stops and targets too."""
        return self._change(
            "cancel_all_orders", Page[OrderIds], category=category, symbol=symbol, base_coin=base_coin,
            settle_coin=settle_coin, order_filter=order_filter, stop_order_type=stop_order_type,
        )  # fmt: skip

    @changes_account
    def place_batch_order(
        self, request: tuple[OrderSpec, ...], category: Category = LINEAR
    ) -> tuple[BatchOutcome, ...]:
        """Send up to 20 orders (spot 10). Each has an outcome of its own, in their order."""
        return self._batch("place_batch_order", request, category)

    @changes_account
    def amend_batch_order(
        self, request: tuple[OrderChange, ...], category: Category = LINEAR
    ) -> tuple[BatchOutcome, ...]:
        """Change up to 20 orders (spot 10), none of them conditional."""
        return self._batch("amend_batch_order", request, category)

    @changes_account
    def cancel_batch_order(
        self, request: tuple[OrderName, ...], category: Category = LINEAR
    ) -> tuple[BatchOutcome, ...]:
        """Ask for the cancel of up to 20 orders (spot 10)."""
        return self._batch("cancel_batch_order", request, category)

    def get_open_orders(
        self,
        category: Category = LINEAR,
        symbol: str | None = None,
        base_coin: str | None = None,
        settle_coin: str | None = None,
        order_id: str | None = None,
        order_link_id: str | None = None,
        open_only: int | None = None,
        order_filter: OrderFilter | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Order]:
        """Open orders; linear ones need a symbol, base coin or settle coin. By id recently closed ones too."""
        return self._ask(
            "get_open_orders", Page[Order], category=category, symbol=symbol, base_coin=base_coin,
            settle_coin=settle_coin, order_id=order_id, order_link_id=order_link_id, open_only=open_only,
            order_filter=order_filter, limit=limit, cursor=cursor,
        )  # fmt: skip

    def get_order_history(
        self,
        category: Category = LINEAR,
        symbol: str | None = None,
        base_coin: str | None = None,
        settle_coin: str | None = None,
        order_id: str | None = None,
        order_link_id: str | None = None,
        order_filter: OrderFilter | None = None,
        order_status: str | None = None,
        start_time_ms: int | None = None,
        end_time_ms: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Order]:
        """Orders that are over, newest first, of at most seven days. ``limit`` 1 to 50."""
        return self._ask(
            "get_order_history", Page[Order], category=category, symbol=symbol, base_coin=base_coin,
            settle_coin=settle_coin, order_id=order_id, order_link_id=order_link_id, order_filter=order_filter,
            order_status=order_status, start_time_ms=start_time_ms, end_time_ms=end_time_ms, limit=limit,
            cursor=cursor,
        )  # fmt: skip

    def get_executions(
        self,
        category: Category = LINEAR,
        symbol: str | None = None,
        order_id: str | None = None,
        order_link_id: str | None = None,
        base_coin: str | None = None,
        exec_type: str | None = None,
        start_time_ms: int | None = None,
        end_time_ms: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Execution]:
        """Fills and fundings, newest first, of at most seven days. ``limit`` 1 to 100."""
        return self._ask(
            "get_executions", Page[Execution], category=category, symbol=symbol, order_id=order_id,
            order_link_id=order_link_id, base_coin=base_coin, exec_type=exec_type, start_time_ms=start_time_ms,
            end_time_ms=end_time_ms, limit=limit, cursor=cursor,
        )  # fmt: skip

    def pre_check_order(self, order: OrderSpec, category: Category = LINEAR) -> PreCheck:
        """What an order would do to the margin rates. Nothing is placed."""
        return self._ask("pre_check_order", PreCheck, category=category, **_fields(order))

    def get_borrow_quota(self, symbol: str, side: str, category: Category = Category.SPOT) -> dict[str, Any]:
        """How much could be traded with borrowed coins, as Bybit tells it."""
        return self._ask("get_borrow_quota", dict[str, Any], category=category, symbol=symbol, side=side)

    @changes_account
    def set_dcp(self, time_window: int, product: DcpProduct = DcpProduct.DERIVATIVES) -> bool:
        """Have orders cancelled ``time_window`` seconds (3 to 300) after the connection is lost. Institutions only."""
        return self._set("set_dcp", time_window=time_window, product=product)

    def query_dcp_info(self) -> tuple[Dcp, ...]:
        """What is cancelled when the connection is lost."""
        return self._ask("query_dcp_info", _Dcps).dcp_infos

    def _batch(self, method: str, request: Sequence[msgspec.Struct], category: Category) -> tuple[BatchOutcome, ...]:
        params: dict[str, object] = {"category": category, "request": [wire(each) for each in request]}
        answer = self._answer(method, params, changes=True, places=method == "place_batch_order")
        return _outcomes(method, answer)


def _fields(order: msgspec.Struct) -> dict[str, object]:
    return msgspec.structs.asdict(order)


def _outcomes(method: str, answer: Answer) -> tuple[BatchOutcome, ...]:
    """Zip the orders with their codes, which are beside the result (Bybit V5 docs, order/batch-place)."""
    try:
        placed = read(Page[BatchPlaced], answer.result).rows
        codes = read(Page[_Taken], answer.extra).rows
        if len(placed) != len(codes):
            raise msgspec.ValidationError(f"{len(placed)} orders, {len(codes)} codes")  # noqa: TRY301 - one way out
    except msgspec.ValidationError as error:
        raise UnreadableError(method, answer.code, f"the answer is not as documented: {error}") from error
    return tuple(
        BatchOutcome(order.order_id, order.order_link_id, taken.code, taken.msg)
        for order, taken in zip(placed, codes, strict=True)
    )
