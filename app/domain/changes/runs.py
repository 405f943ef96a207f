"""Runs: many ids, each with its version, as a short text. `3@2,7-90@1` is 3 at version 2, and 7 to 90 at version 1."""

from collections.abc import Iterable, Iterator

MOST = 1_000
"""The most ids of one text."""


def encode(versions: Iterable[tuple[int, int]]) -> str:
    """The text of ids, which ascend, and their versions."""
    found: list[list[int]] = []
    for identity, version in versions:
        if found and found[-1][1:] == [identity - 1, version]:
            found[-1][1] = identity
        else:
            found.append([identity, identity, version])
    return ",".join(
        f"{first}@{version}" if first == last else f"{first}-{last}@{version}" for first, last, version in found
    )


def decode(text: str) -> Iterator[tuple[int, int]]:
    """The ids of a text, ascending, with their versions."""
    for run in text.split(","):
        ids, _, version = run.partition("@")
        first, _, last = ids.partition("-")
        for identity in range(int(first), int(last or first) + 1):
            yield identity, int(version)
