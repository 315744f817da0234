"""What contradicts the kind of market that is traded."""

from collections.abc import Sequence
from typing import Literal

from pydantic_core import PydanticCustomError

from bot.config.fields import suggest_symbol
from bot.domain.contract import Category, is_inverse, settle_coin
from bot.domain.values import Symbol


def check_category(
    category: Category,
    universe: Literal["fixed", "rules"],
    position_mode: Literal["one_way", "hedge"],
    symbols: Sequence[Symbol],
) -> None:
    """PydanticCustomError, at the key that is wrong, for the first thing that a category does not allow."""
    if universe == "rules" and category != "linear":
        text = f'must be "fixed" with venue.category {category}: rules choose among USDT perpetuals only'
        raise _problem(text, "universe.kind")
    _check_symbols(symbols, category)
    if position_mode == "hedge" and symbols and settle_coin(symbols[0]) != "USDT":
        text = f'must be "one_way" with {symbols[0]}: only USDT contracts have hedge mode'
        raise _problem(text, "execution.position_mode")


def _check_symbols(symbols: Sequence[Symbol], category: Category) -> None:
    for index, symbol in enumerate(symbols):
        if is_inverse(symbol) != (category == "inverse"):
            raise _problem(_wrong_category(symbol, category), f"symbols.{index}")
    for index, symbol in enumerate(symbols):
        coin, first = settle_coin(symbol), settle_coin(symbols[0])
        if coin != first:
            text = f"settles in {coin}, {symbols[0]} in {first}: one run trades what settles in one coin"
            raise _problem(text, f"symbols.{index}")


def _wrong_category(symbol: Symbol, category: Category) -> str:
    if not is_inverse(symbol):
        return f"is no {category} contract: venue.category is {category}"
    close = suggest_symbol(f"{symbol}T")
    hint = f' (or did you mean "{close}"?)' if close is not None else ""
    return f'is an inverse contract: venue.category must be "inverse"{hint}'


def _problem(text: str, at: str) -> PydanticCustomError:
    return PydanticCustomError("category", "{text}", {"text": text, "at": at})
