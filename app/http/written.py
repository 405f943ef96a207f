"""What the server's `send` returns once it has written a message without a wait."""

from collections.abc import Generator


class Written:
    """An awaitable that is already done."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


WRITTEN = Written()
