"""Malformed members of bodies, each with the code of its refusal."""

MALFORMED, INVALID, READ_ONLY = (400, "malformed_request"), (422, "validation_failed"), (422, "read_only")
DEEP = "[" * 3000 + "]" * 3000
DEEP_OBJECTS = '{"a":' * 3000 + "1" + "}" * 3000
DIGITS = "1" * 30

# What is wrong, the JSON text of a member, and what REST answers. GraphQL takes numbers as text, and refuses members
# that are not in its schema without knowing why they are not.
MEMBERS: dict[str, tuple[str, tuple[int, str]]] = {
    "NaN": ('"price": NaN', MALFORMED),
    "Infinity": ('"price": Infinity', MALFORMED),
    "-Infinity": ('"price": -Infinity', MALFORMED),
    "1e999": ('"price": 1e999', MALFORMED),
    "-1e999": ('"price": -1e999', MALFORMED),
    "1e-999": ('"price": 1e-999', MALFORMED),
    "1e99": ('"price": 1e99', INVALID),
    "1e-99": ('"price": 1e-99', INVALID),
    "5,000 digits": (f'"price": {"9" * 5000}', MALFORMED),
    "30 digits": (f'"price": {DIGITS}', INVALID),
    "too many decimals": ('"price": 1.001', INVALID),
    "text for a price": ('"price": "cheap"', INVALID),
    "true for a price": ('"price": true', INVALID),
    "null for a price": ('"price": null', INVALID),
    "an object for a price": ('"price": {}', INVALID),
    "a lone surrogate": (r'"name": "\ud800"', INVALID),
    "a lone low surrogate": (r'"name": "a\udc00b"', INVALID),
    "NUL": (r'"name": "a\u0000b"', INVALID),
    "deep nesting": (f'"name": {DEEP}', MALFORMED),
    "deep objects": (f'"name": {DEEP_OBJECTS}', MALFORMED),
    "a number for a name": ('"name": 5', INVALID),
    "a fraction for a name": ('"name": 1.5', INVALID),
    "null for a name": ('"name": null', INVALID),
    "a list for a name": ('"name": ["x"]', INVALID),
    "no name": ('"name": ""', INVALID),
    "blanks for a name": (r'"name": "  \t\u2003"', INVALID),
    "an unknown member": ('"colour": "red"', INVALID),
    "a member with a lone surrogate": (r'"\ud800": 1', INVALID),
    "an id": ('"id": 7', READ_ONLY),
    "a version": ('"version": 7', READ_ONLY),
    "times": ('"createdAt": "2026-01-01T00:00:00Z"', READ_ONLY),
    "categories": ('"categories": []', READ_ONLY),
    "a number for ids": ('"categoryIds": 5', INVALID),
    "text for ids": ('"categoryIds": ["x"]', INVALID),
    "a fraction for an id": ('"categoryIds": [1.5]', INVALID),
    "an id of 30 digits": (f'"categoryIds": [{DIGITS}]', INVALID),
    "a negative id": ('"categoryIds": [-1]', INVALID),
}  # fmt: skip
V2_MEMBERS: dict[str, tuple[str, tuple[int, str]]] = {
    "a fraction of stock": ('"stock": 1.5', INVALID),
    "negative stock": ('"stock": -1', INVALID),
    "too much stock": (f'"stock": {2**31}', INVALID),
    "stock of 30 digits": (f'"stock": {DIGITS}', INVALID),
    "true for stock": ('"stock": true', INVALID),
    "text for stock": ('"stock": "5"', INVALID),
    "an unknown currency": ('"currency": "usd"', INVALID),
    "a number for a currency": ('"currency": 840', INVALID),
    "an empty sku": ('"sku": ""', INVALID),
    "NUL in a sku": (r'"sku": "\u0000"', INVALID),
    "a lone surrogate in a description": (r'"description": "\udfff"', INVALID),
    "a long description": (f'"description": "{"x" * 10_001}"', INVALID),
}
