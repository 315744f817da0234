"""The exchange's own side of the ledger: fees, the insurance fund, and the street."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.simulator.market.book import Side
from bot.simulator.numbers import ZERO
from bot.simulator.trading.order import sign

if TYPE_CHECKING:
    from bot.simulator.trading.account import Account

type Amounts = defaultdict[str, Decimal]


def _amounts() -> Amounts:
    return defaultdict(lambda: ZERO)


@dataclass(slots=True)
class House:
    """What is not an account's, per coin. The street is everybody who trades with accounts but is none.

    The ledger law, per coin and to the last digit: wallets of all accounts - signed costs of their positions + fees +
    insurance + street = what was put in. A signed cost counts longs of linear contracts and shorts of inverse ones
    positive (their profit grows with the price of what they hold). The street's books hold no profit and no cost: a
    trade moves its whole value, as buying for cash would.

    Attributes:
        fees: kept by the exchange; negative where makers got more rebate than takers paid.
        insurance: what liquidations left over or took.
        street: money of the street.
        street_sizes: its position or holdings per market id; with those of the accounts they add up to nothing.
        deposits: put into accounts and the fund so far.
    """

    fees: Amounts = field(default_factory=_amounts)
    insurance: Amounts = field(default_factory=_amounts)
    street: Amounts = field(default_factory=_amounts)
    street_sizes: Amounts = field(default_factory=_amounts)
    deposits: Amounts = field(default_factory=_amounts)

    def trade(self, market_id: str, coin: str, side: Side, qty: Decimal, value: Decimal, *, inverse: bool) -> None:
        """The street takes the other side of an account's fill of `side` in a contract settled in `coin`."""
        toward = sign(side)
        self.street[coin] += value * (-toward if inverse else toward)
        self.street_sizes[market_id] -= toward * qty

    def swap(self, side: Side, base_coin: str, qty: Decimal, quote_coin: str, value: Decimal) -> None:
        """The street takes the other side of an account's spot fill."""
        self.street[base_coin] -= sign(side) * qty
        self.street[quote_coin] += sign(side) * value

    def balance(self, accounts: Iterable["Account"]) -> Mapping[str, Decimal]:
        """What breaks the ledger law, per coin and (in sizes) per contract: all 0 unless there is a bug."""
        total = _amounts()
        for each in (self.fees, self.insurance, self.street):
            for coin, amount in each.items():
                total[coin] += amount
        for coin, amount in self.deposits.items():
            total[coin] -= amount
        for account in accounts:
            for coin, purse in account.coins.items():
                total[coin] += purse.wallet
            for position in account.positions.values():
                total[position.coin] -= position.signed_cost
                total[position.market_id] += position.size
        for market_id, size in self.street_sizes.items():
            total[market_id] += size
        return total
