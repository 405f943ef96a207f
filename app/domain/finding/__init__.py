"""Finding products: facets, and suggestions while typing."""
