"""Categories: a tree whose siblings have different names; slugs are made from the names."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import bindparam, case, delete, false, func, insert, literal_column, null, select, update

from app.domain import addresses, etags, models
from app.domain.callers import Scope
from app.domain.catalogue.product_places import link
from app.domain.changes import log
from app.domain.changes.log import Type
from app.domain.errors import Code, Conflict, FieldError, Invalid, Violation
from app.domain.pagination.keyset import Listing, Source, Values, since
from app.domain.sql.conditions import each, like_all, one_of
from app.domain.sql.tables import bind, new_values, table_of
from app.domain.unicode import identity, text
from app.domain.unit_of_work import Engine, Row, Statement, Unit, first
from app.domain.validation import Reader, whole

category = table_of(models.Category)
c = category.c

MEMBERS = ("id", "name", "slug", "parentId")
WRITABLE = frozenset({"name", "parentId"})
_READ_ONLY = frozenset(MEMBERS) - WRITABLE
_TREE = "category tree"
PLACES = link.join(category, c.id == link.c.category_id + literal_column("0"))
"""The places of products with their categories. Without the sum, a PostgreSQL that knows nothing of new tables reads
all categories in their order and looks for the product in each: 12,500 buffers for 20 products, instead of 210."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of categories: words of their name, those under `parent` (0: the roots), those of a `product`.

    Times are microseconds since 1970.
    """

    words: tuple[str, ...] | None = None
    parent: int | None = None
    product: int | None = None
    created_since: int | None = None
    updated_since: int | None = None
    scope: ClassVar[Scope | None] = None

    def values(self, engine: Engine) -> dict[str, Any]:  # noqa: ARG002 - as `paging.Filter` has it
        """The conditions with their values."""
        parameters: dict[str, Any] = {}
        if self.words is not None and not self.words:
            parameters["nothing"] = True
        elif self.words:
            parameters["words"] = [f"% {word}%" for word in self.words]
        if self.parent is not None:
            parameters["roots" if self.parent == 0 else "parent"] = self.parent
        if self.product is not None:
            parameters["product"] = self.product
        times = {name: getattr(self, name) for name in ("created_since", "updated_since")}
        return parameters | {name: time for name, time in times.items() if time is not None}


class Draft(NamedTuple):
    """The new state of a category."""

    name: str
    parent_id: int | None = None


Edit = Mapping[str, Any]
"""Some fields of a `Draft` by name."""


_SINCE = since(c.created_at, "created_since") | since(c.updated_at, "updated_since")


def _source(key: str, conditions: tuple[str, ...], values: Values, bare: bool) -> Source:
    rows, identity = select().select_from(category), c.id
    if "product" in conditions:
        alone = bare and conditions == ("product",)
        rows = select().select_from(link if alone else PLACES)
        rows = rows.where(link.c.product_id == values("product", link.c.product_id))
        identity = link.c.category_id
    for name in conditions:
        if name == "parent":
            rows = rows.where(c.parent_id == values(name, c.parent_id))
        elif name == "roots":
            rows = rows.where(c.parent_id.is_(None))
        elif name == "words":
            rows = rows.where(like_all(c.words, values(name)))
        elif name == "nothing":
            rows = rows.where(false())
        elif name in _SINCE:
            rows = rows.where(_SINCE[name](values))
    return Source(rows, identity if key == "id" else c.name_key, identity)


LISTING = Listing(
    name="categories",
    table=category,
    id=c.id,
    keys={"id": c.id, "name": c.name_key},
    columns={"id": c.id, "name": c.name, "slug": c.slug, "parentId": c.parent_id, "version": c.version},
    source=_source,
    unindexed=frozenset({"words"}),
)


def parse(members: Mapping[str, object], *, patch: bool = False) -> Edit:
    """The edit of a body; raises `Invalid` with every error."""
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


_ID = bind(c.id)
_GET = Statement(select(c.id, c.name, c.slug, c.parent_id, c.version).where(c.id == _ID))
_SIBLING = Statement(
    select(c.id).where(
        func.coalesce(c.parent_id, literal_column("0")) == bind(c.id, "parent"),
        c.identity_key == bindparam("identity_key"),
    )
)
_SLUGS = Statement(select(c.slug).where((c.slug == bindparam("slug")) | c.slug.like(bindparam("pattern"))))
_CHILD = Statement(select(c.id).where(c.parent_id == _ID).limit(1))
_DELETE = Statement(delete(category).where(c.id == _ID).returning(c.id))
_NAMES = Statement(select(c.id, c.name).where(one_of(c.id, "ids")))
_COLUMNS = (c.parent_id, c.name, c.name_key, c.identity_key, c.words, c.slug)
_VALUES = new_values(_COLUMNS)
_NOW = bind(c.updated_at, "now")
_INSERT = Statement(insert(category).values(**_VALUES, version=1, created_at=_NOW, updated_at=_NOW).returning(c.id))
_EDITED = {"version": c.version + 1, "updated_at": case((c.updated_at < _NOW, _NOW), else_=c.updated_at)}
_UPDATE = Statement(
    update(category).where(c.id == _ID).values(**_VALUES, identity_twin=null(), **_EDITED).returning(c.id)
)
_PLACE = (func.coalesce(c.parent_id, literal_column("0")) == bind(c.id, "parent"),)
_TWIN = bind(c.name, "identity_key")
_PASS_ON = Statement(
    update(category)
    .where(c.id == select(func.min(c.id)).where(*_PLACE, c.identity_twin == _TWIN).scalar_subquery())
    .values(identity_key=c.identity_twin, identity_twin=null())
)


async def get(unit: Unit, category_id: int) -> Row:
    """One category as (id, name, slug, parent id, version); raises `NotFound`."""
    return await addresses.find(unit, "category", _GET, category_id)


async def create(unit: Unit, draft: Draft) -> int:
    """Create a category; returns its id."""
    await unit.lock(_TREE)
    await _check_place(unit, draft, None)
    made = log.NewChange(Type.CATEGORY_CREATED, version=1)
    stored = _stored(unit, draft) | {"new_slug": await _free_slug(unit, draft.name)}
    (row,) = await log.effect(unit, _INSERT, made, **stored)
    return int(row[0])


async def change(unit: Unit, category_id: int, edit: Edit, if_match: str | None, *, replace: bool = False) -> None:
    """Edit a category; with `replace`, omitted fields are reset to their defaults."""
    await unit.lock(_TREE)
    _, name, slug, parent_id, version = await get(unit, category_id)
    etags.require(if_match, etags.State(version, ""))
    draft = Draft(**edit) if replace else Draft(name, parent_id)._replace(**edit)
    if draft == (name, parent_id):
        return
    await _check_place(unit, draft, category_id)
    before = (name, slug, parent_id)
    if identity.slug(draft.name) != identity.slug(name):
        slug = await _free_slug(unit, draft.name)
    after = (draft.name, slug, draft.parent_id)
    members = [member for member, old, new in zip(MEMBERS[1:], before, after, strict=True) if old != new]
    edited = log.NewChange(Type.CATEGORY_UPDATED, category_id, version + 1, ",".join(members))
    await log.effect(unit, _UPDATE, edited, id=category_id, **_stored(unit, draft), new_slug=slug)
    await _pass_on(unit, name, parent_id)


async def remove(unit: Unit, category_id: int, if_match: str | None) -> None:
    """Delete a category without children; its products stay, unlinked."""
    await unit.lock(_TREE)
    row = await get(unit, category_id)
    etags.require(if_match, etags.State(row[4], ""))
    if await first(unit, _CHILD, id=category_id):
        raise Conflict("A category with children cannot be deleted.")
    try:
        await log.effect(unit, _DELETE, log.NewChange(Type.CATEGORY_DELETED, category_id, row[4]), id=category_id)
    except Violation:
        raise Conflict("A category with children cannot be deleted.") from None
    await _pass_on(unit, row[1], row[3])


_node = select(each(bindparam("ids")).table_valued("value", name="value").c.value.label("id")).cte(
    "node", recursive=True
)
_SUBTREE = Statement(select(_node.union(select(c.id).join_from(category, _node, c.parent_id == _node.c.id)).c.id))


async def subtree(unit: Unit, ids: Sequence[int]) -> list[int]:
    """Categories with all their descendants."""
    return sorted(row[0] for row in await unit.all(_SUBTREE, ids=list(ids)))


async def require_all(unit: Unit, ids: Sequence[int]) -> None:
    """Raise `Invalid` if a category does not exist."""
    require_known(ids, await names(unit, ids))


def require_known(ids: Sequence[int], known: Container[int]) -> None:
    """Raise `Invalid` if one of the ids is unknown."""
    unknown = ((n, i) for n, i in enumerate(ids) if i not in known)
    field_errors = [FieldError(("categoryIds", n), f"There is no category {i}.") for n, i in unknown]
    if field_errors:
        raise Invalid(field_errors)


async def names(unit: Unit, ids: Iterable[int]) -> dict[int, str]:
    """The names of categories by id; unknown ids are omitted."""
    possible = [i for i in ids if 0 < i <= models.MAX_ID]
    return {row[0]: row[1] for row in await unit.all(_NAMES, ids=possible)} if possible else {}


def _stored(unit: Unit, draft: Draft) -> dict[str, Any]:
    return {
        "now": unit.now(),
        "new_parent_id": draft.parent_id,
        "new_name": draft.name,
        "new_name_key": text.key(draft.name),
        "new_identity_key": identity.key(draft.name),
        "new_words": "".join(f" {word}" for word in text.words(draft.name)),
    }


async def _check_place(unit: Unit, draft: Draft, itself: int | None) -> None:
    """Raise unless the parent exists and is no descendant, and no sibling has the name."""
    above = draft.parent_id
    while above is not None:
        if above == itself:
            raise Conflict("A category cannot be below itself.", "parentId")
        row = await first(unit, _GET, id=above) if 0 < above <= models.MAX_ID else None
        if row is None:
            raise Invalid([FieldError(("parentId",), f"There is no category {above}.", Code.VALIDATION_FAILED)])
        above = row[3]
    siblings = await unit.all(_SIBLING, identity_key=identity.key(draft.name), parent=draft.parent_id or 0)
    if any(row[0] != itself for row in siblings):
        raise Conflict("A sibling already has this name.", "name")


async def _pass_on(unit: Unit, name: str, parent_id: int | None) -> None:
    """Give the key of an abandoned name to the oldest sibling without a key for it."""
    if not await unit.all(_SIBLING, identity_key=identity.key(name), parent=parent_id or 0):
        await unit.all(_PASS_ON, identity_key=identity.key(name), parent=parent_id or 0)


async def _free_slug(unit: Unit, name: str) -> str:
    slug = identity.slug(name) or "category"
    taken = {row[0] for row in await unit.all(_SLUGS, slug=slug, pattern=f"{slug}-%")}
    return slug if slug not in taken else next(s for n in range(2, len(taken) + 3) if (s := f"{slug}-{n}") not in taken)
