"""The subscriptions: their fields, and the source of each.

The fields of `Subscription` have no resolvers: `SUBSCRIPTIONS` says what runs (decision 7).
"""

from collections.abc import AsyncGenerator

import strawberry

from schema.execution.type_mapping import RootLog
from schema.types.changes import LOG, Change, ChangeFilter, LogAfterArgument
from schema.types.connections import FilterArgument


@strawberry.type(description="The subscriptions, over server-sent events.")
class Subscription:
    @strawberry.subscription(description="The change log, from a cursor on and as it grows.")
    def changes(
        self, after: LogAfterArgument = None, filter: FilterArgument[ChangeFilter] = None
    ) -> AsyncGenerator[Change, None]: ...


SUBSCRIPTIONS: dict[str, RootLog] = {"changes": LOG}
"""The source of each field of `Subscription`."""
