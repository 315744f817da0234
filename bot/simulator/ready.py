"""The line a simulator prints when it is ready: where it is and how to get in."""

import msgspec


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses and keys of a running simulator, as in its JSON line on standard output."""

    rest: str
    ws: str
    control: str
    control_token: str
    api_key: str
    api_secret: str
    account: str

    def __repr__(self) -> str:
        """Addresses only: this value ends up in logs."""
        return f"Endpoints(rest={self.rest!r}, ws={self.ws!r}, control={self.control!r})"


def endpoints_to_line(endpoints: Endpoints) -> str:
    return msgspec.json.encode(endpoints).decode()


def endpoints_from_line(line: bytes) -> Endpoints:
    """Read the line again; raises msgspec.MsgspecError if it is something else."""
    return msgspec.json.decode(line, type=Endpoints)
