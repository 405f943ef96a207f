"""The store of files, a folder or a bucket of S3, by its URL."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from app.stores.blobs import Blobs
from app.stores.local_blobs import DiskBlobs
from app.stores.s3_blobs import S3Blobs


def open_blobs(url: str) -> Blobs:
    """The blobs at a URL; a bucket is first contacted when it is used."""
    parts = urlsplit(url)
    return S3Blobs(url) if parts.scheme == "s3" else DiskBlobs(Path(unquote(parts.path)))
