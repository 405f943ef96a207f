"""Categories: a tree whose siblings have different names; slugs are made from the names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Table, bindparam, delete, func, insert, literal_column, select, update

from app.domain import etags, models, paging, text
from app.domain.errors import Code, Conflict, Fault, Invalid, NotFound, Violation
from app.domain.paging import Listing, Source
from app.domain.product_rows import link
from app.domain.reading import Reader, whole
from app.domain.sql import like_all, one_of
from app.domain.unit import Engine, Row, Statement, Unit, first

category = cast(Table, models.Category.__table__)  # type: ignore[attr-defined] # SQLModel makes it
c = category.c

MEMBERS = ("id", "name", "slug", "parentId")
WRITABLE = frozenset({"name", "parentId"})
_READ_ONLY = frozenset(MEMBERS) - WRITABLE
_TREE = "category tree"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which categories: words of their name, those under `parent` (0: the roots), those of a `product`."""

    words: tuple[str, ...] | None = None
    parent: int | None = None
    product: int | None = None

    def values(self, engine: Engine) -> dict[str, Any]:  # noqa: ARG002 - as `paging.Filter` has it
        """The conditions that apply, with their values."""
        given: dict[str, Any] = {}
        if self.words:
            given["words"] = [f"% {word}%" for word in self.words]
        if self.parent is not None:
            given["roots" if self.parent == 0 else "parent"] = self.parent
        if self.product is not None:
            given["product"] = self.product
        return given


class Draft(NamedTuple):
    """A category as it is to be."""

    name: str
    parent_id: int | None = None


Edit = Mapping[str, Any]
"""Some fields of a `Draft`, by name."""


def _source(key: str, conditions: tuple[str, ...], parent: ColumnElement[int] | None, bare: bool) -> Source:
    rows, identity = select().select_from(category), c.id
    if parent is not None or "product" in conditions:
        rows = select().select_from(link if bare else link.join(category, c.id == link.c.category_id))
        rows = rows.where(link.c.product_id == (bindparam("product") if parent is None else parent))
        identity = link.c.category_id
    for name in conditions:
        if name == "parent":
            rows = rows.where(c.parent_id == bindparam(name))
        elif name == "roots":
            rows = rows.where(c.parent_id.is_(None))
        elif name == "words":
            rows = rows.where(like_all(c.words, name))
    return Source(rows, identity if key == "id" else c.name_key, identity)


LISTING = Listing(
    name="categories",
    id=c.id,
    keys={"id": c.id, "name": c.name_key},
    columns={"id": c.id, "name": c.name, "slug": c.slug, "parentId": c.parent_id, "version": c.version},
    source=_source,
)


def read(members: Mapping[str, object], *, patch: bool = False) -> Edit:
    """The edit that the members of a body describe; raises `Invalid` with every fault."""
    reader = Reader(members)
    reader.only(WRITABLE, _READ_ONLY)
    edit: dict[str, Any] = {}
    if "name" in members:
        edit["name"] = reader.text("name", 1, models.MAX_NAME, trim=True)
    elif not patch:
        reader.require("name")
    if "parentId" in members:
        edit["parent_id"] = parent = members["parentId"] if members["parentId"] is None else whole(members["parentId"])
        if parent is None and members["parentId"] is not None:
            reader.fault("parentId", "must be an id or null")
    reader.done()
    return edit


_ID = bindparam("id", type_=c.id.type)
_GET = Statement(select(c.id, c.name, c.slug, c.parent_id, c.version).where(c.id == _ID))
_SIBLING = Statement(
    select(c.id).where(
        func.coalesce(c.parent_id, literal_column("0")) == bindparam("parent", type_=c.id.type),
        c.name_key == bindparam("name_key"),
    )
)
_SLUGS = Statement(select(c.slug).where((c.slug == bindparam("slug")) | c.slug.like(bindparam("pattern"))))
_CHILD = Statement(select(c.id).where(c.parent_id == _ID).limit(1))
_DELETE = Statement(delete(category).where(c.id == _ID).returning(c.id))
_KNOWN = Statement(select(c.id).where(one_of(c.id, "ids")))
_COLUMNS = (c.parent_id, c.name, c.name_key, c.words, c.slug)
_VALUES = {column.name: bindparam(f"new_{column.name}", type_=column.type) for column in _COLUMNS}
_INSERT = Statement(insert(category).values(**_VALUES, version=1).returning(c.id))
_UPDATE = Statement(update(category).where(c.id == _ID).values(**_VALUES, version=c.version + 1))


