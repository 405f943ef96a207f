"""File types that are not text, recognised by their first bytes, with advice for each."""

from app.bulk.import_options import UnreadableFile

_KINDS = {
    b"\xd0\xcf\x11\xe0": "a spreadsheet in an old format (XLS): save it as XLSX, or as CSV in UTF-8",
    b"%PDF": "a PDF: export its table as CSV in UTF-8",
    b"\x1f\x8b": "compressed (gzip): unpack it first",
    b"BZh": "compressed (bzip2): unpack it first",
    b"\xfd7zXZ": "compressed (xz): unpack it first",
    b"7z\xbc\xaf": "an archive (7z): unpack it first",
    b"Rar!": "an archive (RAR): unpack it first",
}
_UTF_16 = "text in UTF-16 without a byte order mark: save it in UTF-8, or import it with --encoding utf-16"
_BYTES = 200


def refuse(head: bytes) -> None:
    """Raise `UnreadableFile` if a file that should be UTF-8 begins like one that is no text, or like UTF-16."""
    kind = next((kind for magic, kind in _KINDS.items() if head.startswith(magic)), None)
    if kind is None and _is_utf_16(head[:_BYTES]):
        kind = _UTF_16
    if kind is not None:
        raise UnreadableFile(f"FILE is {kind}.")


def _is_utf_16(head: bytes) -> bool:
    """Whether a third of every other byte is zero, and none between them: so is text of mostly ASCII."""
    even, odd = head[::2], head[1::2]
    return any(0 not in one and 3 * other.count(0) > len(other) for one, other in ((even, odd), (odd, even)))
