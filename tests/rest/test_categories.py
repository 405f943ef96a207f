"""Categories over REST: the tree, its names and slugs, and what may not be done to it."""

from typing import Any

from tests.clients import Client


def _made(client: Client, name: str, parent: int | None = None) -> dict[str, Any]:
    made: dict[str, Any] = client.post("/v2/categories", {"name": name, "parentId": parent}).json()
    return made


def test_made_and_read(client: Client, prefix: str) -> None:
    """A category has an id, a trimmed name, a slug made of it, and a parent or none."""
    made = client.post(f"{prefix}/categories", {"name": " Café & Crème "})
    assert made.status_code == 201
    assert made.json() == {"id": 1, "name": "Café & Crème", "slug": "café-crème", "parentId": None}
    assert made.headers["location"] == f"{prefix}/categories/1"
    below = client.post(f"{prefix}/categories", {"name": "Cafe creme", "parentId": 1}).json()
    assert below == {"id": 2, "name": "Cafe creme", "slug": "cafe-creme", "parentId": 1}
    assert client.get(f"{prefix}/categories/2").json() == below
    assert client.get(f"{prefix}/categories/2?fields=parentId,name").text == '{"name":"Cafe creme","parentId":1}'


def test_replaced_and_changed(client: Client, prefix: str) -> None:
    """A PUT without a parent moves to the root, a patch leaves out what it likes; only a new name makes a new slug."""
    above, below = _made(client, "Above"), _made(client, "Below", 1)
    path = f"{prefix}/categories/{below['id']}"
    assert client.put(path, {"name": "BELOW"}).json() == below | {"name": "BELOW", "parentId": None}
    assert client.patch(path, {"parentId": above["id"]}).json() == below | {"name": "BELOW"}
    assert client.patch(path, {"name": "Under"}).json() == below | {"name": "Under", "slug": "under"}
    assert client.patch(path, {"parentId": None}).json()["parentId"] is None
    assert client.patch(path, {}).json()["name"] == "Under"


def test_names_are_unique_among_siblings(client: Client, prefix: str) -> None:
    """Siblings, also at the root, have names that differ by more than case."""
    _made(client, "Audio")
    other = _made(client, "Video")
    refused = client.post(f"{prefix}/categories", {"name": "AUDIO"})
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (409, "name")
    assert client.patch(f"{prefix}/categories/{other['id']}", {"name": "audio"}).status_code == 409
    assert client.post(f"{prefix}/categories", {"name": "Audio", "parentId": other["id"]}).status_code == 201


def test_it_stays_a_tree(client: Client, prefix: str) -> None:
    """A category cannot stand under itself or a descendant, nor be deleted while it has children."""
    for name, parent in (("a", None), ("b", 1), ("c", 2)):
        _made(client, name, parent)
    for parent in (1, 3):
        refused = client.patch(f"{prefix}/categories/1", {"parentId": parent})
        assert (refused.status_code, refused.json()["details"][0]["field"]) == (409, "parentId")
    assert client.delete(f"{prefix}/categories/2").status_code == 409
    assert [client.delete(f"{prefix}/categories/{n}").status_code for n in (3, 2, 1)] == [204, 204, 204]


def test_deleting_unlinks_products(client: Client, prefix: str) -> None:
    """The products of a deleted category stay, without it."""
    _made(client, "Gone")
    client.post("/v2/products", {"name": "Stays", "price": 1, "categoryIds": [1]})
    assert client.delete(f"{prefix}/categories/1").status_code == 204
    assert client.get("/v2/products/1").json()["categories"] == []
    assert (
        client.get(f"{prefix}/categories/1").status_code == client.delete(f"{prefix}/categories/1").status_code == 404
    )
    assert client.put(f"{prefix}/categories/1", {"name": "x"}).status_code == 404


def test_lists(client: Client, prefix: str) -> None:
    """Categories are sorted, searched by words of their names, and narrowed to one level of the tree."""
    for name, parent in (("Zebra", None), ("äpfel", None), ("Red apples", 2), ("Apple pie", 2)):
        _made(client, name, parent)

    def names(query: str) -> list[str]:
        return [item["name"] for item in client.get(f"{prefix}/categories?{query}").json()["items"]]

    assert names("sort=name") == ["äpfel", "Apple pie", "Red apples", "Zebra"]
    assert names("sort=-id&limit=2") == ["Apple pie", "Red apples"]
    assert names("q=APP&sort=name") == ["Apple pie", "Red apples"]
    assert names("parentId=root") == ["Zebra", "äpfel"]
    assert names("parentId=2&q=red") == ["Red apples"]
    assert names("parentId=999") == []
    page = client.get(f"{prefix}/categories?limit=1&count=exact&parentId=2").json()
    assert page["totalCount"] == 2
    assert client.get(page["links"]["next"]).json()["items"][0]["name"] == "Apple pie"
    for query in ("parentId=0", "parentId=Root", "parentId=", "sort=price", "fields=version", "category=1"):
        assert client.get(f"{prefix}/categories?{query}").status_code == 422


def test_faults_of_bodies(client: Client, prefix: str) -> None:
    """What a body may not have is named; what the service decides is read-only."""
    for body, details in (
        ({}, [("name", "validation_failed")]),
        ({"name": " "}, [("name", "validation_failed")]),
        ({"name": "x" * 201}, [("name", "validation_failed")]),
        ({"name": None, "parentId": "1"}, [("name", "validation_failed"), ("parentId", "validation_failed")]),
        ({"name": "x", "parentId": 7}, [("parentId", "validation_failed")]),
        ({"name": "x", "parentId": 10**30}, [("parentId", "validation_failed")]),
        ({"name": "x", "id": 1, "slug": "x"}, [("id", "read_only"), ("slug", "read_only")]),
        ({"name": "x", "colour": 1}, [("colour", "validation_failed")]),
    ):
        refused = client.post(f"{prefix}/categories", body)
        assert refused.status_code == 422
        assert [(detail["field"], detail["code"]) for detail in refused.json()["details"]] == details
    assert client.get(f"{prefix}/categories").json()["items"] == []
