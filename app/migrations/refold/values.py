"""Products: the values that they are filtered and counted by."""

from collections.abc import Iterator

from sqlalchemy import Connection

from app.domain.catalogue import product_values
from app.domain.catalogue.product_values import Members
from app.migrations.refold import domain
from app.migrations.refold.rows import batches


def fill(bind: Connection) -> Iterator[None]:
    """Store the values of all products, in place of those that an earlier run stored; pauses after each batch."""
    unit = domain.unit(bind)
    for rows in batches(bind, "id, brand, tags, attributes", "product"):
        domain.run(product_values.replace_all(unit, [(row[0], Members(*row[1:])) for row in rows]))
        yield
