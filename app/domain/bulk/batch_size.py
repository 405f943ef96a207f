"""The size of a batch: the number of variants that its operations read and write."""

from sqlalchemy import select

from app.domain import addresses
from app.domain.addresses import OwnKey
from app.domain.bulk.batches import Batch
from app.domain.catalogue.product_rows import p
from app.domain.catalogue.variant_rows import v
from app.domain.sql.conditions import one_of
from app.domain.unicode import identity
from app.domain.unit_of_work import Statement, Unit

_OF_IDS = Statement(select(p.id, p.variant_count).where(one_of(p.id, "ids")))
_OF_SKUS = Statement(select(v.sku_key, p.variant_count).where(one_of(v.sku_key, "keys"), p.id == v.product_id))


async def variants(unit: Unit, batch: Batch) -> int:
    """The stored or sent variants of the products of a batch, counted each time that a product is named."""
    operations = [one for one in batch.operations if not one.faults]
    ids = {one.address for one in operations if isinstance(one.address, int) and addresses.values(one.address)}
    keys = {identity.key(one.address.value) for one in operations if isinstance(one.address, OwnKey)}
    counts: dict[object, int] = {}
    if ids:
        counts |= {row[0]: row[1] for row in await unit.all(_OF_IDS, ids=sorted(ids))}
    if keys:
        counts |= {row[0]: row[1] for row in await unit.all(_OF_SKUS, keys=sorted(keys))}
    found = 0
    for one in operations:
        address = identity.key(one.address.value) if isinstance(one.address, OwnKey) else one.address
        found += max(counts.get(address, 1), len(one.edit.get("variants") or ()))
    return found
