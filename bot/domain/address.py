"""The roles that actors play, and the names they are known by."""

from enum import StrEnum

from bot.domain.values import Address, Symbol


class Role(StrEnum):
    """What an actor is. Actors of the first group exist once per symbol."""

    MARKET_DATA = "market_data"
    ANALYZER = "analyzer"
    POSITION_MANAGER = "position_manager"

    ACCOUNT = "account"
    UNIVERSE = "universe"
    RATE_LIMITER = "rate_limiter"
    EXCHANGE_WORKER = "exchange_worker"
    DATABASE = "database"
    ALERTING = "alerting"
    FEED = "feed"
    CLOCK = "clock"
    SUPERVISOR = "supervisor"
    DASHBOARD = "dashboard"


PER_SYMBOL_ROLES = (Role.MARKET_DATA, Role.ANALYZER, Role.POSITION_MANAGER)


def address_of(role: Role, member: Symbol | int | None = None) -> Address:
    """``account``, ``market_data/BTCUSDT`` or ``exchange_worker/2``."""
    return Address(role.value if member is None else f"{role.value}/{member}")
