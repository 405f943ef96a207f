"""Units of work that explain: how many buffers or steps a page's statement takes, and by which plan."""

import json
from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg as postgresql

from app.domain.catalogue import products
from app.domain.catalogue.products import Filter
from app.domain.pagination import cursors, paging
from app.domain.pagination.cursors import Place
from app.domain.pagination.paging import Sort, Window
from app.domain.unit_of_work import Engine, Row, Statement
from app.stores.database import sqlite_path
from app.stores.postgres.session import SETTINGS
from app.stores.prepared import prepare
from app.stores.sqlite.unit import connect

COLUMNS = tuple(products.LISTING.columns)


class Cost(NamedTuple):
    """What a statement read (PostgreSQL: buffers, SQLite: steps of its program), its plan, and its rows."""

    read: int
    plan: str
    rows: Sequence[Row]


class _Explained:
    """What both engines' units share: they keep the cost of the last statement."""

    def __init__(self) -> None:
        self.cost = Cost(0, "", ())

    def now(self) -> int:
        """No time at all."""
        return 0

    @asynccontextmanager
    async def savepoint(self) -> Any:
        """Nothing here is undone."""
        yield

    async def append(self, statement: Statement, /, **values: Any) -> None:
        """Nothing is written."""

    async def pause(self) -> None:
        """Nobody else is here."""

    async def lock(self, name: str) -> None:
        """Nobody else is here."""


class SqliteExplained(_Explained):
    """A unit on SQLite that counts the steps of each statement's program."""

    engine: Engine = "sqlite"

    def __init__(self, url: str) -> None:
        super().__init__()
        path = sqlite_path(url)
        assert path is not None
        self.connection = connect(path)

    async def all(self, statement: Statement, /, **values: Any) -> Sequence[Row]:
        """Every row of the statement, and what it cost."""
        prepared = prepare(statement, "sqlite", sqlite.dialect())
        given = prepared.defaults | values
        bound = [json.dumps(v) if isinstance(v, list) else v for v in map(given.__getitem__, prepared.names)]
        plan = _steps(self.connection.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", bound).fetchall())
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        self.connection.set_progress_handler(step, 1)
        rows = self.connection.execute(prepared.sql, bound).fetchall()
        self.connection.set_progress_handler(None, 1)
        self.cost = Cost(steps, "; ".join(plan), rows)
        return rows

    async def row(self, sql: str) -> Row:
        """The one row of a query."""
        return self.connection.execute(sql).fetchone()  # type: ignore[no-any-return]

    async def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class PostgresExplained(_Explained):
    """A unit on PostgreSQL that counts the buffers that each statement reads."""

    engine: Engine = "postgresql"

    def __init__(self, connection: Any) -> None:
        super().__init__()
        self.connection = connection

    async def all(self, statement: Statement, /, **values: Any) -> Sequence[Row]:
        """Every row of the statement, and what it cost."""
        prepared = prepare(statement, "postgresql", postgresql.dialect())  # type: ignore[no-untyped-call]
        given = prepared.defaults | values
        bound = [given[name] for name in prepared.names]
        rows: Sequence[Row] = await self.connection.fetch(prepared.sql, *bound)
        # EXPLAIN by itself always plans for the values that it is given; of a prepared statement it tells the plan.
        await self.connection.execute(f"PREPARE explained AS {prepared.sql}")
        values_told = f"({', '.join(map(_literal, bound))})" if bound else ""
        explain = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE explained{values_told}"
        plan = json.loads((await self.connection.fetchrow(explain))[0])[0]["Plan"]
        await self.connection.execute("DEALLOCATE explained")
        self.cost = Cost(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], "; ".join(_nodes(plan)), rows)
        return rows

    async def row(self, sql: str) -> Row:
        """The one row of a query."""
        return await self.connection.fetchrow(sql)  # type: ignore[no-any-return]

    async def close(self) -> None:
        """Close the connection."""
        await self.connection.close()


Explained = SqliteExplained | PostgresExplained


async def explained(url: str, *, generic: bool = False) -> Explained:
    """A unit on a database; `generic` plans are those that PostgreSQL makes once for all values."""
    if sqlite_path(url) is not None:
        return SqliteExplained(url)
    mode = "force_generic_plan" if generic else "force_custom_plan"
    return PostgresExplained(await asyncpg.connect(url, server_settings=SETTINGS | {"plan_cache_mode": mode}))


async def at(unit: Explained, narrowed: Filter, sort: Sort, offset: int) -> str | None:
    """The cursor that stands after so many products of a list."""
    if not offset:
        return None
    column = {"name": "name_key", "createdAt": "created_at", "updatedAt": "updated_at"}.get(sort.key, sort.key)
    table, identity, where = "product", "id", "1 = 1"
    if narrowed.categories:
        table, identity, where = "product_category", "product_id", f"category_id = {narrowed.categories[0]}"
    where += f" AND status = '{narrowed.statuses[0] if narrowed.statuses else 'active'}'"
    if narrowed.min_price is not None:
        where += f" AND price >= {narrowed.min_price}"
    if narrowed.max_price is not None:
        where += f" AND price <= {narrowed.max_price}"
    column = identity if column == "id" else column
    way = "DESC" if sort.descending else "ASC"
    place = await unit.row(
        f"SELECT {column}, {identity} FROM {table} WHERE {where}"
        f" ORDER BY {column} {way}, {identity} {way} LIMIT 1 OFFSET {offset - 1}"
    )
    fingerprint = paging.fingerprint(products.LISTING, narrowed)
    return cursors.encode(str(sort), fingerprint, Place(place[0], place[1]))


async def page(unit: Explained, narrowed: Filter, sort: Sort, size: int, offset: int = 0) -> Cost:
    """What a page after so many products costs."""
    window = Window(size, after=await at(unit, narrowed, sort, offset))
    await paging.page(unit, products.LISTING, narrowed, sort, window, COLUMNS)
    return unit.cost


def _literal(value: Any) -> str:
    """A bound value as SQL says it."""
    if isinstance(value, list):
        return f"ARRAY[{', '.join(map(_literal, value))}]" if value else "'{}'"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def _steps(plan: Sequence[Row]) -> list[str]:
    """The steps of a plan that find the rows and their order; what is made of each row then is left out."""
    left_out: set[int] = set()
    kept = []
    for identity, parent, _, step in plan:
        if parent in left_out or step.startswith("CORRELATED SCALAR SUBQUERY"):
            left_out.add(identity)
        else:
            kept.append(step)
    return kept


def _nodes(plan: dict[str, Any]) -> list[str]:
    """The nodes of a plan that find the rows and their order; what is made of each row then is left out."""
    inner = [child for child in plan.get("Plans", ()) if child["Parent Relationship"] != "SubPlan"]
    name = " ".join(str(plan[key]) for key in ("Node Type", "Index Name", "Relation Name") if key in plan)
    return [name, *(node for child in inner for node in _nodes(child))]
