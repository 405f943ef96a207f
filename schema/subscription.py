"""The subscriptions: their fields, and what each follows."""

from collections.abc import AsyncGenerator

import strawberry

from schema.execution.type_mapping import RootLog
from schema.types.changes import LOG, Change, ChangeFilter, Continued
from schema.types.connections import Narrowed


@strawberry.type(description="The subscriptions, over server-sent events.")
class Subscription:
    @strawberry.subscription(description="The change log, from a cursor on and as it grows.")
    def changes(
        self,
        after: Continued = None,
        filter: Narrowed[ChangeFilter] = None,  # noqa: A002
    ) -> AsyncGenerator[Change, None]: ...


SUBSCRIPTIONS: dict[str, RootLog] = {"changes": LOG}
"""The source of each field of `Subscription`."""
