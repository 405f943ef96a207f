"""The published contract: what FastAPI generates from routers and models, completed.

Routers and models leave these marks for it, which `operations.py` replaces; no published document has them:

- `x-problems` in `responses`: the names of the problems (`problems.py`) that an operation can answer.
- `x-headers` in `responses`: the header fields (`headers.py`) of a success.
- `x-own-keys` in `responses` and in the schemas of parameters: only versions with own keys (`sku:`) have them. In an id
  its value is the description of the keys.
"""
