// The official audit of GraphQL over HTTP against a server that runs; fails on anything but `ok`.
// npm install graphql-http@1.23.1 graphql@16 beside it, then: node graphql_http.mjs http://127.0.0.1:8000/graphql
import { auditServer } from "graphql-http";

const results = await auditServer({ url: process.argv[2] });
const missed = results.filter((result) => result.status !== "ok");
for (const { status, id, name, reason } of missed) console.log(`${status} ${id} ${name}: ${reason}`);
console.log(`${results.length - missed.length} of ${results.length} pass`);
process.exitCode = missed.length ? 1 : 0;
