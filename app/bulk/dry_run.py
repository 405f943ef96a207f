"""The state of a dry run in a temporary file, so that its memory does not grow with the number of products."""

import json
from collections.abc import Iterable, Mapping

import msgspec

from app.bulk.scratch_file import ScratchFile
from app.domain.bulk.category_paths import Planned
from app.domain.fields.drafts import Draft
from app.domain.unicode import identity


class FileDryRunState(ScratchFile):
    """Products by id after the earlier batches."""

    def __init__(self) -> None:
        self.planned: list[Planned] = []
        super().__init__(
            "CREATE TABLE kept (id integer PRIMARY KEY, slug text, draft blob)",
            "CREATE INDEX kept_slug ON kept (slug)",
            "CREATE TABLE skus (key text, id integer, PRIMARY KEY (key, id)) WITHOUT ROWID",
            "CREATE INDEX skus_id ON skus (id)",
        )

    @property
    def newest(self) -> int:
        """The id of the newest product that is not stored; 0 if there is none."""
        with self.connection() as file:
            (found,) = file.execute("SELECT min(id) FROM kept").fetchone()
        return min(found or 0, 0)

    def recall(self, ids: Iterable[int], keys: Iterable[str]) -> dict[int, Draft]:
        """The products after the earlier batches: those with these ids, and those with these sku keys."""
        query = """
            SELECT id, draft FROM kept WHERE id IN (
                SELECT value FROM json_each(?)
                UNION SELECT id FROM skus WHERE key IN (SELECT value FROM json_each(?)))
            """
        with self.connection() as file:
            rows = file.execute(query, [json.dumps(list(ids)), json.dumps(list(keys))]).fetchall()
        return {product_id: msgspec.json.decode(draft, type=Draft) for product_id, draft in rows}

    def holders(self, slugs: Iterable[str]) -> dict[str, int]:
        """The ids of the products that earlier batches gave these slugs."""
        slugs_json = json.dumps(list(slugs))
        query = "SELECT slug, id FROM kept WHERE slug IN (SELECT value FROM json_each(?))"
        with self.connection() as file:
            return dict(file.execute(query, [slugs_json]).fetchall())

    def keep(self, drafts: Mapping[int, Draft]) -> None:
        """Store products after this batch."""
        rows = [(product_id, draft.slug, msgspec.json.encode(draft)) for product_id, draft in drafts.items()]
        skus = {(identity.key(one.sku), n) for n, draft in drafts.items() for one in draft.variants if one.sku}
        with self.connection() as file:
            file.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows)
            file.executemany("DELETE FROM skus WHERE id = ?", [(product_id,) for product_id in drafts])
            file.executemany("INSERT INTO skus VALUES (?, ?)", sorted(skus))
