#!/bin/sh
# openapi-to-postmanv2 6.3.3: where only the errors have a body, the request says that it accepts nothing but errors.
#
# A DELETE answers 204 without a body, or 404 with application/problem+json. The request in the collection gets
# `Accept: application/problem+json`: the first media type of any response, since the success has none. A server that
# negotiates strictly answers 406 to such a request, though the contract and the server are right.
#
# Seen on 2026-11-28 with Node 20.20.2:
#   DELETE: [{"key":"Accept","value":"application/problem+json"}]
#
# Exits 1 if this has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private": true}' >package.json
npm install --silent --ignore-scripts --no-audit --no-fund openapi-to-postmanv2@6.3.3 2>/dev/null
cat >try.js <<'JS'
const { convertV2 } = require('openapi-to-postmanv2');
const problem = { description: 'none', content: { 'application/problem+json': { schema: { type: 'object' } } } };
const remove = { operationId: 'remove', responses: { 204: { description: 'gone' }, 404: problem } };
const data = { openapi: '3.0.3', info: { title: 'Notes', version: '1' }, paths: { '/note': { delete: remove } } };
convertV2({ type: 'json', data }, {}, (error, made) => {
  if (error || !made.result) throw error ?? new Error(made.reason);
  const requests = (item) => (item.item ? item.item.flatMap(requests) : [item.request]);
  const [{ method, header }] = requests(made.output[0].data);
  const told = JSON.stringify(header.map(({ key, value }) => ({ key, value })));
  console.log(`${method}: ${told}`);
  process.exit(told === '[{"key":"Accept","value":"application/problem+json"}]' ? 0 : 1);
});
JS
node try.js
