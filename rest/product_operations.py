"""What can be done with products, as the contract says it."""

from collections.abc import Sequence

from app.domain.callers import Scope
from app.domain.idempotency import Once
from rest.exports import NDJSON, Exports
from rest.operations import IF_MATCH, IF_NONE_MATCH, LISTING, PATCHING, READING, WRITING, Operation
from rest.product_parameters import CATEGORY, CATEGORY_ID, PRODUCT_ID
from rest.products import Products
from rest.versions import V2, Version

_TAG = "Products"
_ONWARD = ("replaceProduct", "updateProduct", "deleteProduct", "adjustStock")


def operations(version: Version, once: Once) -> Sequence[Operation]:
    """What can be done with products, in the order of the contract."""
    of = Products(version, once)
    return (
        Operation(
            *("GET", "/products", of.list, "listProducts", _TAG, "List products"),
            "A page of the catalogue, narrowed, sorted and cut as the parameters say. A cursor works as long as the"
            " sort and the filters stay the same, in every version and over GraphQL too.",
            "A page of products.",
            answer="ProductList",
            headers=("ETag", "Pages"),
            parameters=(*of.parameters, CATEGORY, IF_NONE_MATCH, IF_MATCH),
            refusals=LISTING,
        ),
        Operation(
            *("POST", "/products", of.create, "createProduct", _TAG, "Create a product"),
            "Makes a product; the service gives it an id that no other ever had or will have.",
            "The product, as it was made.",
            status=201,
            answer="Product",
            headers=("ETag", "Location"),
            body="ProductInput",
            refusals=(*WRITING, "Conflict"),
            scope=Scope.CATALOG_WRITE,
            leads_to=("getProduct", *_ONWARD),
        ),
        *_exporting(version, once),
        Operation(
            *("GET", "/products/{id}", of.read, "getProduct", _TAG, "Get a product"),
            "One product, or those members of it that `fields` names.",
            "The product.",
            answer="ProductView",
            parameters=(PRODUCT_ID, of.fields, IF_NONE_MATCH, IF_MATCH),
            refusals=(*READING, "PreconditionFailed", "NotFound"),
            leads_to=_ONWARD,
        ),
        Operation(
            *("PUT", "/products/{id}", of.replace, "replaceProduct", _TAG, "Replace a product"),
            version.replacing,
            "The product, as it is now.",
            answer="Product",
            body="ProductInput",
            parameters=(PRODUCT_ID, IF_MATCH),
            refusals=(*WRITING, "Conflict", "NotFound", "PreconditionFailed"),
            scope=Scope.CATALOG_WRITE,
        ),
        Operation(
            *("PATCH", "/products/{id}", of.update, "updateProduct", _TAG, "Change a product"),
            "Changes the members that the body has (RFC 7396, JSON merge patch), null putting one back to its default."
            " The product that results must be valid.",
            "The product, as it is now.",
            answer="Product",
            body="ProductPatch",
            parameters=(PRODUCT_ID, IF_MATCH),
            refusals=(*PATCHING, "Conflict", "NotFound", "PreconditionFailed"),
            scope=Scope.CATALOG_WRITE,
        ),
        Operation(
            *("DELETE", "/products/{id}", of.delete, "deleteProduct", _TAG, "Delete a product"),
            "Deletes a product; its id is never used again.",
            "It is gone.",
            status=204,
            headers=(),
            parameters=(PRODUCT_ID, IF_MATCH),
            refusals=(*READING, "PreconditionFailed", "NotFound"),
            scope=Scope.CATALOG_WRITE,
        ),
        Operation(
            *("POST", "/products/{id}/stock-adjustments", of.adjust_stock, "adjustStock", _TAG, "Adjust the stock"),
            "Adds to the stock or takes from it, whatever others do meanwhile; it never falls below 0. It is no"
            " edit: neither `version` nor `updatedAt` moves.",
            "The product, with its new stock.",
            answer="Product",
            body="StockAdjustment",
            parameters=(PRODUCT_ID,),
            refusals=(*WRITING, "NotFound", "OutOfStock"),
            scope=Scope.CATALOG_WRITE,
        ),
        Operation(
            *("GET", "/categories/{id}/products", of.list_in_category, "listCategoryProducts", _TAG),
            "List the products of a category",
            "The products that stand directly in a category: the list that `category=` gives, with the same cursors.",
            "A page of products.",
            answer="ProductList",
            headers=("ETag", "Pages"),
            parameters=(CATEGORY_ID, *of.parameters, IF_NONE_MATCH, IF_MATCH),
            refusals=(*LISTING, "NotFound"),
        ),
    )


def _exporting(version: Version, once: Once) -> Sequence[Operation]:
    """The export, which only the current version has: it takes what imports take."""
    if version is not V2:
        return ()
    return (
        Operation(
            *("GET", "/products/export", Exports(once.database).export, "exportProducts", _TAG, "Export the catalogue"),
            "Every product that has a sku, a line of JSON each, as `tandem import` takes it: all of one moment,"
            " whatever is written meanwhile. It needs an API key, where keys are asked for. Imported into an empty"
            " catalogue it makes the same products in the same tree of categories, and into this one it changes"
            " nothing. A client has a quarter of an hour to take it; an answer that ends before its last chunk was cut"
            " off: ask again.",
            "The products by id, a line each, which ends with a line feed.",
            answer="ExportLine",
            media_type=NDJSON,
            headers=(),
            refusals=("MalformedRequest", "InvalidParameters", "InternalError", "Unavailable"),
        ),
    )
