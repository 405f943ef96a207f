"""GraphQL over HTTP: requests, responses, event streams and persisted queries."""
