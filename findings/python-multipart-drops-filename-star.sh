#!/bin/sh
# python-multipart 0.0.34: a part whose name comes only as `filename*` (RFC 8187) is handed on as a plain field.
#
# A part with `filename="a.txt"` is a file. With `filename*=UTF-8''na%C3%AFve.txt` in its place the same parser calls
# on_field instead of on_file: the parameter is dropped, and its absence means "no file". RFC 7578 tells senders not to use
# `filename*` in forms, but some do, and the loss is silent: the file's bytes arrive as a form value.
#
# Seen on 2026-11-28 with Python 3.11.7:
#   filename:  [('file', b'a.txt')]
#   filename*: [('field', b'hi')]
#
# Exits 1 if this has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install python-multipart==0.0.34
venv/bin/python - <<'PYTHON'
from io import BytesIO

from python_multipart.multipart import parse_form


def parsed(parameter: str) -> list[tuple[str, bytes]]:
    part = f'Content-Disposition: form-data; name="file"; {parameter}\r\n\r\nhi'
    body = f"--b\r\n{part}\r\n--b--\r\n".encode()
    headers = {"Content-Type": b"multipart/form-data; boundary=b", "Content-Length": str(len(body)).encode()}
    seen = []
    parse_form(
        headers,
        BytesIO(body),
        lambda field: seen.append(("field", field.value)),
        lambda file: seen.append(("file", file.file_name)),
    )
    return seen


plain, extended = parsed('filename="a.txt"'), parsed("filename*=UTF-8''na%C3%AFve.txt")
print(f"filename:  {plain}\nfilename*: {extended}")
raise SystemExit((plain, extended) != ([("file", b"a.txt")], [("field", b"hi")]))
PYTHON
