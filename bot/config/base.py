"""What every section of the configuration has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen part of config.json that refuses keys it does not know and values of another type.

    Strict: "3" is no number and 1 is no boolean, so that a slip in the file is reported rather than guessed at.
    Money is the exception: see `bot.config.fields.Bounded`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True)
