"""Epochs: they make the order of the log the order in which readers see changes.

A sequence alone loses changes on PostgreSQL: a transaction with a lower number may commit after a higher one was read.
There the place of a change begins with an epoch, and readers stop at the oldest transaction that still runs: none that
runs, or is yet to begin, can write a lower epoch. On SQLite one transaction writes at a time, and there are no epochs.
"""

from sqlalchemy import BigInteger
from sqlalchemy.sql.functions import FunctionElement

from app.domain.sql.dialects import compiled_as

# ruff: noqa: N801 - these are named as SQL functions are


@compiled_as(sqlite="NULL", postgresql="change_epoch()")
class change_epoch(FunctionElement[int]):
    """The epoch of a change that is written now (`migrations/versions/0013_changes.py`)."""

    inherit_cache = True
    type = BigInteger()


@compiled_as(sqlite="1", postgresql="CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
class horizon(FunctionElement[int]):
    """The first incomplete epoch for the current statement: the oldest running transaction."""

    inherit_cache = True
    type = BigInteger()


@compiled_as(postgresql="CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)")
class ceiling(FunctionElement[int]):
    """A bound above the epochs of this server: a record with a higher epoch comes from another server's dump."""

    inherit_cache = True
    type = BigInteger()
