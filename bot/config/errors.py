"""Everything that is wrong with a configuration, said at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import override

from bot.domain.errors import UserError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: where it was set, under which key, to what, and what is wrong with it."""

    path: str
    """Dotted key path (`risk.leverage`, `symbols[1].interval`), or "" if the source as a whole is wrong."""
    value: str | None
    """The value as shown to the user, with secrets masked; None where there is no value to show."""
    message: str
    """What is wrong, and what would be right."""
    source: str
    """The file, the environment variable or the option that set it."""

    @override
    def __str__(self) -> str:
        subject = self.path if self.value is None else f"{self.path} = {self.value}"
        return ": ".join(part for part in (self.source, subject, self.message) if part)


class ConfigError(UserError):
    """The configuration cannot be used; `problems` holds every reason, the text one line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems]
        if len(lines) > 1:
            lines = [f"The configuration has {len(lines)} problems:", *(f"  {line}" for line in lines)]
        super().__init__("\n".join(lines))
