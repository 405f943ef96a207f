"""What validators say of products in JSON-LD: Google's types of schema.org, and Adobe's rules of rich results.

Neither npm nor PyPI has a validator of feeds for Google Merchant Center: `tests/bulk/feeds` checks them by the
published table of attributes.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from app.bulk.feeds.json_ld import JsonLd
from app.domain.bulk.listings import Listing
from tests.bulk.feeds.test_google_feed import ADDRESSES, BLUE, RED, TEE
from tests.contract.outside.conftest import NODE, Tool

_FIT = [one._replace(options={"Fit": "Wide", "Größe": one.sku or ""}) for one in (RED, BLUE)]
LISTINGS = (
    TEE,
    TEE._replace(
        id=8, variants=[RED._replace(options={})], attributes={"Care": ["wash", "dry"], "Pockets": 3, "Warm": True}
    ),
    TEE._replace(id=9, variants=[BLUE._replace(options={}, sku=None)], description="", brand=None, categories=[]),
    TEE._replace(id=10, currency="JPY", variants=_FIT),
    TEE._replace(id=11, currency="KWD", variants=[one._replace(weight={"value": 1.5, "unit": "lb"}) for one in _FIT]),
)
"""Products with and without options, and with as little as one may have."""
_WARNINGS = ("WARNING",)
"""Members that are recommended, such as reviews, which a catalogue does not have."""


def _file(folder: Path, *listings: Listing) -> Path:
    feed, path = JsonLd(ADDRESSES), folder / "products.json"
    path.write_bytes(feed.begin() + feed.lines(listings) + feed.end())
    return path


def _faults(node: Tool, path: Path) -> list[str]:
    done = node("structured-data.mjs", path, cwd=NODE)
    assert done.returncode == 0, done.stderr
    lines: list[str] = done.stdout.splitlines()
    assert lines, "the validator recommends nothing, so it has seen nothing"
    return [line for line in lines if not line.startswith(_WARNINGS)]


def test_rich_results(node: Tool, tmp_path: Path) -> None:
    """Adobe's validator finds no error; it finds those of a product without a price."""
    path = _file(tmp_path, *LISTINGS)
    assert _faults(node, path) == []
    document = json.loads(path.read_bytes())
    del document["@graph"][0]["hasVariant"][1]["offers"]["price"]
    path.write_text(json.dumps(document))
    assert any("price" in fault for fault in _faults(node, path))


@pytest.mark.parametrize("fault", [None, ("priceCurrency", "currency"), ("gtin", "gtim")])
def test_vocabulary(node: Tool, tmp_path: Path, fault: tuple[str, str] | None) -> None:
    """schema-dts has a type for each of schema.org's; TypeScript finds no other property and no other value."""
    text = _file(tmp_path, *LISTINGS).read_text()
    for old, new in [fault] if fault else []:
        text = text.replace(f'"{old}"', f'"{new}"')
    module = tmp_path / "products.ts"
    module.write_text(f"import type {{ Graph }} from 'schema-dts'\nexport const products: Graph = {text}")
    (tmp_path / "node_modules").symlink_to(NODE / "node_modules")
    done: Any = node("tsc", "--noEmit", "--strict", "--skipLibCheck", module, cwd=tmp_path)
    assert (done.returncode == 0) == (fault is None), done.stdout
    assert fault is None or f"'\"{fault[1]}\"'" in done.stdout
