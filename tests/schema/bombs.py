"""Documents that are small and stand for much, or are large and stand for little; and how much work is counted."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

_SHOWN = "products { edges { node { name } } }"


def nested(levels: int) -> str:
    """A document that nests."""
    return "{ categories { edges { node { " + "parent { " * levels + "id" + " }" * levels + " } } } }"


def fragments(count: int) -> str:
    """Fragments that each spread the next one twice: written out, 2 ** count fields."""
    spreads = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(count))
    return f"{{ ...f0 }} {spreads} fragment f{count} on Query {{ {_SHOWN} }}"


BOMBS = {
    "400 fragments": fragments(400),
    "60 fragments": fragments(60),
    "a circle": f"{{ ...a }} fragment a on Query {{ {_SHOWN} ...b }} fragment b on Query {{ ...a }}",
    "10,000 aliases": f"{{ {' '.join(f'a{n}: {_SHOWN}' for n in range(10_000))} }}",
    "100 aliases": f"{{ {' '.join(f'a{n}: {_SHOWN}' for n in range(100))} }}",
    "80 repeats": f"{{ {' '.join(['products { totalCount }'] * 80)} }}",
    "depth 500": nested(496),
    "depth 30": nested(30),
    "a value 400 deep": f"{{ product(id: {'[' * 400}1{']' * 400}) {{ id }} }}",
    "a document of 0.9 MB": f"{{ {'products { totalCount } ' * 37_000}}}",
    "a document of 1 MB": f"{{ {'products { totalCount } ' * 43_000}}}",
    "a comment of 1 MB": f"{{ __typename }} #{'x' * 1_000_000}",
    "a string of 1 MB": f'{{ product(id: "{"x" * 1_000_000}") {{ id }} }}',
    "1,000 operations": " ".join(f"query Q{n} {{ {_SHOWN} }}" for n in range(1000)),
    "1,000 variables": f"query ({', '.join(f'$v{n}: Int' for n in range(1000))}) {{ {_SHOWN} }}",
    "the schema 20 times": f"{{ {' '.join(f'a{n}: __schema {{ types {{ name }} }}' for n in range(20))} }}",
    "circles of the schema": (
        "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
    ),
}  # fmt: skip


def calls(work: Callable[[], object]) -> int:
    """How many functions are called by it, Python's and C's."""
    count = 0

    def watch(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


GROWING = {
    "fragments": fragments,
    "aliases": lambda count: f"{{ {' '.join(f'a{n}: {_SHOWN}' for n in range(count))} }}",
    "depth": lambda count: nested(count // 5),
    "repeats": lambda count: f"{{ {'products { totalCount } ' * count} }}",
}  # fmt: skip
