"""How wallets are written in V5 answers and pushes."""

from collections.abc import Collection
from typing import Any

from bot.simulator.numbers import ZERO, plain
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


def wallet_row(account: Account, summary: MarginSummary, coins: Collection[str] | None = None) -> dict[str, Any]:
    """The account of wallet-balance and of the wallet stream.

    Args:
        account: whose wallet.
        summary: the account now.
        coins: which coins to tell of; None = all that are not empty, and USDT.
    """
    row = WALLET.copy()
    row["accountIMRate"] = row["accountMMRate"] = "0"
    if summary.equity > 0 and not account.isolated:
        row["accountIMRate"] = money(summary.initial_margin / summary.equity)
        row["accountMMRate"] = money(summary.position_mm / summary.equity)
    row["accountIMRateByMp"], row["accountMMRateByMp"] = row["accountIMRate"], row["accountMMRate"]
    row["totalEquity"] = row["totalMarginBalance"] = money(summary.equity)
    row["totalWalletBalance"], row["totalPerpUPL"] = money(summary.wallet), money(summary.unrealised)
    row["totalAvailableBalance"] = "" if account.isolated else money(summary.available)
    row["totalInitialMargin"] = row["totalInitialMarginByMp"] = money(summary.initial_margin)
    row["totalMaintenanceMargin"] = row["totalMaintenanceMarginByMp"] = money(summary.position_mm)
    row["coin"] = [_coin_row(account, each) for each in summary.coins.values() if _wanted(account, each, coins)]
    return row


def _wanted(account: Account, coin: CoinSummary, coins: Collection[str] | None) -> bool:
    if coins is not None:
        return coin.coin in coins
    return coin.coin == "USDT" or coin.wallet != ZERO or account.coins[coin.coin].fees != ZERO


def _coin_row(account: Account, summary: CoinSummary) -> dict[str, Any]:
    row, purse = COIN.copy(), account.coins[summary.coin]
    equity = summary.equity
    row["coin"], row["equity"] = summary.coin, money(equity)
    row["usdValue"] = row["equity"] if summary.usd_price == 1 else money(equity * summary.usd_price)
    row["walletBalance"], row["unrealisedPnl"] = plain(summary.wallet), money(summary.unrealised)
    row["totalOrderIM"], row["totalPositionIM"] = money(summary.order_im), money(summary.position_im)
    row["totalPositionMM"], row["locked"] = money(summary.position_mm), plain(summary.locked)
    row["cumRealisedPnl"] = plain(purse.realised - purse.fees - purse.funding)
    return row
