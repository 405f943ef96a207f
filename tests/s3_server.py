"""An S3 of the tests' own: moto's server in a process that the test ends."""

import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from tests.ports import Stoppable, accepts, free_port

BUCKET = "tandem"
_WHO = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


class S3Server(Stoppable):
    """One server on a free port of the loopback, with an empty bucket."""

    def __init__(self) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            if accepts(self.port):
                break
            time.sleep(0.05)
        else:
            self._process.kill()
            pytest.fail("moto's server does not answer")
        self.client.create_bucket(Bucket=BUCKET)

    @property
    def environment(self) -> Mapping[str, str]:
        """What an application needs to know of it."""
        return _WHO | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}"}

    @property
    def client(self) -> Any:
        """Another client of it."""
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name=_WHO["AWS_REGION"],
            aws_access_key_id=_WHO["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=_WHO["AWS_SECRET_ACCESS_KEY"],
        )

    def objects(self, prefix: str) -> list[str]:
        """The keys of all objects, and of uploads that were begun and neither ended nor aborted."""
        found = self.client.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        begun = self.client.list_multipart_uploads(Bucket=BUCKET, Prefix=prefix).get("Uploads", [])
        return [one["Key"] for one in (*found, *begun)]

    def stop(self) -> None:
        """Kill it; connections are refused from now on."""
        self._process.kill()
        self._process.wait()
