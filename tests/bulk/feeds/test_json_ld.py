"""Products in schema.org's vocabulary: by the published properties, as one document or in a page."""

import json
from typing import Any

from app.bulk.feeds import json_ld
from app.bulk.feeds.json_ld import JsonLd
from app.domain.bulk.listings import Listing
from tests.bulk.feeds.test_google_feed import ADDRESSES, BASE, BLUE, RED, TEE

PROPERTIES = {
    "Product": {
        *("@type", "@id", "url", "name", "description", "image", "brand", "category", "additionalProperty"),
        *("sku", "gtin", "weight", "offers", "color", "size", "material", "pattern"),
    },
    "ProductGroup": {
        *("@type", "@id", "url", "name", "description", "image", "brand", "category", "additionalProperty"),
        *("productGroupID", "variesBy", "hasVariant"),
    },
    "Brand": {"@type", "name"},
    "PropertyValue": {"@type", "name", "value"},
    "QuantitativeValue": {"@type", "value", "unitCode"},
    "Offer": {"@type", "url", "price", "priceCurrency", "priceSpecification", "availability"},
    "UnitPriceSpecification": {"@type", "priceType", "price", "priceCurrency"},
}
"""The properties of each type at https://schema.org that are used."""
REQUIRED = {
    "Product": {"name", "image", "offers"},
    "ProductGroup": {"name", "image", "productGroupID", "variesBy", "hasVariant"},
}
REQUIRED |= {"Offer": {"price", "priceCurrency", "availability"}, "Brand": {"name"}}
"""Those that search engines require. `tests/contract/outside/test_structured_data.py` asks two validators, too."""


def check(value: Any) -> None:
    """Assert that a value has only properties of its type, and those that are required."""
    if isinstance(value, list):
        for one in value:
            check(one)
    elif isinstance(value, dict):
        assert value.keys() <= PROPERTIES[value["@type"]], value
        assert value.keys() >= REQUIRED.get(value["@type"], set()), value
        assert all(one not in (None, "", [], {}) for one in value.values()), value
        check(list(value.values()))
    else:
        assert isinstance(value, str | int | float | bool)


def test_a_group() -> None:
    """A product with options is a group of products, each with its offer."""
    found = json_ld.node(TEE, ADDRESSES)
    check(found)
    page = "https://shop.example/tandem/shop?product=7"
    assert {name: found[name] for name in ("@type", "@id", "productGroupID", "variesBy", "category")} == {
        "@type": "ProductGroup",
        "@id": page,
        "productGroupID": "7",
        "variesBy": ["https://schema.org/color"],
        "category": "Clothing > Tees",
    }
    assert found["hasVariant"][0] == {
        "@type": "Product",
        "name": "Tee, Red",
        "color": "Red",
        "image": f"{BASE}/7/r.jpg",
        "sku": "TEE-R",
        "gtin": "4006381333931",
        "weight": {"@type": "QuantitativeValue", "value": 180, "unitCode": "GRM"},
        "offers": {
            "@type": "Offer",
            "url": page,
            "price": "19.99",
            "priceCurrency": "EUR",
            "priceSpecification": {
                "@type": "UnitPriceSpecification",
                "priceType": "https://schema.org/StrikethroughPrice",
                "price": "24.99",
                "priceCurrency": "EUR",
            },
            "availability": "https://schema.org/InStock",
        },
    }


def test_a_product() -> None:
    """A product without options is one, with its images and attributes."""
    plain = TEE._replace(variants=[BLUE._replace(options={})], description="")
    found = json_ld.node(plain, ADDRESSES)
    check(found)
    assert (found["@type"], found["image"], "description" in found) == (
        "Product",
        [f"{BASE}/7/a.jpg", f"{BASE}/7/r.jpg"],
        False,
    )
    assert {"@type": "PropertyValue", "name": "MPN", "value": "T7"} in found["additionalProperty"]


def test_a_page() -> None:
    """A document for a page cannot end the element that holds it."""
    text = json_ld.page(TEE._replace(name="</script><script>alert(1)</script>"), ADDRESSES)
    assert b"<" not in text
    assert json.loads(text)["name"] == "</script><script>alert(1)</script>"
    assert json.loads(text)["@context"] == "https://schema.org"


def test_a_file() -> None:
    """A file is one document, however it is cut; products without an image are left out and counted."""

    def file(*batches: list[Listing]) -> tuple[Any, dict[str, int]]:
        made = JsonLd(ADDRESSES)
        return json.loads(made.begin() + b"".join(map(made.lines, batches)) + made.end()), dict(made.left_out)

    bare = TEE._replace(images=[])
    document, left_out = file([bare, TEE], [], [TEE, bare], [TEE._replace(variants=[RED])])
    assert ([one["@type"] for one in document["@graph"]], left_out) == (["ProductGroup"] * 3, {"image": 2})
    check(document["@graph"])
    assert file() == ({"@context": "https://schema.org", "@graph": []}, {})
