"""Preconditions of a download (RFC 9110, section 13): what the client expects of it, or has already."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from starlette.datastructures import Headers

from app.domain.errors import PreconditionFailed

_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')


class Asked:
    """The conditions that a request sets, held against the entity tag and the date of what there is."""

    def __init__(self, headers: Headers, tag: str, modified: datetime | None) -> None:
        self._headers, self._tag = headers, tag
        self._modified = modified and modified.astimezone(UTC).replace(microsecond=0)

    def fresh(self) -> bool:
        """False where the client has it already (304); raises `PreconditionFailed`. In the order of section 13.2.2."""
        if self._headers.get("if-match") is not None:
            if not self._named("if-match", weak=False):
                raise PreconditionFailed
        elif (date := self._date("if-unmodified-since")) and self._modified and self._modified > date:
            raise PreconditionFailed
        if self._headers.get("if-none-match") is not None:
            return not self._named("if-none-match", weak=True)
        date = self._date("if-modified-since")
        return not (date and self._modified and self._modified <= date)

    def in_part(self) -> bool:
        """Whether a range may be answered: there is no `If-Range`, or what it names is what there is."""
        condition = self._headers.get("if-range")
        if condition is None or condition.strip() == self._tag:
            return True
        return self._modified is not None and self._date("if-range") == self._modified

    def _named(self, field: str, *, weak: bool) -> bool:
        """Whether a list of entity tags has this one, by weak or by strong comparison (section 8.8.3.2)."""
        value = ", ".join(self._headers.getlist(field))
        return value.strip() == "*" or any(tag == self._tag for tag in _tags(value, weak=weak))

    def _date(self, field: str) -> datetime | None:
        """The date of a field, if it has one; what is none is to be ignored."""
        values = self._headers.getlist(field)
        try:
            date = parsedate_to_datetime(values[0]) if len(values) == 1 else None
        except (ValueError, OverflowError):
            return None
        return date and date.replace(tzinfo=date.tzinfo or UTC)


def _tags(value: str, *, weak: bool) -> Iterator[str]:
    return (match[2] for match in _TAG.finditer(value) if weak or not match[1])
