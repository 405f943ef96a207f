#!/bin/sh
# Bruno CLI 4.1.0, `bru import openapi`: an array with `explode: true` becomes one parameter with commas.
#
# OpenAPI's style "form" with `explode: true`, the default, means `?category=3&category=4`. The import makes one parameter
# whose value is `3,4`: one value to a server that reads the contract. For an array of enum words in the same document it
# makes one parameter for each word, as it should be.
#
# Seen on 2026-11-28 with Node 20.20.2:
#   category: 3,4
#   tag: a
#   tag: b
#
# Exits 1 if this has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private": true}' >package.json
npm install --silent --ignore-scripts --no-audit --no-fund @usebruno/cli@4.1.0 2>/dev/null
cat >api.yaml <<'YAML'
openapi: 3.0.3
info: {title: Notes, version: "1"}
paths:
  /notes:
    get:
      summary: List
      operationId: listNotes
      parameters:
        - {name: category, in: query, explode: true, schema: {type: array, items: {type: integer}}, example: [3, 4]}
        - {name: tag, in: query, explode: true, schema: {type: array, items: {type: string, enum: [a, b]}}}
      responses: {"200": {description: ok}}
YAML
node_modules/.bin/bru import openapi --source api.yaml --output . --collection-name notes >/dev/null
told=$(sed '/^examples:/,$d' notes/List.yml | awk '/- name:/ {name = $3} /^ +value:/ {print name ": " $2}')
echo "$told"
[ "$told" = "category: 3,4
tag: a
tag: b" ]
