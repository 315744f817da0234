"""The part of the account that sets what holds for all of it: the position mode and the margin mode."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from bot.core.contract import NOTHING
from bot.domain.messages import (
    BotHalted,
    MarginModeAnswered,
    Message,
    PositionModeAnswered,
    SwitchMarginMode,
    SwitchPositionMode,
)
from bot.domain.values import TimeMs

POSITION_MODE_IS_SET = frozenset({0, 110025})
MARGIN_MODE_IS_SET = frozenset({0, 110026})
"""Success, and "not modified" (Bybit V5 docs, position/switch-mode and account/set-margin-mode)."""

AS_BYBIT_SPELLS_IT = {"cross": "REGULAR_MARGIN", "isolated": "ISOLATED_MARGIN"}


class WantedModes(NamedTuple):
    """What the configuration asks for; None leaves a mode as it is.

    Of position modes only USDT contracts have two (Bybit V5 docs, position/switch-mode).
    """

    hedge: bool | None = False
    margin: Literal["cross", "isolated"] | None = None


AS_USUAL = WantedModes()


class AccountModes:
    """Asks until the exchange has confirmed; a refusal halts the bot: it would trade something else than it thinks."""

    def __init__(self, coin: str, wanted: WantedModes) -> None:
        self._wanted = wanted
        self._missing: list[Message] = []
        if wanted.hedge is not None:
            self._missing.append(SwitchPositionMode(coin, wanted.hedge))
        if wanted.margin is not None:
            self._missing.append(SwitchMarginMode(AS_BYBIT_SPELLS_IT[wanted.margin]))

    @property
    def are_set(self) -> bool:
        """Whether the exchange has confirmed everything."""
        return not self._missing

    def missing(self) -> Sequence[Message]:
        """What has to be asked for (again)."""
        return tuple(self._missing)

    def answered(self, answer: PositionModeAnswered | MarginModeAnswered, now_ms: TimeMs) -> Sequence[Message]:
        """Take over an answer."""
        kind: type[SwitchPositionMode | SwitchMarginMode]
        if isinstance(answer, PositionModeAnswered):
            kind, success = SwitchPositionMode, answer.code in POSITION_MODE_IS_SET
            what = "hedge mode" if self._wanted.hedge else "one-way mode"
        else:
            kind, success, what = SwitchMarginMode, answer.code in MARGIN_MODE_IS_SET, f"{self._wanted.margin} margin"
        if not success:
            return (BotHalted(now_ms, f"{what} could not be set: {answer.code} {answer.text}"),)
        self._missing = [each for each in self._missing if not isinstance(each, kind)]
        return NOTHING
