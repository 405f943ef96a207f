"""Epochs: they make the order of the log the order in which readers see changes.

A sequence alone loses changes on PostgreSQL: a transaction with a lower number may commit after a higher one was read.
There the place of a change begins with an epoch, and readers stop at the oldest transaction that still runs: none that
runs, or is yet to begin, can write a lower epoch. On SQLite one transaction writes at a time, and there are no epochs.
"""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

# ruff: noqa: N801 - these are named as SQL functions are


class change_epoch(FunctionElement[int]):
    """The epoch of a change that is written now (`migrations/versions/0013_changes.py`)."""

    inherit_cache = True
    type = BigInteger()


@compiles(change_epoch, "sqlite")
def _change_epoch_sqlite(element: change_epoch, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001
    return "NULL"


@compiles(change_epoch, "postgresql")
def _change_epoch_postgresql(element: change_epoch, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001
    return "change_epoch()"


class horizon(FunctionElement[int]):
    """The first incomplete epoch for the current statement: the oldest running transaction."""

    inherit_cache = True
    type = BigInteger()


@compiles(horizon, "sqlite")
def _horizon_sqlite(element: horizon, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001
    return "1"


@compiles(horizon, "postgresql")
def _horizon_postgresql(element: horizon, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001
    return "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"


class ceiling(FunctionElement[int]):
    """A bound above the epochs of this server: a record with a higher epoch comes from another server's dump."""

    inherit_cache = True
    type = BigInteger()


@compiles(ceiling, "postgresql")
def _ceiling_postgresql(element: ceiling, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001
    return "CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)"
