"""Names of downloads, as headers say them."""

from email.message import Message

import pytest

from app.http.headers.content_disposition import attachment


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("plain.txt", "attachment; filename=\"plain.txt\"; filename*=UTF-8''plain.txt"),
        (
            "naïve € file.txt",
            "attachment; filename=\"na_ve _ file.txt\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC%20file.txt",
        ),
        ('a "b"; c.txt', "attachment; filename=\"a _b_; c.txt\"; filename*=UTF-8''a%20%22b%22%3B%20c.txt"),
        ("100%41.txt", "attachment; filename=\"100_41.txt\"; filename*=UTF-8''100%2541.txt"),
        ("../../etc/passwd", "attachment; filename=\".._.._etc_passwd\"; filename*=UTF-8''.._.._etc_passwd"),
        ("C:\\x.exe", "attachment; filename=\"C:_x.exe\"; filename*=UTF-8''C%3A_x.exe"),
        ("a\r\nSet-Cookie: b\0", "attachment; filename=\"a__Set-Cookie: b_\"; filename*=UTF-8''a__Set-Cookie%3A%20b_"),
        ("a\u202egpj.exe", "attachment; filename=\"a_gpj.exe\"; filename*=UTF-8''a_gpj.exe"),
        (
            "a\u200e\u200f\u061c\u2028\u2029\u2066\x85.txt",
            "attachment; filename=\"a_______.txt\"; filename*=UTF-8''a_______.txt",
        ),
        ("it's.txt", "attachment; filename=\"it's.txt\"; filename*=UTF-8''it%27s.txt"),
        ("日本.txt", "attachment; filename=\"__.txt\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.txt"),
        ("🐎.png", "attachment; filename=\"_.png\"; filename*=UTF-8''%F0%9F%90%8E.png"),
    ],
)
def test_names(name: str, header: str) -> None:
    """A name is said in ASCII for the oldest clients, exactly for all others, and never ends the header."""
    assert attachment(name) == header


@pytest.mark.parametrize(
    "name", ["a b.txt", "Ünïcode; filename=x.txt", "'quoted' \"name\".pdf", "trailing.", "日本 語.csv"]
)
def test_a_reader_finds_the_name(name: str) -> None:
    """The standard library's parser reads back what was meant."""
    message = Message()
    message["Content-Disposition"] = attachment(name)
    assert message.get_content_disposition() == "attachment"
    said = [value for key, value in message.get_params([], "content-disposition") if key == "filename"]
    charset, _, value = said[-1]
    assert value.encode("latin-1").decode(charset) == name
