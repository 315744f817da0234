"""Fees in the coin that the books are kept in."""

from decimal import Decimal

import msgspec

from bot.domain.contract import base_coin
from bot.domain.messages import ExecutionReported
from bot.domain.values import ZERO


def in_settle_coin(execution: ExecutionReported, settle_coin: str) -> tuple[ExecutionReported, str]:
    """The execution with its fee in the settle coin, and what has to be told about it.

    A fee in the base coin is worth that much at the price of its fill. What a fee in any third coin (a discount token)
    is worth, an execution does not say: it is left out, and told.
    """
    coin = execution.fee_currency
    if not execution.fee or coin in {"", settle_coin}:
        return execution, ""
    if coin == base_coin(execution.symbol):
        worth: Decimal = execution.fee * execution.price
        return msgspec.structs.replace(execution, fee=worth, fee_currency=settle_coin), ""
    told = (
        f"a fee of {execution.fee} {coin} for {execution.exec_id} is not in the books: they are kept in {settle_coin}"
    )
    return msgspec.structs.replace(execution, fee=ZERO), told
