"""The models that every operation shares: problems and rate limits."""

from typing import Annotated

from pydantic import Field

from app.domain import errors
from app.domain.errors import MAX_FAULTS
from rest.models import ANY, Address, Code, Integer, Model, Sentence, string


class Fault(Model):
    """A member or parameter that is invalid."""

    field: Annotated[str, string(0, 300, ANY)] = Field(
        description="A dotted path, such as `categoryIds.0`; empty for the body itself."
    )
    code: Code = Field(description="The error code.")
    message: Sentence = Field(description="The explanation, for display.")


class OperationProblem(Model):
    """Problem details (RFC 9457) of one operation of a batch."""

    type: Address = Field(description="The page that explains the code.")
    title: Sentence = Field(description="The meaning of the code.")
    status: Annotated[int, Integer(400, 599)] = Field(description="The HTTP status.")
    detail: Sentence = Field(description="The same as `message`, under the name of RFC 9457.")
    code: Code = Field(
        description="The code to switch on; new ones may be added.",
        json_schema_extra={"examples": [str(code) for code in errors.Code]},
    )
    message: Sentence = Field(description="The explanation, for display.")
    details: Annotated[list[Fault], Field(max_length=MAX_FAULTS)] = Field(
        description="Every member and parameter that is invalid."
    )


class Problem(OperationProblem):
    """Problem details (RFC 9457)."""

    request_id: Annotated[str, string(1, 128, "^[A-Za-z0-9._:/+=@-]+$")] = Field(
        description="The id of the request; name it when you report a problem."
    )
