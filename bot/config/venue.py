"""Where orders go: the simulated exchange, paper trading on it, or one of Bybit's own environments."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bot.config.base import Section
from bot.domain.contract import Category

VenueKind = Literal["simulator", "paper", "demo", "testnet", "mainnet"]


class VenueConfig(Section):
    """Which exchange the bot trades on."""

    kind: Annotated[
        VenueKind,
        Field(
            description="simulator: the exchange that ships with the bot, offline, no keys. paper: the same "
            "exchange with the live market of Bybit's mainnet, simulated money, no keys. demo: Bybit's demo trading. "
            "testnet: Bybit's test network. mainnet: real money. The last three need BYBIT_API_KEY and "
            "BYBIT_API_SECRET in the environment or in .env."
        ),
    ] = "simulator"
    category: Annotated[
        Category,
        Field(
            description="What is traded: linear contracts (BTCUSDT), or inverse ones (BTCUSD), whose money is the base "
            "coin. One run trades one category, and contracts that settle in one coin."
        ),
    ] = "linear"
    i_understand_this_trades_real_money: Annotated[
        bool, Field(description="Must be true before the bot trades on mainnet; without meaning elsewhere.")
    ] = False

    @property
    def needs_keys(self) -> bool:
        return self.kind not in {"simulator", "paper"}

    @model_validator(mode="after")
    def _real_money_is_confirmed(self) -> Self:
        if self.kind == "mainnet" and not self.i_understand_this_trades_real_money:
            raise PydanticCustomError(
                "mainnet_not_confirmed",
                "must be true to trade on mainnet, where orders cost real money",
                {"key": "i_understand_this_trades_real_money"},
            )
        return self
