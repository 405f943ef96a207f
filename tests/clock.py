"""A clock that tests move by hand."""


class Clock:
    """Microseconds since the epoch, standing still until `now` is set."""

    def __init__(self, now: int = 1_800_000_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        """The time."""
        return self.now
