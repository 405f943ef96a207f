"""The state of a dry run in a temporary file, so that its memory does not grow with the number of products."""

import json
from collections.abc import Iterable, Mapping

import msgspec

from app.bulk.scratch_file import ScratchFile
from app.domain.bulk.category_paths import Planned
from app.domain.catalogue.product_fields import Draft


class FileRehearsal:
    """Products by sku in a private SQLite file, which is deleted on close."""

    def __init__(self) -> None:
        self.planned: list[Planned] = []
        self._file = ScratchFile(
            "CREATE TABLE kept (sku text PRIMARY KEY, slug text, draft blob) WITHOUT ROWID",
            "CREATE INDEX kept_slug ON kept (slug)",
        )

    def recall(self, skus: Iterable[str]) -> dict[str, Draft]:
        """The products as earlier batches left them."""
        wanted = json.dumps(list(skus))
        query = "SELECT sku, draft FROM kept WHERE sku IN (SELECT value FROM json_each(?))"
        with self._file.connection() as file:
            rows = file.execute(query, [wanted]).fetchall()
        return {sku: msgspec.json.decode(draft, type=Draft) for sku, draft in rows}

    def holders(self, slugs: Iterable[str]) -> dict[str, str]:
        """The targets of the products that earlier batches gave these slugs."""
        wanted = json.dumps(list(slugs))
        query = "SELECT slug, sku FROM kept WHERE slug IN (SELECT value FROM json_each(?))"
        with self._file.connection() as file:
            return dict(file.execute(query, [wanted]).fetchall())

    def keep(self, drafts: Mapping[str, Draft]) -> None:
        """Remember products as this batch leaves them."""
        rows = [(sku, draft.slug, msgspec.json.encode(draft)) for sku, draft in drafts.items()]
        with self._file.connection() as file:
            file.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
