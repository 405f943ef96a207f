"""Products: the values that they are filtered and counted by."""

from collections.abc import Iterator

from sqlalchemy import Connection
from sqlalchemy import text as sql

from app.domain.catalogue import product_values
from app.domain.catalogue.product_values import Members
from app.migrations.refold import domain
from app.migrations.refold.rows import batches

_COLUMNS = "id, brand, tags, attributes"
_PLACE = sql(
    "UPDATE product_category SET facet_values = :packed, facet_values_at = updated_at"
    " WHERE product_id = :id AND updated_at = :at"
)


def fill(bind: Connection) -> Iterator[None]:
    """Store the values of all products, in place of those that an earlier run stored; pauses after each batch."""
    unit = domain.unit(bind)
    for rows in batches(bind, _COLUMNS, "product"):
        values = [one for row in rows for one in product_values.of_product(row[0], Members(*row[1:]))]
        domain.run(product_values.replace_all(unit, [row[0] for row in rows], values))
        yield


def place(bind: Connection) -> Iterator[None]:
    """Repeat the values of all products in their places, unless an edit changes these meanwhile; pauses after each
    batch.
    """
    for rows in batches(bind, f"{_COLUMNS}, updated_at", "product"):
        values = [(row[0], row[-1], product_values.of_product(row[0], Members(*row[1:-1]))) for row in rows]
        bind.execute(_PLACE, [{"id": one, "at": at, "packed": product_values.packed(of)} for one, at, of in values])
        yield
