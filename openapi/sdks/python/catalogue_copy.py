"""Keeps a copy of the catalogue in a SQLite file, through restarts on both sides; needs Python alone.

    python catalogue_copy.py https://tandem.example copy.db [API_KEY]

One transaction stores the products that changed and the cursor behind their changes: whatever ends this program, its
next run goes on where the file stands. Where the cursor has expired, it reads everything again.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Iterable
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

_SHOWN = "limit=100&include=attributes,images,options,variants"
_TYPES = "product.created,product.updated,product.deleted,product.stock_changed"


class Copy:
    """The copy in a file: a row for each product, and the place in the change log behind which it goes on."""

    def __init__(self, address: str, path: str, key: str | None = None) -> None:
        self._address, self._fields = address, {"Authorization": f"Bearer {key}"} if key else {}
        self.db = sqlite3.connect(path)
        self.db.execute("CREATE TABLE IF NOT EXISTS product (id INTEGER PRIMARY KEY, members TEXT NOT NULL)")
        self.db.execute("CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT)")

    def follow(self) -> None:
        """Take the next changes, or wait for some; begin where there is no place, or it has expired."""
        place = self.db.execute("SELECT cursor FROM place").fetchone()
        try:
            page = self._get(f"/v2/changes?limit=100&wait=20&types={_TYPES}&after={place[0]}") if place else None
        except HTTPError as error:
            if error.code != 410:
                raise
            page = None
        if page is None:
            self._begin()
            return
        ids = {change["subject"]["id"] for change in page["items"]}
        found = self._get(f"/v2/products?ids={','.join(map(str, ids))}&{_SHOWN}")["items"] if ids else ()
        with self.db:
            self.db.executemany("DELETE FROM product WHERE id = ?", [(one,) for one in ids])
            self._store(found, page["nextCursor"])

    def _begin(self) -> None:
        """Store every product, and the place of the moment before: what changes meanwhile is fetched again."""
        cursor, path = self._get("/v2/changes?after=now")["nextCursor"], f"/v2/products?{_SHOWN}"
        with self.db:
            self.db.execute("DELETE FROM product")
            while path:
                page = self._get(path)
                self._store(page["items"], cursor)
                path = page["links"]["next"]
        print("read the whole catalogue", flush=True)  # noqa: T201 - it is a program

    def _store(self, products: Iterable[dict[str, Any]], cursor: str) -> None:
        rows = [(one["id"], json.dumps(one, sort_keys=True)) for one in products]
        self.db.executemany("INSERT OR REPLACE INTO product VALUES (?, ?)", rows)
        self.db.execute("INSERT OR REPLACE INTO place VALUES (1, ?)", (cursor,))

    def _get(self, path: str) -> Any:
        with urlopen(Request(self._address + path, headers=self._fields), timeout=60) as answer:  # noqa: S310 - as told
            return json.load(answer)


if __name__ == "__main__":
    copy = Copy(*sys.argv[1:])
    while True:
        try:
            copy.follow()
        except HTTPError as refusal:
            if refusal.code not in (429, 503):
                raise
            time.sleep(int(refusal.headers.get("Retry-After", 1)))
        except (URLError, OSError, ValueError):  # no answer, or half of one
            time.sleep(1)
