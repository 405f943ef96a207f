"""The usual order as one PostgreSQL statement: claim, prices, stock, order, lines and outcome, in one round trip.

It places the order or does nothing at all. It does nothing where the key was used or is in use, a product is missing,
not active, short or of another currency, or the total is too high; the several statements of `orders` then find out
why. Its guards are theirs: the advisory lock of the key, row locks in the order of ids, and the primary key of the
record.
"""

from collections.abc import Sequence

from sqlalchemy import text

from app.domain import money, request_context, visibility
from app.domain.idempotency import Claim, SingleStatement, Snapshot
from app.domain.unit_of_work import Row, Statement, Unit, first

PLACE = Statement(
    text(f"""
WITH known AS MATERIALIZED (
    SELECT FROM idempotency_record
    WHERE caller = CAST(:caller AS text) AND operation = CAST(:operation AS text) AND key = CAST(:key AS text)
), claim AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended(concat_ws(
            chr(31), CAST(:caller AS text), CAST(:operation AS text), CAST(:key AS text)), 0)) AS mine,
        set_config('application_name', CAST(:application AS text), true)
    WHERE NOT EXISTS (SELECT FROM known)
), item AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:quantities AS bigint[])) WITH ORDINALITY
        AS item (product_id, quantity, position)
), found AS MATERIALIZED (
    SELECT v.id, v.product_id, p.name, v.price, v.currency, v.stock, v.sku, v.options
    FROM product p JOIN product_variant v ON v.id = p.variant_id
    WHERE p.id = ANY (CAST(:ids AS bigint[])) AND {visibility.IS_ACTIVE} AND p.variant_count = 1
        AND (SELECT mine FROM claim)
), locked AS MATERIALIZED (
    SELECT id, product_id, price, currency, stock, sku, options FROM product_variant
    WHERE id = ANY (ARRAY(SELECT id FROM found WHERE stock IS NOT NULL))
    ORDER BY id FOR NO KEY UPDATE
), sold AS MATERIALIZED (
    SELECT * FROM found WHERE stock IS NULL
    UNION ALL
    SELECT id, locked.product_id, name, locked.price, locked.currency, locked.stock, locked.sku, locked.options
    FROM locked JOIN found USING (id)
), line AS MATERIALIZED (
    SELECT position - 1 AS position, product_id, name, quantity, price,
        CASE WHEN stock IS NULL THEN 0 ELSE quantity END AS taken, id AS variant_id, sku, options,
        currency, price * quantity AS total, stock IS NULL OR stock >= quantity AS enough
    FROM sold JOIN item USING (product_id)
), placed AS MATERIALIZED (
    SELECT min(currency) AS currency, sum(total) AS total,
        CAST(json_agg(json_build_array(product_id, name, quantity, price, taken, variant_id, sku, options)
            ORDER BY position) AS text) AS lines,
        string_agg(CAST(product_id AS text), ',' ORDER BY product_id) FILTER (WHERE taken > 0) AS moved
    FROM line
    HAVING count(*) = cardinality(CAST(:ids AS bigint[])) AND bool_and(enough) AND min(currency) = max(currency)
        AND sum(total) <= CAST(:most AS bigint)
), taken AS (
    UPDATE product_variant SET stock = stock - line.taken FROM line, placed
    WHERE id = line.variant_id AND line.taken > 0
), made AS (
    INSERT INTO purchase (caller, status, reference, currency, total, created_at)
    SELECT CAST(:caller AS text), 'placed', CAST(:reference AS text), currency, total, CAST(:now AS bigint) FROM placed
    RETURNING id, currency, total
), written AS (
    INSERT INTO purchase_line
        (order_id, position, product_id, name, quantity, unit_price, taken, variant_id, sku, options)
    SELECT made.id, position, product_id, name, quantity, price, taken, variant_id, sku, options FROM made, line
), logged AS (
    INSERT INTO change (epoch, type, subject_id, moved, members, at, caller, request_id)
    SELECT change_epoch(), 'order.placed', made.id, moved, '',
        CAST(:now AS bigint), CAST(:caller AS text), CAST(:request_id AS text)
    FROM made, placed
), stored AS (
    INSERT INTO idempotency_record (caller, operation, key, fingerprint, expires_at, outcome)
    SELECT CAST(:caller AS text), CAST(:operation AS text), CAST(:key AS text), CAST(:fingerprint AS text),
        CAST(:expires_at AS bigint), CAST(json_build_object('done', json_build_object(
            'status', 'placed', 'reference', CAST(:reference AS text), 'currency', made.currency, 'total', made.total,
            'id', made.id, 'lines', lines, 'createdAt', CAST(:now AS bigint))) AS text)
    FROM made, placed
)
SELECT made.id, made.currency, made.total, lines FROM made, placed
""")  # noqa: S608 - a condition of ours
)


def placing(items: Sequence[tuple[int, int]], reference: str | None) -> SingleStatement | None:
    """The statement that places an order of (product, quantity); None if a product comes twice, with one stock."""
    ids, quantities = [item[0] for item in items], [item[1] for item in items]
    if len(set(ids)) < len(ids):
        return None

    async def place(unit: Unit, claim: Claim) -> Snapshot | None:
        values = {"ids": ids, "quantities": quantities, "reference": reference, "most": money.MAX_TOTAL}
        request_id, now = request_context.noted("request_id"), unit.now()
        values |= {"request_id": request_id, "application": f"tandem {request_id or ''}".strip()[:63], "now": now}
        row = await first(unit, PLACE, **claim._asdict(), **values)
        return None if row is None else _snapshot(row, reference, now)

    return place


def _snapshot(row: Row, reference: str | None, now: int) -> Snapshot:
    return {
        "status": "placed",
        "reference": reference,
        "currency": row[1],
        "total": row[2],
        "id": row[0],
        "lines": row[3],
        "createdAt": now,
    }
