"""Images from URLs: fetched within bounds, and encoded anew like uploads."""

import asyncio
from collections import Counter
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import urlsplit

import httpx2

from app.domain.catalogue.images import Image
from app.domain.errors import TandemError
from app.http import outgoing
from app.http.outgoing import INTERNET, Network
from app.media.product_images import ProductImages
from app.stores.blobs import CHUNK
from app.stores.local_blobs import in_thread

_SECONDS = 30.0
"""The maximum seconds of a download, including redirects."""
_FAILURES = 3
"""The number of failed connections after which a host is not tried again."""


class ImageFetchError(Exception):
    """An image cannot be fetched; the message says why, in a clause."""


class ImageDownloads:
    """Fetches images of at most `limit` bytes, and stores them."""

    def __init__(self, images: ProductImages, limit: int, network: Network = INTERNET) -> None:
        self._images, self._limit, self._client = images, limit, outgoing.client(network)
        self._failures = Counter[str]()

    async def fetch(self, url: str) -> Image:
        """The image of a URL, encoded anew and stored. Raises `ImageFetchError`."""
        if self._failures[urlsplit(url).netloc] >= _FAILURES:
            raise ImageFetchError("its host cannot be reached")
        with SpooledTemporaryFile(CHUNK) as file:
            try:
                async with asyncio.timeout(_SECONDS):
                    await self._download(url, file)
                return await self._images.keep(file)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                self._failures[error.request.url.netloc.decode()] += 1
                raise ImageFetchError(str(error) or "its host does not answer") from None
            except TimeoutError:
                raise ImageFetchError(f"it takes more than {_SECONDS:.0f} seconds") from None
            except httpx2.TooManyRedirects:
                raise ImageFetchError("it redirects too often") from None
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                raise ImageFetchError(str(error) or "its host does not answer as HTTP") from None
            except TandemError as error:
                raise ImageFetchError(error.message) from None

    async def _download(self, url: str, file: IO[bytes]) -> None:
        """Write the bytes of a URL to a file; raises `ImageFetchError` if there are none or too many."""
        async with self._client.stream("GET", url, headers={"accept": "image/*"}, follow_redirects=True) as response:
            if response.status_code != httpx2.codes.OK:
                raise ImageFetchError(f"its host answers {response.status_code}")
            declared = response.headers.get("content-length", "")
            too_large = declared.isdecimal() and int(declared) > self._limit
            chunks = response.aiter_raw(CHUNK)
            while not too_large and (chunk := await anext(chunks, b"")):
                too_large = file.tell() + len(chunk) > self._limit
                await in_thread(lambda piece=chunk: file.write(piece))  # type: ignore[misc]
            if too_large:
                raise ImageFetchError(f"it has more than {self._limit} bytes")

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()
