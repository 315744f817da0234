"""How wallets are written in V5 answers and pushes."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any, NamedTuple

from bot.simulator.numbers import plain
from bot.simulator.trading.account import Account
from bot.simulator.trading.margin import CoinSummary, MarginSummary
from bot.simulator.trading.rows import money, template

WALLET = template(
    """accountType accountIMRate accountIMRateByMp accountMMRate accountMMRateByMp totalEquity totalWalletBalance
    totalMarginBalance totalAvailableBalance totalPerpUPL totalInitialMargin totalInitialMarginByMp
    totalMaintenanceMargin totalMaintenanceMarginByMp accountLTV coin""",
    {"accountType": "UNIFIED", "accountLTV": "0"},
)
COIN = template(
    """coin equity usdValue walletBalance locked spotHedgingQty borrowAmount spotBorrow accruedInterest totalOrderIM
    totalPositionIM totalPositionMM unrealisedPnl cumRealisedPnl bonus collateralSwitch marginCollateral colRes free
    availableToWithdraw availableToBorrow""",
    {
        "coin": "USDT", "locked": "0", "spotHedgingQty": "0", "borrowAmount": "0", "spotBorrow": "0",
        "accruedInterest": "0", "bonus": "0", "collateralSwitch": True, "marginCollateral": True, "colRes": "0",
    },
)  # fmt: skip


class WalletState(NamedTuple):
    """Everything that a wallet's row tells, as it was at one moment; nothing in it changes later.

    Attributes:
        coins: which coins to tell of, and what was realised in each since the account began.
    """

    isolated: bool
    summary: MarginSummary
    coins: tuple[tuple[CoinSummary, Decimal], ...]

    @classmethod
    def of(cls, account: Account, summary: MarginSummary, coins: Collection[str] | None = None) -> "WalletState":
        """An account now; of its coins those named, None = all that are not empty, and USDT."""
        found = []
        for each in summary.coins.values():
            purse = account.coins[each.coin]
            if each.coin in coins if coins is not None else each.coin == "USDT" or each.wallet or purse.fees:
                found.append((each, purse.realised - purse.fees - purse.funding))
        return cls(account.isolated, summary, tuple(found))


def wallet_row(state: WalletState) -> dict[str, Any]:
    """The account of wallet-balance and of the wallet stream."""
    row, summary = WALLET.copy(), state.summary
    equity = summary.equity
    row["accountIMRate"] = row["accountMMRate"] = "0"
    if equity > 0 and not state.isolated:
        row["accountIMRate"] = money(summary.initial_margin / equity)
        row["accountMMRate"] = money(summary.position_mm / equity)
    row["accountIMRateByMp"], row["accountMMRateByMp"] = row["accountIMRate"], row["accountMMRate"]
    row["totalEquity"] = row["totalMarginBalance"] = money(equity)
    row["totalWalletBalance"], row["totalPerpUPL"] = money(summary.wallet), money(summary.unrealised)
    row["totalAvailableBalance"] = "" if state.isolated else money(summary.available)
    row["totalInitialMargin"] = row["totalInitialMarginByMp"] = money(summary.initial_margin)
    row["totalMaintenanceMargin"] = row["totalMaintenanceMarginByMp"] = money(summary.position_mm)
    row["coin"] = [_coin_row(coin, realised) for coin, realised in state.coins]
    return row


def _coin_row(summary: CoinSummary, cum_realised: Decimal) -> dict[str, Any]:
    row, equity = COIN.copy(), summary.equity
    row["coin"], row["equity"] = summary.coin, money(equity)
    row["usdValue"] = row["equity"] if summary.usd_price == 1 else money(equity * summary.usd_price)
    row["walletBalance"], row["unrealisedPnl"] = plain(summary.wallet), money(summary.unrealised)
    row["totalOrderIM"], row["totalPositionIM"] = money(summary.order_im), money(summary.position_im)
    row["totalPositionMM"], row["locked"] = money(summary.position_mm), plain(summary.locked)
    row["cumRealisedPnl"] = plain(cum_realised)
    return row
