// The audit of graphql-http: what a server owes to the GraphQL-over-HTTP draft. Takes the URL of the endpoint.
import { auditServer } from 'graphql-http';

const results = await auditServer({ url: process.argv[2] });
const bad = results.filter((result) => result.status !== 'ok');
for (const result of bad) {
  console.error(`${result.status}: ${result.name}: ${result.reason ?? ''}`);
}
console.log(`${results.length - bad.length} of ${results.length}`);
process.exit(bad.length === 0 ? 0 : 1);
