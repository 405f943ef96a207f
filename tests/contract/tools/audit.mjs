// The audit of graphql-http: what a server owes to GraphQL over HTTP. Takes the URL of the endpoint, and prints the name
// of each check that does not pass.
import { auditServer } from 'graphql-http';

const results = await auditServer({ url: process.argv[2] });
for (const result of results.filter((result) => result.status !== 'ok')) {
  console.log(result.name);
}
console.error(`${results.length} checks`);
