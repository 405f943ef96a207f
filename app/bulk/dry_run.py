"""What a dry run has come to so far, kept in a temporary file: as many products as the import has, in little memory."""

import json
import sqlite3
from collections.abc import Iterable, Mapping

import msgspec

from app.domain.bulk.category_paths import Planned
from app.domain.catalogue.product_fields import Draft


class FileRehearsal:
    """Products by sku in a private SQLite file that is gone when this is closed."""

    def __init__(self) -> None:
        self.planned: list[Planned] = []
        # Batches may run on any thread, one at a time; an empty name is SQLite's for a temporary file.
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.execute("CREATE TABLE kept (sku text PRIMARY KEY, slug text, draft blob) WITHOUT ROWID")
        self._file.execute("CREATE INDEX kept_slug ON kept (slug)")

    def recall(self, skus: Iterable[str]) -> dict[str, Draft]:
        """The products as earlier batches left them."""
        wanted = json.dumps(list(skus))
        rows = self._file.execute("SELECT sku, draft FROM kept WHERE sku IN (SELECT value FROM json_each(?))", [wanted])
        return {sku: msgspec.json.decode(draft, type=Draft) for sku, draft in rows}

    def holders(self, slugs: Iterable[str]) -> dict[str, str]:
        """The targets of the products that earlier batches gave these slugs."""
        wanted = json.dumps(list(slugs))
        query = "SELECT slug, sku FROM kept WHERE slug IN (SELECT value FROM json_each(?))"
        return dict(self._file.execute(query, [wanted]).fetchall())

    def keep(self, drafts: Mapping[str, Draft]) -> None:
        """Remember products as this batch leaves them."""
        rows = [(sku, draft.slug, msgspec.json.encode(draft)) for sku, draft in drafts.items()]
        self._file.execute("BEGIN")
        self._file.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows)
        self._file.execute("COMMIT")

    def close(self) -> None:
        """Drop it all."""
        self._file.close()
