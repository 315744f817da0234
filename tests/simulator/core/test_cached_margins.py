"""What margins remember is what they would come to if they were worked out anew."""

from random import Random
from typing import Any

from bot.simulator.trading.margin import Margin
from tests.simulator.core.test_order_laws import MARKETS, NAMES, Dealings, any_action

LEVERS = ("2", "10", "50")


def _state(dealings: Dealings) -> Any:
    """No endpoint tells what is remembered apart from what is true."""
    return dealings.exchange._state


def _change_terms(dealings: Dealings, dice: Random) -> None:
    """Leverage and margin mode change what positions and orders tie up without an order or a fill."""
    name = dice.choice(NAMES)
    lever = dice.choice(LEVERS)
    for category, symbol in (("linear", "BTCUSDT"), ("inverse", "BTCUSD")):
        dealings.post(
            name, "position/set-leverage", category=category, symbol=symbol, buyLeverage=lever, sellLeverage=lever
        )
    mode = dice.choice(("ISOLATED_MARGIN", "REGULAR_MARGIN"))
    dealings.post(name, "account/set-margin-mode", setMarginMode=mode)


def _check(dealings: Dealings) -> int:
    """Returns how many positions and open orders were compared."""
    state = _state(dealings)
    anew = Margin(state.markets, state.margin.taker_rate)
    count = 0
    for name in NAMES:
        account = state.accounts[name]
        assert state.margin.summary(account) == anew.summary(account)
        for market in MARKETS:
            assert state.margin.reserved(account, market) == anew.reserved(account, market)
            assert state.margin.load(account, market).qty == anew.load(account, market).qty
        for position in account.positions.values():
            assert state.margin.exposure(account, position) == anew.exposure(account, position)
            count += bool(position.size)
        count += len(account.open_orders)
    return count


def test_remembered_margins_are_those_worked_out_anew() -> None:
    compared = 0
    for seed in range(12):
        dice, dealings = Random(seed), Dealings()  # noqa: S311 (dice, not secrets)
        for _ in range(60):
            if dice.random() < 0.1:
                _change_terms(dealings, dice)
            else:
                dealings.do(any_action(dice))
            compared += _check(dealings)
    assert compared > 1_000
