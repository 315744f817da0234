"""Funding: what longs and shorts pay each other at fixed times (Bybit help centre, funding fee)."""

from collections.abc import Iterable
from decimal import Decimal

from bot.simulator.market.symbol_market import SymbolMarket
from bot.simulator.trading.account import Account
from bot.simulator.trading.ledger import Ledger
from bot.simulator.trading.outbox import Outbox


def settle_funding(
    accounts: Iterable[Account], market: SymbolMarket, rate: Decimal, ledger: Ledger, outbox: Outbox
) -> None:
    """Every position of a market pays its value at the mark price times `rate`, or gets it.

    It is told as Bybit tells it: an execution of type Funding, then the position, then the wallet. What longs and
    shorts of accounts leave over is the street's.
    """
    for account in accounts:
        for position in account.positions_in(market.instrument):
            if not position.size:
                continue
            execution = ledger.fund(account, position, market, rate)
            outbox.executions(account, (execution,))
            outbox.position(account, position, market, wallet=True)
