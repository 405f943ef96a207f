"""The pages that people meet, as files of their own: home, shop, playground and reference."""
