"""Transfers between the unified and the funding wallet, and what the wallets hold."""

import re
from typing import Any

from bot.simulator.numbers import ZERO, plain
from bot.simulator.routes.account import transferable_amount
from bot.simulator.routes.call import Call
from bot.simulator.routes.paging import page, window
from bot.simulator.routes.params import Refused, invalid
from bot.simulator.trading.account import Purse, Transfer

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
ACCOUNT_TYPES = ("UNIFIED", "FUND")
INSUFFICIENT = 131212
SAME_ACCOUNT = 131206
KNOWN_TRANSFER = 131214
DECIMALS_MAX = 8


def inter_transfer(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, asset/transfer/inter-transfer; the client's UUID makes it happen at most once."""
    params, account = call.params, call.account
    transfer_id, coin, amount = params.text("transferId"), params.text("coin"), params.number("amount")
    source = params.choice("fromAccountType", ACCOUNT_TYPES)
    target = params.choice("toAccountType", ACCOUNT_TYPES)
    if UUID.fullmatch(transfer_id) is None:
        raise invalid("transferId must be a UUID")
    if not amount or -int(amount.as_tuple().exponent) > DECIMALS_MAX:
        raise invalid("amount invalid")
    if source == target:
        raise Refused(SAME_ACCOUNT, "cannot transfer to the same account")
    if transfer_id in account.transfers:
        raise Refused(KNOWN_TRANSFER, "transferId is exist")
    purse = account.coins.get(coin)
    available = ZERO if purse is None else transferable_amount(call, coin) if source == "UNIFIED" else purse.fund
    if purse is None or amount > available:
        raise Refused(INSUFFICIENT, "insufficient balance")
    into = amount if target == "UNIFIED" else -amount
    purse.fund -= into
    kind = "TRANSFER_IN" if into > 0 else "TRANSFER_OUT"
    call.state.ledger.move(account, coin, into, kind, call.now_ms, transfer_id)
    call.state.desk.watch_margins(account)
    account.transfers[transfer_id] = Transfer(
        len(account.transfers) + 1, transfer_id, coin, amount, source, target, call.now_ms
    )
    call.state.outbox.wallet(account, coin)
    return {"transferId": transfer_id, "status": "SUCCESS"}


def transfer_list(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, asset/transfer/query-inter-transfer-list: newest first."""
    params = call.params
    limit = params.limit(20, 50)
    start_ms, end_ms = window(call)
    transfer_id, coin = params.text("transferId"), params.text("coin")
    status = params.choice("status", ("SUCCESS", "PENDING", "FAILED", ""), "")
    rows = (
        each
        for each in reversed(call.account.transfers.values())
        if transfer_id in {"", each.transfer_id}
        and coin in {"", each.coin}
        and status in {"", "SUCCESS"}
        and start_ms <= each.time_ms <= end_ms
    )
    found, cursor = page(call, rows, limit)
    return {"list": [_transfer_row(each) for each in found], "nextPageCursor": cursor}


def coin_balance(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, asset/transfer/query-account-coin-balance."""
    kind = call.params.choice("accountType", ACCOUNT_TYPES)
    coin = call.params.text("coin")
    purse = call.account.coins.get(coin)
    if purse is None:
        raise invalid("coin invalid")
    balance = _balance_row(call, purse, kind)
    member = str(call.account.uid)
    return {
        "accountType": kind,
        "bizType": 1,
        "accountId": member,
        "memberId": member,
        "balance": balance | {"transferSafeAmount": "", "ltvTransferSafeAmount": ""},
    }


def coins_balance(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, asset/transfer/query-account-coins-balance."""
    kind = call.params.choice("accountType", ACCOUNT_TYPES)
    wanted = call.params.words("coin")
    rows = [_balance_row(call, each, kind) for each in call.account.coins.values() if not wanted or each.coin in wanted]
    return {"memberId": str(call.account.uid), "accountType": kind, "balance": rows}


def _balance_row(call: Call, purse: Purse, kind: str) -> dict[str, str]:
    held = purse.fund if kind == "FUND" else purse.wallet
    free = purse.fund if kind == "FUND" else transferable_amount(call, purse.coin)
    return {"coin": purse.coin, "walletBalance": plain(held), "transferBalance": plain(free), "bonus": "0"}


def _transfer_row(transfer: Transfer) -> dict[str, str]:
    return {
        "transferId": transfer.transfer_id,
        "coin": transfer.coin,
        "amount": plain(transfer.amount),
        "fromAccountType": transfer.source,
        "toAccountType": transfer.target,
        "timestamp": str(transfer.time_ms),
        "status": "SUCCESS",
    }


def coin_info(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, asset/coin/query-info: the coins there are; none of them can leave the exchange."""
    wanted = call.params.text("coin")
    rules = [market.instrument for market in call.state.markets.values()]
    coins = sorted({coin for each in rules for coin in (each.base_coin, each.quote_coin)} | set(call.account.coins))
    return {"rows": [_coin_row(coin) for coin in coins if wanted in {"", coin}]}


def _coin_row(coin: str) -> dict[str, Any]:
    chain = {
        "chain": coin,
        "chainType": coin,
        "confirmation": "1",
        "withdrawFee": "0",
        "depositMin": "0",
        "withdrawMin": "0",
        "minAccuracy": str(DECIMALS_MAX),
        "chainDeposit": "0",
        "chainWithdraw": "0",
        "withdrawPercentageFee": "0",
        "contractAddress": "",
        "safeConfirmNumber": "1",
    }
    return {"name": coin, "coin": coin, "remainAmount": "0", "chains": [chain]}
