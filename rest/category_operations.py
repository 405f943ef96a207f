"""What can be done with categories, as the contract says it."""

from collections.abc import Sequence

from app.domain.callers import Scope
from app.domain.idempotency import Once
from rest.categories import FIELDS, PARAMETERS, Categories
from rest.operations import IF_MATCH, IF_NONE_MATCH, LISTING, PATCHING, READING, WRITING, Operation
from rest.product_parameters import CATEGORY_ID

_TAG = "Categories"
_ONWARD = ("replaceCategory", "updateCategory", "deleteCategory", "listCategoryProducts")


def operations(once: Once) -> Sequence[Operation]:
    """What can be done with categories, in the order of the contract."""
    of = Categories(once)
    return (
        Operation(
            *("GET", "/categories", of.list, "listCategories", _TAG, "List categories"),
            "A page of the categories; `parentId` walks the tree level by level.",
            "A page of categories.",
            answer="CategoryList",
            headers=("ETag", "Pages"),
            parameters=(*PARAMETERS, IF_NONE_MATCH, IF_MATCH),
            refusals=LISTING,
        ),
        Operation(
            *("POST", "/categories", of.create, "createCategory", _TAG, "Create a category"),
            "Makes a category, under a parent or at the root; its slug is made from its name.",
            "The category, as it was made.",
            status=201,
            answer="Category",
            headers=("ETag", "Location"),
            body="CategoryInput",
            refusals=(*WRITING, "Conflict"),
            scope=Scope.CATALOG_WRITE,
            leads_to=("getCategory", *_ONWARD),
        ),
        Operation(
            *("GET", "/categories/{id}", of.read, "getCategory", _TAG, "Get a category"),
            "One category, or those members of it that `fields` names.",
            "The category.",
            answer="CategoryView",
            parameters=(CATEGORY_ID, FIELDS, IF_NONE_MATCH, IF_MATCH),
            refusals=(*READING, "PreconditionFailed", "NotFound"),
            leads_to=_ONWARD,
        ),
        Operation(
            *("PUT", "/categories/{id}", of.replace, "replaceCategory", _TAG, "Replace a category"),
            "Sets the name and the parent; without `parentId` it moves to the root. A new name makes a new slug.",
            "The category, as it is now.",
            answer="Category",
            body="CategoryInput",
            parameters=(CATEGORY_ID, IF_MATCH),
            refusals=(*WRITING, "Conflict", "NotFound", "PreconditionFailed"),
            scope=Scope.CATALOG_WRITE,
        ),
        Operation(
            *("PATCH", "/categories/{id}", of.update, "updateCategory", _TAG, "Change a category"),
            "Changes the members that the body has (RFC 7396, JSON merge patch); a null `parentId` moves it to the"
            " root.",
            "The category, as it is now.",
            answer="Category",
            body="CategoryPatch",
            parameters=(CATEGORY_ID, IF_MATCH),
            refusals=(*PATCHING, "Conflict", "NotFound", "PreconditionFailed"),
            scope=Scope.CATALOG_WRITE,
        ),
        Operation(
            *("DELETE", "/categories/{id}", of.delete, "deleteCategory", _TAG, "Delete a category"),
            "Deletes a category that has no children; its products stay, without it.",
            "It is gone.",
            status=204,
            headers=(),
            parameters=(CATEGORY_ID, IF_MATCH),
            refusals=(*READING, "Conflict", "NotFound", "PreconditionFailed"),
            scope=Scope.CATALOG_WRITE,
        ),
    )
