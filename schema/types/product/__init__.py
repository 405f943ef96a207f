"""Products over GraphQL: their filters, inputs, addresses and members."""
