#!/bin/sh
# OpenAPI Generator 7.26.0, python: a model's from_dict() fills nullable members that are absent with an explicit null.
#
# A client reads part of a resource, or takes a patch from JSON, by `Model.from_dict({"name": "x"})`. `to_dict()` then has
# `"note": None` for every nullable member that was absent, since from_dict() passes `obj.get("note")` to the constructor and
# so marks it as set. Sent as a merge patch (RFC 7396) this clears members that nobody named. The constructor does not:
# `Model(name="x").to_dict()` is `{"name": "x"}`. Models whose members are not nullable are not affected.
#
# Seen on 2026-11-28 with pydantic 2.14.3:
#   from_dict: {'name': 'x', 'note': None}
#   constructor: {'name': 'x'}
#
# Needs Java. Exits 1 if this has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install openapi-generator-cli==7.26.0 pydantic==2.14.3 \
    python-dateutil==2.9.0.post0 urllib3==2.8.0
cat >api.yaml <<'YAML'
openapi: 3.0.3
info: {title: Notes, version: "1"}
paths:
  /notes/{id}:
    patch:
      operationId: updateNote
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody:
        content:
          application/merge-patch+json:
            schema: {$ref: '#/components/schemas/NotePatch'}
      responses: {"204": {description: done}}
components:
  schemas:
    NotePatch:
      type: object
      properties:
        name: {type: string}
        note: {type: string, nullable: true}
YAML
venv/bin/openapi-generator-cli generate -i api.yaml -g python -o client --package-name notes >/dev/null 2>&1
cd client
../venv/bin/python - <<'PYTHON'
from notes import NotePatch

read, made = NotePatch.from_dict({"name": "x"}).to_dict(), NotePatch(name="x").to_dict()
print(f"from_dict: {read}\nconstructor: {made}")
raise SystemExit((read, made) != ({"name": "x", "note": None}, {"name": "x"}))
PYTHON
