#!/bin/sh
# Kubb 4.39.3 (@kubb/plugin-client, client "fetch"): JSON bodies go out as `Content-Type: text/plain;charset=UTF-8`.
#
# The operation declares one media type, application/json. The generated function hands `data` to Kubb's own fetch client,
# which passes JSON.stringify(data) to fetch() and sets no Content-Type, so fetch() takes that of a string. Servers that
# read the Content-Type answer 415 or 422; and since that client does not look at the status, the caller gets the body of
# the refusal, typed as the success. The axios client of the same package is not affected.
#
# Seen on 2026-11-28 with Node 20.20.2:
#   content-type: text/plain;charset=UTF-8
#   result: {"error":"unsupported media type"}
#
# Exits 1 if this has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >package.json <<'JSON'
{"private": true, "type": "module"}
JSON
npm install --silent --ignore-scripts --no-audit --no-fund @kubb/cli@4.39.3 @kubb/core@4.39.3 @kubb/plugin-oas@4.39.3 \
    @kubb/plugin-ts@4.39.3 @kubb/plugin-client@4.39.3 esbuild@0.28.2 2>/dev/null
cat >api.yaml <<'YAML'
openapi: 3.0.3
info: {title: Notes, version: "1"}
paths:
  /notes:
    post:
      operationId: createNote
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [name], properties: {name: {type: string}}}
      responses:
        "201":
          description: made
          content:
            application/json:
              schema: {type: object, required: [id], properties: {id: {type: integer}}}
YAML
cat >kubb.config.mjs <<'JS'
import { defineConfig } from '@kubb/core';
import { pluginClient } from '@kubb/plugin-client';
import { pluginOas } from '@kubb/plugin-oas';
import { pluginTs } from '@kubb/plugin-ts';
export default defineConfig({
  root: '.',
  input: { path: 'api.yaml' },
  output: { path: 'made', format: false },
  plugins: [pluginOas({ generators: [] }), pluginTs(), pluginClient({ client: 'fetch' })],
});
JS
node_modules/.bin/kubb generate --config kubb.config.mjs >/dev/null 2>&1
cat >try.ts <<'JS'
import { createServer } from 'node:http';
import { createNote } from './made/clients/createNote.ts';
let type: string | undefined;
const server = createServer((request, response) => {
  type = request.headers['content-type'];
  response.writeHead(type === 'application/json' ? 201 : 415, { 'Content-Type': 'application/json' });
  response.end(type === 'application/json' ? '{"id":1}' : '{"error":"unsupported media type"}');
}).listen(0, '127.0.0.1', async () => {
  const baseURL = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const result = JSON.stringify(await createNote({ name: 'x' }, { baseURL }));
  console.log(`content-type: ${type}\nresult: ${result}`);
  process.exit(type === 'text/plain;charset=UTF-8' && result.includes('error') ? 0 : 1);
});
JS
node_modules/.bin/esbuild try.ts --bundle --platform=node --format=esm --log-level=error --outfile=try.mjs
node try.mjs
