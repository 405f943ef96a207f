"""Changes as JSON: the same on pages, in streams and in webhooks."""

from typing import Any

from app.domain.changes.reading import Change
from app.http.timestamps import rfc3339


def shown(change: Change, *, whole: bool) -> dict[str, Any]:
    """The JSON of a change; its caller is shown only with access to the `whole` log."""
    record = change.record
    return {
        "id": change.id,
        "cursor": change.place.cursor,
        "type": change.type,
        "subject": {"type": change.subject, "id": change.subject_id},
        "version": change.version,
        "members": change.members,
        "at": rfc3339(record.at),
        "caller": record.caller if whole else None,
        "requestId": record.request_id,
    }
