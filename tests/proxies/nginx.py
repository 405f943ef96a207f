"""nginx in front of a server: as it comes, or with what a test adds to its configuration."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port
from tests.proxies.processes import binary, listening

_CONFIGURATION = """
daemon off;
user root;
worker_processes 1;
pid {folder}/pid;
error_log stderr;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache keys_zone=all:1m;
    {servers}
}}
"""
_SERVER = """
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            {location}
        }}
    }}
"""


@contextmanager
def nginx(folder: Path, upstream: int, location: str = "") -> Iterator[int]:
    """Run nginx in front of a port; `location` are directives about it. Gives nginx's own port."""
    port = free_port()
    with serving(folder, _SERVER.format(port=port, upstream=upstream, location=location), port):
        yield port


@contextmanager
def serving(folder: Path, servers: str, port: int) -> Iterator[int]:
    """Run nginx with the `server` blocks of a configuration, which listen on a port."""
    file = folder / "nginx.conf"
    file.write_text(_CONFIGURATION.format(folder=folder, servers=servers))
    with listening([binary("nginx"), "-c", str(file), "-p", str(folder)], port, folder / "nginx.log"):
        yield port
