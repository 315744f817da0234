"""Who the key belongs to (Bybit V5 docs, user/*)."""

import msgspec

from bot.bybit.client.area import Area
from bot.bybit.client.values import Row


class KeyInformation(Row, frozen=True):
    """The API key that asks: ``read_only`` 1 if it may not trade; permissions by group; its end as ISO text."""

    read_only: int
    permissions: dict[str, tuple[str, ...]]
    user_id: int = msgspec.field(name="userID")
    note: str = ""
    ips: tuple[str, ...] = ()
    expired_at: str = ""
    uta: int = 0
    is_master: bool = False
    vip_level: str = ""


class Users(Area):
    """The key and its owner."""

    def get_api_key_information(self) -> KeyInformation:
        """Rights, addresses and end of the API key in use."""
        return self._ask("get_api_key_information", KeyInformation)
