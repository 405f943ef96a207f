"""Runs: many ids, each with its version, as a short text. `3@2,7-90@1` is 3 at version 2, and 7 to 90 at version 1."""

from collections.abc import Iterable, Iterator

MAX_RUN = 1_000
"""The most ids of one text."""


def encode(versions: Iterable[tuple[int, int]]) -> str:
    """The text of ids, which ascend, and their versions."""
    found: list[str] = []
    first, last, of_run = 0, 0, -1
    for identity, version in (*versions, (0, 0)):
        if identity == last + 1 and version == of_run:
            last = identity
            continue
        if last:
            found.append(f"{first}@{of_run}" if first == last else f"{first}-{last}@{of_run}")
        first, last, of_run = identity, identity, version
    return ",".join(found)


def decode(text: str) -> Iterator[tuple[int, int]]:
    """The ids in a text, ascending, with their versions."""
    for run in text.split(","):
        ids, _, version = run.partition("@")
        first, _, last = ids.partition("-")
        for identity in range(int(first), int(last or first) + 1):
            yield identity, int(version)


def may_have(text: str, identity: int) -> bool:
    """Whether an id is between the first and the last id of a text."""
    first, last = text.partition("@")[0], text.rpartition(",")[2].partition("@")[0]
    return int(first.partition("-")[0]) <= identity <= int(last.rpartition("-")[2])
