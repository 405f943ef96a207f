"""The models of previews of imports: the recognised columns, and the results of the first lines."""

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from app.bulk import import_preview, import_requests
from app.domain import models
from app.http.multipart import MEDIA_TYPE as FORM
from rest.imports.models import ImportProblem, ImportReading, NotHeld
from rest.models import Currency, Integer, Model, Name, Price, Size, Sku, Words, example, optional, string

_EXAMPLE: dict[str, Any] = {
    "columns": [{"name": "Artikel", "member": "name"}, {"name": "Preis", "member": "price"}],
    "notHeld": [{"name": "Farbe", "count": 1}],
    "lines": [
        {
            "line": 2,
            "outcome": "created",
            "product": {
                "sku": "A1",
                "name": "Tasse",
                "price": 4.5,
                "currency": "EUR",
                "stock": None,
                "brand": None,
                "description": "",
                "categories": ["Küche > Geschirr"],
            },
            "problems": [],
        }
    ],
}
MAX_NAMES = 100


class ImportPreviewUpload(ImportReading):
    """A form with a file of products, or its beginning, and how to read it."""

    file: Annotated[str, WithJsonSchema({"type": "string", "format": "binary"})] = Field(
        description="The file, or its first bytes; 256 KiB usually contain ten lines."
    )
    cut: bool = optional("Whether these are only the first bytes of the file, so that the last line may be incomplete.")


class ImportColumn(Model):
    """A column of a table that is imported."""

    name: Annotated[str, string(0, 10_000)] = Field(description="The name in the file.")
    member: Annotated[str, string(1, 64)] = Field(description="The member that is read from it.")


class PreviewedProduct(Model):
    """The product after the import of a line."""

    sku: Sku = Field(description="The sku.")
    name: Name = Field(description="The name.")
    price: Price = Field(description="The price.")
    currency: Currency = Field(description="The currency of the price.")
    stock: Annotated[int, Integer(0)] | None = Field(description="The number in stock; null if it is not counted.")
    brand: Annotated[str, string(1, models.MAX_BRAND)] | None = Field(description="The brand.")
    description: Annotated[str, string(0, models.MAX_DESCRIPTION)] = Field(description="The description.")
    categories: Annotated[list[Annotated[str, string(0, 10_000)]], Field(max_length=models.MAX_CATEGORIES)] = Field(
        description="The categories as the line has them."
    )


class PreviewedLine(Model):
    """A line of a file, and its result in an import."""

    line: Size = Field(description="Its number in the file.")
    outcome: Annotated[
        str, Words("ImportOutcome", import_preview.OUTCOMES, "What the import would do with a line.")
    ] = Field(description="What would become of it.")
    product: PreviewedProduct | None = Field(description="The product as it would leave it; null if it is bad.")
    problems: Annotated[list[ImportProblem], Field(max_length=MAX_NAMES)] = Field(
        description="What is wrong with it; empty if it would land."
    )


class ImportPreview(Model):
    """What an import would read from a file."""

    model_config = example(_EXAMPLE)
    columns: Annotated[list[ImportColumn], Field(max_length=import_requests.MAX_COLUMNS)] = Field(
        description="The columns that the import reads; empty for JSON, whose members have the contract's names."
    )
    not_held: Annotated[list[NotHeld], Field(max_length=MAX_NAMES)] = Field(
        description="Values of these lines that products cannot store."
    )
    lines: Annotated[list[PreviewedLine], Field(max_length=import_preview.LINES)] = Field(
        description="The first lines, and what the import would do with each."
    )


_FORM = {FORM: {"schema": {"$ref": "#/components/schemas/ImportPreviewUpload"}}}
FORM_BODY = {"requestBody": {"required": True, "content": _FORM}}
"""The body of the operation that streams the form."""
