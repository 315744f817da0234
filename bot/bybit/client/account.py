"""The unified account (Bybit V5 docs, account/*). Totals in USD, coins in themselves."""

from decimal import Decimal
from typing import Any

import msgspec

from bot.bybit.client.area import Area, changes_account
from bot.bybit.client.values import AccountType, Category, MarginMode, Page, Row


class CoinBalance(Row, frozen=True):
    """One coin of the wallet."""

    coin: str
    wallet_balance: Decimal | None = None
    equity: Decimal | None = None
    usd_value: Decimal | None = None
    unrealised_pnl: Decimal | None = None
    cum_realised_pnl: Decimal | None = None
    borrow_amount: Decimal | None = None
    locked: Decimal | None = None
    total_order_im: Decimal | None = msgspec.field(name="totalOrderIM", default=None)
    total_position_im: Decimal | None = msgspec.field(name="totalPositionIM", default=None)
    total_position_mm: Decimal | None = msgspec.field(name="totalPositionMM", default=None)


class Wallet(Row, frozen=True):
    """The account. Rates are fractions of the margin balance; totals mean nothing with isolated margin."""

    account_type: str
    coin: tuple[CoinBalance, ...]
    account_im_rate: Decimal | None = msgspec.field(name="accountIMRate", default=None)
    account_mm_rate: Decimal | None = msgspec.field(name="accountMMRate", default=None)
    total_equity: Decimal | None = None
    total_wallet_balance: Decimal | None = None
    total_margin_balance: Decimal | None = None
    total_available_balance: Decimal | None = None
    total_perp_upl: Decimal | None = msgspec.field(name="totalPerpUPL", default=None)
    total_initial_margin: Decimal | None = None
    total_maintenance_margin: Decimal | None = None


class AccountInfo(Row, frozen=True):
    """How the account is set up. ``unified_margin_status`` 5 and 6 are unified accounts of today."""

    unified_margin_status: int
    margin_mode: str
    is_master_trader: bool = False
    spot_hedging_status: str = ""
    updated_time_ms: int | None = None


class Collateral(Row, frozen=True):
    """A coin as collateral; ratios are fractions, rates per hour."""

    currency: str
    collateral_ratio: Decimal | None = None
    hourly_borrow_rate: Decimal | None = None
    borrow_amount: Decimal | None = None
    max_borrowing_amount: Decimal | None = None
    margin_collateral: bool = False
    collateral_switch: bool = False


class Borrowing(Row, frozen=True):
    """Interest of one hour."""

    currency: str
    created_time_ms: int
    borrow_cost: Decimal | None = None
    hourly_borrow_rate: Decimal | None = None
    borrow_amount: Decimal | None = None


class Transferable(Row, frozen=True):
    """What could be moved out of the account: of the first coin asked for, and of each."""

    available_withdrawal: Decimal
    available_withdrawal_map: dict[str, Decimal] = msgspec.field(default_factory=dict)


class LogEntry(Row, frozen=True):
    """One change of a balance: ``change`` is cash flow plus funding minus fee."""

    id: str
    type: str
    currency: str
    transaction_time_ms: int
    symbol: str = ""
    category: str = ""
    side: str = ""
    qty: Decimal | None = None
    size: Decimal | None = None
    trade_price: Decimal | None = None
    funding: Decimal | None = None
    fee: Decimal | None = None
    cash_flow: Decimal | None = None
    change: Decimal | None = None
    cash_balance: Decimal | None = None
    order_id: str = ""
    order_link_id: str = ""
    trade_id: str = ""


class FeeRate(Row, frozen=True):
    """Fees as fractions of an order's value."""

    taker_fee_rate: Decimal
    maker_fee_rate: Decimal
    symbol: str = ""
    base_coin: str = ""


class Account(Area):
    """Wallet, settings and history of the account."""

    def get_wallet_balance(
        self, account_type: AccountType = AccountType.UNIFIED, coin: str | None = None
    ) -> Page[Wallet]:
        """The wallet, of one coin or several (``USDT,BTC``)."""
        return self._ask("get_wallet_balance", Page[Wallet], account_type=account_type, coin=coin)

    def get_account_info(self) -> AccountInfo:
        """How the account is set up."""
        return self._ask("get_account_info", AccountInfo)

    def get_collateral_info(self, currency: str | None = None) -> Page[Collateral]:
        """Coins as collateral."""
        return self._ask("get_collateral_info", Page[Collateral], currency=currency)

    def get_borrow_history(
        self,
        currency: str | None = None,
        start_time_ms: int | None = None,
        end_time_ms: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Borrowing]:
        """Interest that was paid, of at most thirty days. ``limit`` 1 to 50."""
        return self._ask(
            "get_borrow_history", Page[Borrowing], currency=currency, start_time_ms=start_time_ms,
            end_time_ms=end_time_ms, limit=limit, cursor=cursor,
        )  # fmt: skip

    def get_transferable_amount(self, coin_name: str) -> Transferable:
        """What could be moved out, of up to 20 coins (``USDT,BTC``)."""
        return self._ask("get_transferable_amount", Transferable, coin_name=coin_name)

    def get_transaction_log(
        self,
        account_type: AccountType = AccountType.UNIFIED,
        category: Category | None = None,
        currency: str | None = None,
        base_coin: str | None = None,
        type: str | None = None,  # noqa: A002 - Bybit's name
        start_time_ms: int | None = None,
        end_time_ms: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[LogEntry]:
        """Every change of a balance, newest first, of at most seven days. ``limit`` 1 to 50."""
        return self._ask(
            "get_transaction_log", Page[LogEntry], account_type=account_type, category=category, currency=currency,
            base_coin=base_coin, type=type, start_time_ms=start_time_ms, end_time_ms=end_time_ms, limit=limit,
            cursor=cursor,
        )  # fmt: skip

    def get_fee_rates(
        self, category: Category = Category.LINEAR, symbol: str | None = None, base_coin: str | None = None
    ) -> Page[FeeRate]:
        """Fees of one symbol or of all."""
        return self._ask("get_fee_rates", Page[FeeRate], category=category, symbol=symbol, base_coin=base_coin)

    @changes_account
    def set_margin_mode(self, set_margin_mode: MarginMode) -> bool:
        """Set the margin mode of the whole account."""
        return self._set("set_margin_mode", set_margin_mode=set_margin_mode)

    @changes_account
    def set_limit_price_action(self, category: Category, modify_enable: bool) -> bool:
        """Have limit orders beyond the price bounds moved to them (true) instead of refused."""
        return self._set("set_limit_price_action", category=category, modify_enable=modify_enable)

    def get_user_setting_config(self) -> dict[str, Any]:
        """What becomes of limit orders beyond the price bounds, as Bybit tells it: its booleans mean "refused"."""
        return self._ask("get_user_setting_config", dict[str, Any])
