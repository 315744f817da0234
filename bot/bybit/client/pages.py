"""All rows of an answer that comes in pages."""

from collections.abc import Callable, Iterator

from bot.bybit.client.errors import TransientError
from bot.bybit.client.values import Page

PAGES_AT_MOST = 1_000


def every_row[Item](method: str, ask: Callable[[str | None], Page[Item]]) -> Iterator[Item]:
    """The rows of all pages, asking as they are needed: ``every_row(name, lambda cursor: call(..., cursor=cursor))``.

    TransientError if a page comes twice, or if there is no end of them.
    """
    seen: set[str] = set()
    cursor: str | None = None
    for _ in range(PAGES_AT_MOST):
        page = ask(cursor)
        yield from page.rows
        cursor = page.next_page_cursor
        if not cursor:
            return
        if cursor in seen:
            raise TransientError(method, 0, "the same page came twice")
        seen.add(cursor)
    raise TransientError(method, 0, f"more than {PAGES_AT_MOST} pages")
