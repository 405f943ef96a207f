"""Products: listing, reading, editing, and taking stock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, literal_column, select, update

from app.domain import blobs, categories, etags, models, paging, search
from app.domain.errors import Code, Conflict, NotFound, TandemError
from app.domain.paging import Listing, Source
from app.domain.product_rows import Change, Draft, insert_all, link, p, product, update_all
from app.domain.reading import Reader
from app.domain.sql import json_tuples, one_of, unindexed
from app.domain.unit import Engine, Row, Statement, Unit, first

WRITABLE = frozenset({"name", "price", "currency", "description", "sku", "stock", "categoryIds"})
READ_ONLY = frozenset({"id", "version", "createdAt", "updatedAt", "image", "categories"})


@dataclass(frozen=True, slots=True)
class Filter:
    """Which products: words that begin words of theirs, any of some categories, bounds of price in units, and so on."""

    words: tuple[str, ...] | None = None
    categories: tuple[int, ...] | None = None
    min_price: int | None = None
    max_price: int | None = None
    currency: str | None = None
    in_stock: bool | None = None
    sku: str | None = None

    def values(self, engine: Engine) -> dict[str, Any]:
        """The conditions that apply, with their values."""
        given: dict[str, Any] = {}
        if self.words:
            given["words"] = search.query(engine, self.words)
        if self.categories is not None:
            one = len(self.categories) == 1
            given["category" if one else "categories"] = self.categories[0] if one else list(self.categories)
        if self.in_stock is not None:
            given["in_stock" if self.in_stock else "sold_out"] = True
        for name in ("min_price", "max_price", "currency", "sku"):
            if (value := getattr(self, name)) is not None:
                given[name] = value
        return given


Edit = Mapping[str, Any]
"""Some fields of a `Draft`, by name; None puts a field back to its default."""


def _bind(name: str, column: ColumnElement[Any]) -> Any:
    return bindparam(name, type_=column.type)


def _bounds(price: ColumnElement[int]) -> dict[str, ColumnElement[bool]]:
    low, high = _bind("min_price", p.price), _bind("max_price", p.price)
    return {
        "min_price": price >= low,
        "max_price": price <= high,
        "passed_min_price": unindexed(price) >= low,
        "passed_max_price": unindexed(price) <= high,
    }


_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "words": search.matches(p.id, bindparam("words")),
    "categories": p.id.in_(select(link.c.product_id).where(one_of(link.c.category_id, "categories"))),
    **_bounds(p.price),
    "currency": p.currency == _bind("currency", p.currency),
    "in_stock": p.stock.is_(None) | (p.stock > 0),
    "sold_out": p.stock == 0,
    "sku": p.sku == _bind("sku", p.sku),
}


def _source(key: str, conditions: tuple[str, ...], parent: ColumnElement[int] | None, bare: bool) -> Source:
    """Products, or the places of one category: those carry all sort keys, so their indexes alone sort them."""
    others = [name for name in conditions if name != "category"]
    identity, keys, narrowing = p.id, LISTING.keys, [_CONDITIONS[name] for name in others]
    rows = select().select_from(product)
    if parent is not None or "category" in conditions:
        identity, keys = link.c.product_id, _LINK_KEYS
        narrowing = [_LINK_CONDITIONS.get(name, _CONDITIONS[name]) for name in others]
        alone = bare and _LINK_CONDITIONS.keys() >= set(others)
        rows = select().select_from(link if alone else link.join(product, p.id == link.c.product_id))
        rows = rows.where(link.c.category_id == (_bind("category", link.c.category_id) if parent is None else parent))
    return Source(rows.where(*narrowing), keys[key], identity)


def _categories_of_product() -> ColumnElement[str]:
    node = categories.category.c
    ordered = (
        select(node.id, node.name)
        .select_from(link.join(categories.category, node.id == link.c.category_id))
        .where(link.c.product_id == p.id)
        .order_by(node.id)
        .correlate(product)
        .subquery("ordered")
    )
    return select(json_tuples(ordered.c.id, ordered.c.name)).scalar_subquery()


_LINK_KEYS: dict[str, ColumnElement[Any]] = {
    "id": link.c.product_id,
    "name": link.c.name_key,
    "price": link.c.price,
    "createdAt": link.c.created_at,
    "updatedAt": link.c.updated_at,
}
_LINK_CONDITIONS = _bounds(link.c.price)

LISTING = Listing(
    name="products",
    id=p.id,
    keys={"id": p.id, "name": p.name_key, "price": p.price, "createdAt": p.created_at, "updatedAt": p.updated_at},
    columns={
        "id": p.id,
        "name": p.name,
        "price": p.price,
        "currency": p.currency,
        "description": p.description,
        "sku": p.sku,
        "stock": p.stock,
        "categories": _categories_of_product(),
        "image": p.image,
        "version": p.version,
        "createdAt": p.created_at,
        "updatedAt": p.updated_at,
    },
    source=_source,
    ranges={"price": ("min_price", "max_price")},
)


def read(
    members: Mapping[str, object], writable: frozenset[str] = WRITABLE, *, patch: bool = False, keeps: bool = False
) -> Edit:
    """The edit that the members of a body describe; raises `Invalid` with every fault.

    A patch may leave out what it likes and resets by null; where the edit `keeps` what the members cannot say, the
    decimals of a price without a currency wait for the product, since its currency decides.
    """
    reader = Reader(members)
    reader.only(writable, READ_ONLY | WRITABLE)
    if not patch:
        reader.require("name", "price")
    edit: dict[str, Any] = {}
    for name in (name for name in members if name in writable):
        field = "category_ids" if name == "categoryIds" else name
        if members[name] is not None:
            edit[field] = _READ[name](reader)
        elif name in _NULLABLE or (patch and name in _RESETTABLE):
            edit[field] = None
        else:
            reader.fault(name, "must not be null")
    currency = edit.get("currency") or (None if patch or keeps else "USD")
    if currency and edit.get("price"):
        reader.decimals("price", edit["price"], currency)
    reader.done()
    return edit


_NULLABLE = frozenset({"sku", "stock"})
_RESETTABLE = frozenset({"currency", "description", "categoryIds"})
_READ: dict[str, Callable[[Reader], Any]] = {
    "name": lambda reader: reader.text("name", 1, models.MAX_NAME, trim=True),
    "price": lambda reader: reader.price("price"),
    "currency": lambda reader: reader.currency("currency"),
    "description": lambda reader: reader.text("description", 0, models.MAX_DESCRIPTION),
    "sku": lambda reader: reader.text("sku", 1, models.MAX_SKU),
    "stock": lambda reader: reader.integer("stock", 0, models.MAX_STOCK),
    "categoryIds": lambda reader: reader.ids("categoryIds", models.MAX_CATEGORIES),
}


def read_delta(members: Mapping[str, object]) -> int:
    """The change of stock that a body describes; raises `Invalid`."""
    reader = Reader(members)
    reader.only(frozenset({"delta"}), frozenset())
    reader.require("delta")
    delta = reader.integer("delta", -models.MAX_STOCK, models.MAX_STOCK) if "delta" in members else 1
    if not delta and not reader.faults:
        reader.fault("delta", "must not be 0")
    reader.done()
    return delta


def apply(edit: Edit, to: Draft | None = None) -> Draft:
    """The draft that an edit makes, of nothing or of what is stored; raises `Invalid` where its result is none."""
    given = {name: value for name, value in edit.items() if value is not None}
    if "category_ids" in given:
        given["category_ids"] = tuple(sorted(set(given["category_ids"])))
    if to is None:
        draft = Draft(**given)
    else:
        draft = to._replace(**{name: Draft._field_defaults[name] for name in edit.keys() - given.keys()} | given)
    reader = Reader({})
    reader.decimals("price", draft.price, draft.currency)
    reader.done()
    return draft


_ID = _bind("id", p.id)
_LOCK = Statement(
    select(p.name, p.price, p.currency, p.description, p.sku, p.stock, p.version).where(p.id == _ID).with_for_update()
)
_LINKS = Statement(select(link.c.category_id).where(link.c.product_id == _ID).order_by(link.c.category_id))
_ADJUST = Statement(
    update(product)
    .where(
        p.id == _ID,
        (p.stock + _bind("delta", p.stock)).between(literal_column("0"), literal_column(str(models.MAX_STOCK))),
    )
    .values(stock=p.stock + _bind("delta", p.stock))
    .returning(p.stock)
)
_DELETE = Statement(delete(product).where(p.id == _ID).returning(p.image_sha256))


async def page(
    unit: Unit,
    narrowed: Filter,
    sort: paging.Sort,
    window: paging.Window,
    selection: tuple[str, ...],
    *,
    total: bool = False,
) -> paging.Page:
    """One page of products."""
    return await paging.page(unit, LISTING, narrowed, sort, window, selection, total=total)


async def get(unit: Unit, product_id: int, selection: tuple[str, ...]) -> Row:
    """One product as its selected columns, after its id; raises `NotFound`."""
    found = await by_ids(unit, [product_id], selection) if 0 < product_id <= models.MAX_ID else {}
    if product_id not in found:
        raise NotFound("product")
    return found[product_id]


async def by_ids(unit: Unit, ids: Sequence[int], selection: tuple[str, ...]) -> dict[int, Row]:
    """Products by their ids, each as (id, *selected columns); ids that nothing bears are left out."""
    return {row[0]: row for row in await unit.all(paging.by_ids(LISTING, selection), ids=list(ids))}


async def create(unit: Unit, edit: Edit) -> int:
    """Make a product; its id."""
    await categories.require_all(unit, edit.get("category_ids") or ())
    draft = apply(edit)
    return (await insert_all(unit, [draft]))[0]


async def change(
    unit: Unit, product_id: int, edit: Edit, if_match: str | None, *, kept: frozenset[str] | None = None
) -> None:
    """Edit a product. Where `kept` is given the edit replaces the product: all else that it leaves out is reset."""
    stored, version = await lock(unit, product_id)
    etags.require(if_match, etags.state(version, stored.stock), stock="stock" in edit)
    base = stored
    if kept is not None:
        base = stored._replace(**{k: v for k, v in Draft._field_defaults.items() if k not in kept})
    await categories.require_all(unit, edit.get("category_ids") or ())
    draft = apply(edit, base)
    await update_all(unit, [Change(product_id, stored, draft)])


async def remove(unit: Unit, product_id: int, if_match: str | None) -> None:
    """Delete a product."""
    stored, version = await lock(unit, product_id)
    etags.require(if_match, etags.state(version, stored.stock))
    await search.forget(unit, product_id)
    for row in await unit.all(_DELETE, id=product_id):
        await blobs.release(unit, *(name for name in row if name))


async def adjust_stock(unit: Unit, product_id: int, delta: int) -> None:
    """Add to a product's stock, or take from it; raises `out_of_stock` rather than go below zero."""
    if 0 < product_id <= models.MAX_ID and await first(unit, _ADJUST, id=product_id, delta=delta):
        return
    stored, _ = await lock(unit, product_id)
    if stored.stock is None:
        raise Conflict("The stock of this product is not counted; set it first.")
    if delta > 0:
        raise Conflict(f"The stock cannot exceed {models.MAX_STOCK}.")
    raise TandemError(Code.OUT_OF_STOCK, f"Only {stored.stock} are in stock.")


async def lock(unit: Unit, product_id: int) -> tuple[Draft, int]:
    """What is stored of a product, and its version; nobody else changes it until the transaction ends."""
    row = await first(unit, _LOCK, id=product_id) if 0 < product_id <= models.MAX_ID else None
    if row is None:
        raise NotFound("product")
    *fields, version = row
    links = tuple(link[0] for link in await unit.all(_LINKS, id=product_id))
    return Draft._make((*fields, links)), version
