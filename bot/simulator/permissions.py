"""What an API key may do, in the groups and words of Bybit's user/query-api."""

from collections.abc import Mapping
from typing import Final

type Permission = tuple[str, str]  # group and word: ("ContractTrade", "Order")
type Granted = Mapping[str, tuple[str, ...]]

ORDER: Final[Permission] = ("ContractTrade", "Order")
POSITION: Final[Permission] = ("ContractTrade", "Position")
SPOT: Final[Permission] = ("Spot", "SpotTrade")
TRANSFER: Final[Permission] = ("Wallet", "AccountTransfer")

GROUPS: Final = (
    "ContractTrade",
    "Spot",
    "Wallet",
    "Options",
    "Derivatives",
    "CopyTrading",
    "BlockTrade",
    "Exchange",
    "NFT",
    "Affiliate",
    "Earn",
    "FiatP2P",
    "FiatConvertBroker",
    "FiatGlobalPay",
    "FiatBitPay",
    "BitCard",
    "ByXPost",
)
TRADING: Final[Granted] = {
    "ContractTrade": ("Order", "Position"),
    "Spot": ("SpotTrade",),
    "Wallet": ("AccountTransfer",),
    "Derivatives": ("DerivativesTrade",),
}
"""What a key may do if nothing else is said: trade everything there is, move funds inside, never withdraw."""


def needed(permission: Permission, category: object) -> Permission:
    """The permission of an endpoint for the category that a request names: spot orders have a group of their own."""
    return SPOT if permission == ORDER and category == "spot" else permission
