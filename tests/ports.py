"""TCP ports of the loopback, and the servers that listen there."""

import socket
from abc import ABC, abstractmethod
from typing import Self


class Stoppable(ABC):
    """A server that stops at the end of a `with` block."""

    @abstractmethod
    def stop(self) -> object:
        """Stop it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
