"""Pacing: a maximum rate for each key, with a burst."""

import asyncio


class Pace:
    """Lets each key take `rate` steps a second, and `burst` at once; further steps wait, in order."""

    def __init__(self, rate: int, burst: int) -> None:
        self._step, self._ahead = 1 / rate, burst / rate
        self._due: dict[str, float] = {}
        """When the steps that a key has taken would end at its rate, on the clock of the event loop."""

    def __len__(self) -> int:
        return len(self._due)

    async def wait(self, key: str) -> None:
        """Take a step; wait if the key has used its burst."""
        now = asyncio.get_running_loop().time()
        due = self._due[key] = max(now, self._due.get(key, now)) + self._step
        await asyncio.sleep(max(0.0, due - now - self._ahead))

    def forget(self) -> None:
        """Forget the keys that are not ahead."""
        now = asyncio.get_running_loop().time()
        self._due = {key: due for key, due in self._due.items() if due > now}
