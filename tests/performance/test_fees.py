"""Fees in any coin."""

from decimal import Decimal

import msgspec
import pytest

from bot.domain.contract import base_coin
from bot.domain.values import Side
from bot.performance.fees import in_settle_coin
from tests.core.samples import execution

FILL = execution("e1", Side.BUY, "0.5", "60000", fee="16.5")


def test_a_fee_in_the_settle_coin_is_as_it_is() -> None:
    assert in_settle_coin(FILL, "USDT") == (FILL, "")


def test_a_fee_in_the_base_coin_is_worth_the_price_of_its_fill() -> None:
    paid = msgspec.structs.replace(FILL, fee=Decimal("0.0005"), fee_currency="BTC")
    assert in_settle_coin(paid, "USDT") == (msgspec.structs.replace(FILL, fee=Decimal("30.0000")), "")


def test_a_fee_in_a_third_coin_is_left_out_and_told() -> None:
    paid = msgspec.structs.replace(FILL, fee=Decimal(3), fee_currency="MNT")
    booked, told = in_settle_coin(paid, "USDT")
    assert booked.fee == 0
    assert "3 MNT" in told


@pytest.mark.parametrize(
    ("symbol", "coin"), [("BTCUSDT", "BTC"), ("1000PEPEUSDT", "PEPE"), ("ETHUSDC", "ETH"), ("BTC-27DEC30", "")]
)
def test_the_base_coin_of_a_contract(symbol: str, coin: str) -> None:
    assert base_coin(symbol) == coin
