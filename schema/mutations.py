"""The mutations of the catalogue: the command of each input, and the parts of its payload.

The fields of `Mutation` have no resolvers: `MUTATIONS` says what runs (decision 7).
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

import strawberry

from app.domain import commands
from app.domain.addresses import OwnKey
from app.domain.bulk import batch_size, import_list
from app.domain.callers import Scope
from app.domain.catalogue import categories as category_domain
from app.domain.catalogue import image_lists, product_edits, product_places
from app.domain.catalogue import products as product_domain
from app.domain.etags import Conditions
from app.domain.files import files
from app.domain.idempotency import Command
from app.domain.orders import cancellations, drafts, orders, placements
from app.rate_limiting import costs
from schema.execution.context import Context
from schema.execution.mutations.mutation import RootMutation
from schema.types import batches, imports, inputs, nodes, payloads, webhooks
from schema.types.inputs import Input
from schema.types.product import addresses as product_addresses
from schema.types.product import inputs as product_inputs
from schema.webhook_mutations import WEBHOOK_MUTATIONS

Members = Mapping[str, Any]


@strawberry.type(description="The mutations.")
class Mutation:
    @strawberry.mutation(description="Create a product.")
    def create_product(self, input: Input[inputs.CreateProductInput]) -> payloads.CreateProductPayload | None: ...

    @strawberry.mutation(description="Change a product.")
    def update_product(self, input: Input[inputs.UpdateProductInput]) -> payloads.UpdateProductPayload | None: ...

    @strawberry.mutation(description="Create a product with this sku, or replace the product that has it.")
    def upsert_product(self, input: Input[inputs.UpsertProductInput]) -> payloads.UpsertProductPayload | None: ...

    @strawberry.mutation(description="Delete a product.")
    def delete_product(self, input: Input[inputs.DeleteProductInput]) -> payloads.DeleteProductPayload | None: ...

    @strawberry.mutation(description="Add to a product's stock or take from it; it never falls below 0.")
    def adjust_stock(self, input: Input[inputs.AdjustStockInput]) -> payloads.AdjustStockPayload | None: ...

    @strawberry.mutation(
        description="Set the order and the alternative texts of a product's images; omitted images are removed."
    )
    def set_product_images(
        self, input: Input[inputs.SetProductImagesInput]
    ) -> payloads.SetProductImagesPayload | None: ...

    @strawberry.mutation(description="Run a batch of operations on products in one transaction.")
    def batch_products(self, input: Input[batches.BatchProductsInput]) -> payloads.BatchProductsPayload | None: ...

    @strawberry.mutation(description="Create a category.")
    def create_category(self, input: Input[inputs.CreateCategoryInput]) -> payloads.CreateCategoryPayload | None: ...

    @strawberry.mutation(description="Rename or move a category.")
    def update_category(self, input: Input[inputs.UpdateCategoryInput]) -> payloads.UpdateCategoryPayload | None: ...

    @strawberry.mutation(description="Delete a category that has no children; its products stay.")
    def delete_category(self, input: Input[inputs.DeleteCategoryInput]) -> payloads.DeleteCategoryPayload | None: ...

    @strawberry.mutation(description="Place an order. Requires an Idempotency-Key, so that a retry never orders twice.")
    def place_order(self, input: Input[inputs.PlaceOrderInput]) -> payloads.PlaceOrderPayload | None: ...

    @strawberry.mutation(description="Cancel an order and restore its stock; an order can be cancelled once.")
    def cancel_order(self, input: Input[inputs.CancelOrderInput]) -> payloads.CancelOrderPayload | None: ...

    @strawberry.mutation(description="Import products from a stored file, by sku, as `tandem import` does.")
    def start_import(self, input: Input[imports.StartImportInput]) -> payloads.StartImportPayload | None: ...

    @strawberry.mutation(description="Cancel a queued or running import; no line is stored after this.")
    def cancel_import(self, input: Input[imports.CancelImportInput]) -> payloads.CancelImportPayload | None: ...

    @strawberry.mutation(
        description="Create a webhook, which receives changes from now on. The payload contains its secret."
    )
    def create_webhook(self, input: Input[webhooks.CreateWebhookInput]) -> webhooks.CreateWebhookPayload | None: ...

    @strawberry.mutation(description="Pause or resume a webhook, or choose other types.")
    def update_webhook(self, input: Input[webhooks.UpdateWebhookInput]) -> webhooks.UpdateWebhookPayload | None: ...

    @strawberry.mutation(description="Delete a webhook and its deliveries.")
    def delete_webhook(self, input: Input[webhooks.DeleteWebhookInput]) -> webhooks.DeleteWebhookPayload | None: ...

    @strawberry.mutation(description="Rotate the secret of a webhook; the previous one also signs for a day.")
    def rotate_webhook_secret(
        self, input: Input[webhooks.RotateWebhookSecretInput]
    ) -> webhooks.RotateWebhookSecretPayload | None: ...

    @strawberry.mutation(description="Send a message of the type `webhook.test`, after the messages already queued.")
    def test_webhook(self, input: Input[webhooks.TestWebhookInput]) -> webhooks.TestWebhookPayload | None: ...

    @strawberry.mutation(description="Send the message of a delivery again, after the messages already queued.")
    def redeliver_webhook(
        self, input: Input[webhooks.RedeliverWebhookInput]
    ) -> webhooks.RedeliverWebhookPayload | None: ...


def _update_product(members: Members, _context: Context) -> Command:
    edit = product_edits.parse(product_inputs.plain(_others(members)), patch=True)
    return commands.change_product(product_addresses.parse_address(members), edit, members.get("ifMatch"))


def _upsert_product(members: Members, _context: Context) -> Command:
    sku, present = members["sku"], product_inputs.replacing(_others({**members, "sku": None}))
    kept = product_edits.kept_attributes(present)
    edit = product_edits.parse(present, keeps="currency" in kept, sku=sku)
    conditions = Conditions(members.get("ifMatch"), members.get("ifNoneMatch"))
    return commands.put_product(OwnKey("sku", sku), edit, conditions, kept)


def _adjust_stock(members: Members, _context: Context) -> Command:
    others = {name: value for name, value in _others(members).items() if name != "variantId" or value is not None}
    if "variantId" in others:
        others["variantId"] = nodes.local_id(others["variantId"], "Variant")
    return commands.adjust_stock(product_addresses.parse_address(members), *product_edits.parse_delta(others))


def _set_product_images(members: Members, _context: Context) -> Command:
    placed = [{**one, "id": nodes.local_id(one["id"], "ProductImage")} for one in members["images"]]
    order = image_lists.read_order({"images": placed})
    return commands.set_images(product_addresses.parse_address(members), order, members.get("ifMatch"))


async def _charge_batch(members: Members, context: Context) -> None:
    """Charge for the variants beyond those that the operations paid for."""
    batch = await asyncio.to_thread(batches.parse, members)
    variants = await context.database.read(lambda unit: batch_size.variants(unit, batch))
    size = len(batch.operations)
    await context.budget.charge(costs.batch_points(size, variants, batch.size) - costs.batch_points(size))


def _update_category(members: Members, _context: Context) -> Command:
    edit = category_domain.parse(_category(_others(members)), patch=True)
    return commands.change_category(nodes.local_id(members["id"], "Category"), edit, members.get("ifMatch"))


async def _charge_deletion(members: Members, context: Context) -> None:
    category_id = nodes.local_id(members["id"], "Category")
    products = await context.database.read(lambda unit: product_places.products_of(unit, category_id))
    await context.budget.charge_at_most(costs.deletion_points(products))


def _place_order(members: Members, context: Context) -> Command:
    draft = drafts.parse({**members, "items": list(map(_item, members["items"]))})
    return placements.place_order(context.caller.name, draft)


def _item(members: Members) -> Members:
    """An item of an order with REST's members."""
    types = {"productId": "Product", "variantId": "Variant"}
    present = {name: value for name, value in members.items() if value is not None}
    return present | {name: nodes.local_id(present[name], type_) for name, type_ in types.items() if name in present}


