"""What a key may do."""

from typing import Any

from bot.simulator.permissions import GROUPS, TRADING
from bot.simulator.routes.call import Call


def query_api(call: Call) -> dict[str, Any]:
    """Bybit V5 docs, user/query-api: a key that trades derivatives and cannot withdraw."""
    return {
        "id": "1",
        "note": "simulator",
        "apiKey": "",
        "readOnly": 0,
        "secret": "",
        "permissions": {group: list(TRADING.get(group, ())) for group in GROUPS},
        "ips": ["*"],
        "type": 1,
        "deadlineDay": -2,
        "expiredAt": "1970-01-01T00:00:00Z",
        "createdAt": "1970-01-01T00:00:00Z",
        "unified": 0,
        "uta": 1,
        "userID": call.account.uid,
        "inviterID": 0,
        "vipLevel": "No VIP",
        "mktMakerLevel": "0",
        "affiliateID": 0,
        "rsaPublicKey": "",
        "isMaster": True,
        "parentUid": "0",
        "kycLevel": "LEVEL_DEFAULT",
        "kycRegion": "",
        "userIDInt64": str(call.account.uid),
        "inviterIDInt64": "0",
        "affiliateIDInt64": "0",
    }
