#!/bin/sh
# FastAPI 0.165.0: app.openapi() removes members that are null from the examples that its users wrote.
#
# A response documents `{"name": "x", "note": null}`. The published document has `{"name": "x"}`, which is another answer,
# and one that a schema with `required: [note]` refuses. It happens in `example`, `examples` and `openapi_examples`, of
# bodies, responses and models, since the whole document is encoded once more without None. A null that stands in a list
# of examples stays.
#
# Seen on 2026-11-28 with pydantic 2.14.3:
#   response: {'name': 'x'}
#   model: [{'name': 'x'}]
#
# Exits 1 if this has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install fastapi==0.165.0 pydantic==2.14.3
venv/bin/python - <<'PYTHON'
from fastapi import FastAPI
from pydantic import BaseModel

EXAMPLE = {"name": "x", "note": None}
app = FastAPI()


class Note(BaseModel):
    model_config = {"json_schema_extra": {"examples": [EXAMPLE]}}
    name: str
    note: str | None


@app.get("/", responses={200: {"content": {"application/json": {"example": EXAMPLE}}}})
def read() -> Note:
    return Note(**EXAMPLE)


document = app.openapi()
response = document["paths"]["/"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
model = document["components"]["schemas"]["Note"]
print(f"response: {response}\nmodel: {model['examples']}")
raise SystemExit((response, model["examples"], "note" in model["required"]) != ({"name": "x"}, [{"name": "x"}], True))
PYTHON
