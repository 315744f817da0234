"""Market maker protection of options (Bybit V5 docs, account/mmp-*); Bybit enables it on request only."""

from decimal import Decimal

from bot.bybit.client.area import Area, changes_account
from bot.bybit.client.values import Row


class MmpState(Row, frozen=True):
    """The protection of one coin: times in ms, ``mmp_frozen_until_ms`` 0 while nothing is frozen."""

    base_coin: str
    mmp_enabled: bool = False
    window: int = 0
    frozen_period: int = 0
    qty_limit: Decimal | None = None
    delta_limit: Decimal | None = None
    vega_limit: Decimal | None = None
    mmp_frozen_until_ms: int = 0
    mmp_frozen: bool = False


class _MmpStates(Row, frozen=True):
    result: tuple[MmpState, ...] = ()


class Mmp(Area):
    """How much may be filled in a while before quoting is frozen."""

    @changes_account
    def set_mmp(
        self, base_coin: str, window: str, frozen_period: str, qty_limit: Decimal, delta_limit: Decimal,
        vega_limit: Decimal | None = None,
    ) -> bool:  # fmt: skip
        """Freeze quoting for ``frozen_period`` ms if more than a limit is filled within ``window`` ms."""
        return self._set(
            "set_mmp", base_coin=base_coin, window=window, frozen_period=frozen_period, qty_limit=qty_limit,
            delta_limit=delta_limit, vega_limit=vega_limit,
        )  # fmt: skip

    @changes_account
    def reset_mmp(self, base_coin: str) -> bool:
        """End a freeze."""
        return self._set("reset_mmp", base_coin=base_coin)

    def get_mmp_state(self, base_coin: str) -> tuple[MmpState, ...]:
        """The protection of a coin."""
        return self._ask("get_mmp_state", _MmpStates, base_coin=base_coin).result
