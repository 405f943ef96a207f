"""The pages: home, shop, playground and reference."""