async def _charge_import(members: Members, context: Context) -> None:
    file, owner = members["fileId"], context.caller.name
    size = await context.database.read(lambda unit: files.size(unit, owner, file))
    await context.budget.charge_at_most(costs.import_points(size))


_ADDRESSED = frozenset({"id", "by", "ifMatch", "ifNoneMatch"})


def _others(members: Members) -> Members:
    """The members of an input without its address and conditions."""
    return {name: value for name, value in members.items() if name not in _ADDRESSED}


def _category(members: Members) -> Members:
    parent = members.get("parentId")
    return members if parent is None else {**members, "parentId": nodes.local_id(parent, "Category")}


_of_products = partial(
    RootMutation,
    scope=Scope.CATALOG_WRITE,
    type_name="Product",
    object_field="product",
    edge_filter=lambda _: product_domain.Filter(),
    complete=commands.completed,
)
_of_categories = partial(
    RootMutation,
    scope=Scope.CATALOG_WRITE,
    type_name="Category",
    object_field="category",
    edge_filter=lambda _: category_domain.Filter(),
)
_of_orders = partial(RootMutation, scope=Scope.ORDERS_WRITE, type_name="Order", object_field="order")
_of_imports = partial(RootMutation, scope=Scope.CATALOG_WRITE, type_name="Import", object_field="import")

MUTATIONS = {
    "createProduct": _of_products(
        lambda members, _: commands.create_product(product_edits.parse(product_inputs.creating(members))),
        edge="productEdge",
    ),
    "updateProduct": _of_products(_update_product),
    "upsertProduct": _of_products(_upsert_product, edge="productEdge"),
    "deleteProduct": _of_products(
        lambda members, _: commands.remove_product(product_addresses.parse_address(members), members.get("ifMatch"))
    ),
    "adjustStock": _of_products(_adjust_stock),
    "setProductImages": _of_products(_set_product_images),
    "batchProducts": RootMutation(
        lambda members, _: commands.run_batch(batches.parse(members)),
        Scope.CATALOG_WRITE,
        "Product",
        "",
        size=lambda members: len(members["operations"]),
        charge=_charge_batch,
    ),
    "createCategory": _of_categories(
        lambda members, _: commands.create_category(category_domain.parse(_category(members))), edge="categoryEdge"
    ),
    "updateCategory": _of_categories(_update_category),
    "deleteCategory": _of_categories(
        lambda members, _: commands.remove_category(nodes.local_id(members["id"], "Category"), members.get("ifMatch")),
        charge=_charge_deletion,
    ),
    "placeOrder": _of_orders(
        _place_order, edge="orderEdge", edge_filter=lambda caller: orders.Filter(caller.name), key_required=True
    ),
    "cancelOrder": _of_orders(
        lambda members, context: cancellations.cancel_order(context.caller.name, nodes.local_id(members["id"], "Order"))
    ),
    "startImport": _of_imports(
        lambda members, context: commands.start_import(
            context.caller, imports.parse_settings(members), members["fileId"]
        ),
        edge="importEdge",
        edge_filter=lambda _: import_list.Filter(),
        charge=_charge_import,
    ),
    "cancelImport": _of_imports(lambda members, _: commands.cancel_import(nodes.local_id(members["id"], "Import"))),
    **WEBHOOK_MUTATIONS,
}
"""The command of each field of `Mutation`."""
