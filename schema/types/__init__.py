"""GraphQL types: objects, connections, inputs, payloads and scalars."""
