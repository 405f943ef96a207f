"""Clients of the contract: what makes each, and what its generator does wrong.

`make clients` makes them in `build/clients`, where `v2.yaml` is the contract; each journey then runs there.
"""

from typing import NamedTuple

STEPS = ("list", "filter", "create", "patch", "order", "remove", "upload")
"""The steps of a journey. `filter` asks for two fields of the products in two categories."""
_OPENAPI_GENERATOR = "openapi-generator-cli generate -i v2.yaml"


class Fault(NamedTuple):
    """What a generator does wrong in some steps, and the workaround of its journey."""

    steps: tuple[str, ...]
    what: str
    around: str

    @property
    def told(self) -> str:
        """The fault in a sentence; empty where there is none."""
        return f"{self.what}: {self.around}." if self.steps else ""


class Client(NamedTuple):
    """A client: the package of its generator, the command that makes it, its journey, and a note for the docs."""

    package: str
    command: str
    journey: str
    fault: Fault = Fault((), "", "")
    note: str = ""

    @property
    def folder(self) -> str:
        """The folder of a client in Python, with its journey; empty for others."""
        stem, _, language = self.journey.partition(".")
        return stem.replace("_", "-") if language == "py" else ""


CLIENTS = {
    "openapi-typescript, openapi-fetch": Client(
        "openapi-typescript",
        "openapi-typescript v2.yaml -o openapi-typescript/schema.ts --default-non-nullable false",
        "openapi_typescript.ts",
        Fault(
            ("upload",),
            "openapi-fetch sends a form as JSON, and types a file as `string`",
            "give the call a `bodySerializer` that fills a `FormData`",
        ),
        "Without `--default-non-nullable false` members that have a default are required in bodies.",
    ),
    "Hey API": Client("@hey-api/openapi-ts", "openapi-ts --input ./v2.yaml --output hey-api", "hey_api.ts"),
    "Orval, fetch": Client("orval", "orval --config orval.config.mjs --project fetch", "orval_fetch.ts"),
    "Orval, zod": Client("orval", "orval --config orval.config.mjs --project zod", "orval_zod.ts"),
    "Kubb": Client(
        "@kubb/core",
        "kubb generate --config kubb.config.mjs",
        "kubb.ts",
        Fault(
            ("create", "patch", "order"),
            "Its fetch client sends JSON as `text/plain`, and gives the refusal as if it were the answer",
            "give each call that has a body `headers: { 'Content-Type': 'application/json' }`",
        ),
    ),
    "Zodios": Client("openapi-zod-client", "openapi-zod-client v2.yaml -o zodios/api.ts", "zodios.ts"),
    "swagger-typescript-api": Client(
        "swagger-typescript-api",
        "swagger-typescript-api generate -p v2.yaml -o swagger-typescript-api -n api.ts --generate-union-enums",
        "swagger_typescript_api.ts",
        note="It leaves out the header parameters: give `If-Match` and `Idempotency-Key` in the call's `headers`.",
    ),
    "OpenAPI Generator, typescript-axios": Client(
        "openapi-generator-cli",
        f"{_OPENAPI_GENERATOR} -g typescript-axios -o typescript-axios"
        " --additional-properties=useSingleRequestParameter=true",
        "typescript_axios.ts",
        note="Without `useSingleRequestParameter` parameters go by position, and new ones of the contract move them.",
    ),
    "OpenAPI Generator, python": Client(
        "openapi-generator-cli",
        f"{_OPENAPI_GENERATOR} -g python -o openapi-generator-python --package-name tandem_client",
        "openapi_generator_python.py",
        note="`from_dict()` sets absent nullable members to null, which clears them: make a patch by its constructor.",
    ),
    "openapi-python-client": Client(
        "openapi-python-client",
        "openapi-python-client generate --config openapi-python-client.yaml --meta none --path v2.yaml"
        " --output-path openapi-python-client/tandem_client",
        "openapi_python_client.py",
    ),
    "Postman, newman": Client(
        "openapi-to-postmanv2",
        "openapi2postmanv2 -s v2.yaml -o postman.json -p -O folderStrategy=Tags,parametersResolution=Example",
        "postman.ts",
        note="All parameters are switched on, `cursor` together with `before`: leave the ones that you need.",
    ),
    "Bruno": Client(
        "@usebruno/cli",
        "bru import openapi --source v2.yaml --output . --collection-name bruno",
        "bruno.ts",
    ),
    "Prism, as a proxy": Client("@stoplight/prism-cli", "", "prism.ts", note="It checks each request and each answer."),
}
