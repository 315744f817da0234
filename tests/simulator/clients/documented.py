"""Which fields an answer has, and which ones the documentation's examples have."""

import json
import re
from pathlib import Path
from typing import Any

PAYLOADS = Path(__file__).parents[4] / "shared" / "data" / "payloads" / "bybit_docs_v5_examples"
"""Examples of Bybit's documentation, one file per page; not part of the project and not needed for its tests."""

MAPS = frozenset({"cumFeeDetail", "availableWithdrawalMap"})
"""Objects whose names are data: coins."""

COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*')
TRAILING_COMMA = re.compile(r",(\s*[}\]])")
DOTS = re.compile(r'("(?:\\.|[^"\\])*")|,?\s*\.{3,}\s*,?')


def fields(value: Any, prefix: str = "") -> set[str]:
    """The paths of every field: `list[].coin[].equity`. Rows of a list are taken together; `a[2]` are rows of two."""
    found: set[str] = set()
    if isinstance(value, dict):
        for name, inner in value.items():
            path = f"{prefix}.{name}" if prefix else name
            found.add(path)
            if name not in MAPS:
                found |= fields(inner, path)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, list):
                found.add(f"{prefix}[{len(inner)}]")
            else:
                found |= fields(inner, f"{prefix}[]")
    return found


def spelled(text: str, prefix: str = "") -> set[str]:
    """Paths from a short form: `category list(symbol filter{min max}) a:2`; () holds rows, {} an object."""
    found: set[str] = set()
    stack = [prefix]
    last = ""
    for word in re.findall(r"[(){}]|[^\s(){}]+", text):
        if word == "(":
            stack.append(f"{last}[]")
        elif word == "{":
            stack.append(last)
        elif word in {")", "}"}:
            stack.pop()
        else:
            name, _, columns = word.partition(":")
            last = f"{stack[-1]}.{name}" if stack[-1] else name
            found |= {last, f"{last}[{columns}]"} if columns else {last}
    return found


def examples(page: str) -> list[Any]:
    """The JSON bodies of a page of the documentation, in its order; several may stand in one block."""
    bodies: list[Any] = []
    for section in json.loads((PAYLOADS / f"{page}.json").read_text("utf-8")):
        if section["lang"] != "json":
            continue
        bodies += [section["json"]] if "json" in section else _read_blocks(section["text"])
    return bodies


def _read_blocks(text: str) -> list[Any]:
    """Objects of a text with comments, dots and headings between them."""
    text = COMMENT.sub(lambda found: found[1] or "", text)
    text = DOTS.sub(lambda found: found[1] or ",", text)
    text = TRAILING_COMMA.sub(r"\1", re.sub(r"([\[{])\s*,", r"\1", text))
    decoder, bodies, at = json.JSONDecoder(), [], 0
    while (at := text.find("{", at)) >= 0:
        body, at = decoder.raw_decode(text, at)
        bodies.append(body)
    return bodies
