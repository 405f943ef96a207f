"""`tandem keys`: the secret alone on stdout, once; everything else about keys, and never a secret, elsewhere."""

import pytest

from tests.command_line import Tandem


def create(tandem: Tandem, url: str, *more: str, name: str = "acme") -> str:
    """The secret of a new key."""
    result = tandem("keys", "create", "--name", name, "--scope", "orders:read", *more, url=url)
    assert result.exit_code == 0, result.stderr
    return result.stdout.removesuffix("\n")


def test_create_and_list(tandem: Tandem, database_url: str) -> None:
    """`create` prints the secret and nothing else to stdout; `list` tells all but secrets."""
    secret = create(tandem, database_url, "--scope", "orders:write", "--expires-in", "30", "--rate", "1000/minute")
    assert len(secret.split()) == 1
    listed = tandem("keys", "list", url=database_url)
    identity, name, state, scopes, *_, rate = listed.stdout.rstrip("\n").split("\t")
    assert (identity, name, state) == (secret.split("_")[1], "acme", "live")
    assert (scopes, rate) == ("orders:read orders:write", "1000/minute")
    assert secret.split("_", 2)[2] not in listed.output


def test_rotation(tandem: Tandem, database_url: str) -> None:
    """A third live key of a name is refused; revoking the first, by its id, makes room."""
    first, _ = create(tandem, database_url), create(tandem, database_url)
    refused = tandem("keys", "create", "--name", "acme", "--scope", "orders:read", url=database_url)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "revoke" in refused.stderr
    revoked = tandem("keys", "revoke", first.split("_")[1], url=database_url)
    assert (revoked.exit_code, revoked.stdout) == (0, "")
    create(tandem, database_url)
    assert tandem("keys", "revoke", "acme", url=database_url).exit_code == 0
    states = [line.split("\t")[2] for line in tandem("keys", "list", url=database_url).stdout.splitlines()]
    assert states == ["revoked"] * 3
    assert tandem("keys", "revoke", "acme", url=database_url).exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--name", "acme"),
        ("--scope", "orders:read"),
        ("--name", "a b", "--scope", "orders:read"),
        ("--name", "", "--scope", "orders:read"),
        ("--name", "x" * 65, "--scope", "orders:read"),
        ("--name", "acme", "--scope", "everything"),
        ("--name", "acme", "--scope", "orders:read", "--expires-in", "0"),
        ("--name", "acme", "--scope", "orders:read", "--rate", "much"),
        ("--name", "acme", "--scope", "orders:read", "--rate", "0/minute"),
    ],
    ids=str,
)
def test_what_cannot_be(tandem: Tandem, database_url: str, arguments: tuple[str, ...]) -> None:
    """What makes no key is a usage error, and prints nothing to stdout."""
    result = tandem("keys", "create", *arguments, url=database_url)
    assert (result.exit_code, result.stdout) == (2, "")
