"""What Bybit tells about an API key (user/query-api)."""

from datetime import UTC, datetime
from typing import Any

from bot.simulator.permissions import GROUPS
from bot.simulator.server.auth import Credential

DAY_MS = 86_400_000
NEVER_ENDS = -2  # deadlineDay of a key bound to addresses, which has no end


def key_fields(credential: Credential, wall_ms: int) -> dict[str, Any]:
    """The fields of the answer that belong to the key and not to its account. Never the secret."""
    ends_ms = credential.expires_at_ms
    return {
        "id": credential.api_key[:8],
        "note": credential.account,
        "apiKey": credential.api_key,
        "readOnly": int(credential.read_only),
        "secret": "",
        "permissions": {group: list(credential.permissions.get(group, ())) for group in GROUPS},
        "ips": list(credential.ips),
        "type": 1,
        "deadlineDay": NEVER_ENDS if ends_ms is None else max(-1, (ends_ms - wall_ms) // DAY_MS),
        "expiredAt": _iso(ends_ms or 0),
        "createdAt": _iso(credential.created_at_ms),
    }


def _iso(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
