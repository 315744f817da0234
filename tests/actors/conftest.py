"""Small bots that are taken down again."""

from collections.abc import Iterator

import pytest

from tests.actors.small_bot import SmallBot


@pytest.fixture
def small() -> Iterator[SmallBot]:
    bot = SmallBot()
    yield bot
    bot.close()
