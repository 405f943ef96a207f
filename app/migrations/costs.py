"""What each revision costs: seconds in all, and the tables that PostgreSQL locks meanwhile.

A test compares the tables with those that PostgreSQL names. Seconds are for a million products, ten times those that a
hundred thousand took on two busy cores. Revisions before 0007 were measured on empty tables alone.
"""

from typing import Literal, NamedTuple

Waiting = Literal["writes", "reads and writes"]


class Locked(NamedTuple):
    """A table that is locked: who waits for it, and for how many seconds at a time."""

    table: str
    waiting: Waiting
    seconds: float = 0


class Cost(NamedTuple):
    """What a revision costs; what is locked is locked by its longest transaction for so long."""

    seconds: float
    locked: tuple[Locked, ...] = ()


_ALL: Waiting = "reads and writes"
COSTS = {
    "0003": Cost(0, (Locked("product_category", _ALL),)),
    "0004": Cost(0, (Locked("product", _ALL),)),
    "0005": Cost(0, (Locked("category", "writes"), Locked("purchase", _ALL))),
    "0006": Cost(0, (Locked("blob", "writes"),)),
    "0007": Cost(8, (Locked("category", _ALL, 5), Locked("product", _ALL, 5))),
    "0008": Cost(610),
    "0009": Cost(3, (Locked("product", _ALL, 2),)),
    "0010": Cost(1470, (Locked("product", "writes", 3),)),
    "0011": Cost(
        4, (Locked("product", _ALL, 4), Locked("product_category", _ALL, 4), Locked("purchase_line", _ALL, 4))
    ),
    "0012": Cost(190, (Locked("product", _ALL),)),
    "0014": Cost(0, (Locked("blob", "writes"), Locked("product", "writes"))),
    "0015": Cost(220),
    "0016": Cost(3, (Locked("product_search", _ALL, 3),)),
    "0017": Cost(560),
    "0018": Cost(0, (Locked("product_image", _ALL),)),
    "0019": Cost(2, (Locked("product", _ALL, 2), Locked("product_category", _ALL, 2))),
    "0020": Cost(72, (Locked("product", _ALL, 8), Locked("product_category", _ALL, 8))),
    "0021": Cost(0, (Locked("product", "writes"),)),
    "0022": Cost(30),
    "0026": Cost(0, (Locked("product_variant", _ALL),)),
    "0027": Cost(0, (Locked("category", _ALL), Locked("purchase", _ALL))),
    "0028": Cost(8, (Locked("product_value", _ALL, 8),)),
    "0029": Cost(60, (Locked("product_category", _ALL),)),
}
"""Revisions that are not named take a moment, and lock nothing that others use."""