async def page(
    unit: Unit,
    narrowed: Filter,
    sort: paging.Sort,
    window: paging.Window,
    selection: tuple[str, ...],
    *,
    total: bool = False,
) -> paging.Page:
    """One page of categories."""
    return await paging.page(unit, LISTING, narrowed, sort, window, selection, total=total)


async def get(unit: Unit, category_id: int) -> Row:
    """One category as (id, name, slug, parent id, version); raises `NotFound`."""
    row = await first(unit, _GET, id=category_id) if 0 < category_id <= models.MAX_ID else None
    if row is None:
        raise NotFound("category")
    return row


async def by_ids(unit: Unit, ids: Sequence[int], selection: tuple[str, ...]) -> dict[int, Row]:
    """Categories by their ids, as the selected columns; ids that nothing bears are left out."""
    return {row[0]: row[1:] for row in await unit.all(paging.by_ids(LISTING, selection), ids=list(ids))}


async def create(unit: Unit, draft: Draft) -> int:
    """Make a category; its id."""
    await unit.lock(_TREE)
    await _check_place(unit, draft, None)
    row = await first(unit, _INSERT, **_stored(draft), new_slug=await _free_slug(unit, draft.name))
    assert row is not None  # noqa: S101 - an insert that returns gives one row
    return int(row[0])


async def change(unit: Unit, category_id: int, edit: Edit, if_match: str | None, *, replace: bool = False) -> None:
    """Edit a category; one that is to `replace` puts back to its default what it leaves out."""
    await unit.lock(_TREE)
    _, name, slug, parent_id, version = await get(unit, category_id)
    etags.require(if_match, etags.State(version, ""))
    draft = Draft(**edit) if replace else Draft(name, parent_id)._replace(**edit)
    await _check_place(unit, draft, category_id)
    if text.words(draft.name) != text.words(name):
        slug = await _free_slug(unit, draft.name)
    await unit.all(_UPDATE, id=category_id, **_stored(draft), new_slug=slug)


async def remove(unit: Unit, category_id: int, if_match: str | None) -> None:
    """Delete a category without children; its products stay, unlinked."""
    await unit.lock(_TREE)
    row = await get(unit, category_id)
    etags.require(if_match, etags.State(row[4], ""))
    if await first(unit, _CHILD, id=category_id):
        raise Conflict("A category that has children cannot be deleted.")
    try:
        await unit.all(_DELETE, id=category_id)
    except Violation:
        raise Conflict("A category that has children cannot be deleted.") from None


async def require_all(unit: Unit, ids: Sequence[int], member: str = "categoryIds") -> None:
    """Raise `Invalid` where one of the ids is no category's."""
    possible = [i for i in ids if 0 < i <= models.MAX_ID]
    known = {row[0] for row in await unit.all(_KNOWN, ids=possible)} if possible else set()
    faults = [Fault((member, n), f"There is no category {i}.") for n, i in enumerate(ids) if i not in known]
    if faults:
        raise Invalid(faults)


def _stored(draft: Draft) -> dict[str, Any]:
    return {
        "new_parent_id": draft.parent_id,
        "new_name": draft.name,
        "new_name_key": text.key(draft.name),
        "new_words": "".join(f" {word}" for word in text.words(draft.name)),
    }


async def _check_place(unit: Unit, draft: Draft, itself: int | None) -> None:
    """The parent exists and is no descendant, and no sibling bears the name."""
    above = draft.parent_id
    while above is not None:
        if above == itself:
            raise Conflict("A category cannot stand under itself.", "parentId")
        row = await first(unit, _GET, id=above) if 0 < above <= models.MAX_ID else None
        if row is None:
            raise Invalid([Fault(("parentId",), f"There is no category {above}.", Code.VALIDATION_FAILED)])
        above = row[3]
    siblings = await unit.all(_SIBLING, name_key=text.key(draft.name), parent=draft.parent_id or 0)
    if any(row[0] != itself for row in siblings):
        raise Conflict("A sibling has this name already.", "name")


async def _free_slug(unit: Unit, name: str) -> str:
    slug = "-".join(text.words(name)) or "category"
    taken = {row[0] for row in await unit.all(_SLUGS, slug=slug, pattern=f"{slug}-%")}
    return slug if slug not in taken else next(s for n in range(2, len(taken) + 3) if (s := f"{slug}-{n}") not in taken)
