"""Preconditions of a download (RFC 9110, section 13)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from starlette.datastructures import Headers

from app.domain import etags
from app.domain.errors import PreconditionFailed


class Preconditions:
    """The conditions of a request, evaluated against the current entity tag and modification date."""

    def __init__(self, headers: Headers, tag: str, modified: datetime | None) -> None:
        self._headers, self._tag = headers, tag
        self._modified = modified and modified.astimezone(UTC).replace(microsecond=0)

    def is_modified(self) -> bool:
        """False: the client has this content already (304). Raises `PreconditionFailed`. Order: section 13.2.2."""
        if self._headers.get("if-match") is not None:
            if not etags.match(self._joined("if-match"), self._tag):
                raise PreconditionFailed
        elif (date := self._date("if-unmodified-since")) and self._modified and self._modified > date:
            raise PreconditionFailed
        if self._headers.get("if-none-match") is not None:
            return not etags.none_match(self._joined("if-none-match"), self._tag)
        date = self._date("if-modified-since")
        return not (date and self._modified and self._modified <= date)

    def allow_range(self) -> bool:
        """Whether to answer with a range: there is no `If-Range`, or it matches the current tag or date."""
        condition = self._headers.get("if-range")
        if condition is None or condition.strip() == self._tag:
            return True
        return self._modified is not None and self._date("if-range") == self._modified

    def _joined(self, field: str) -> str:
        return ", ".join(self._headers.getlist(field))

    def _date(self, field: str) -> datetime | None:
        """The date of a field; None where the field is missing or is not one valid date (section 13.1.3)."""
        values = self._headers.getlist(field)
        try:
            date = parsedate_to_datetime(values[0]) if len(values) == 1 else None
        except (ValueError, OverflowError):
            return None
        return date and date.replace(tzinfo=date.tzinfo or UTC)
