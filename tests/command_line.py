"""Fixtures of the suites of the roof: the command line, in process."""

import os
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from app.cli import main

Tandem = Callable[..., Result]


@pytest.fixture
def tandem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tandem:
    """Runs a command in an empty folder. What it sets in the environment is undone after it."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, url: str | None = None, stdin: str | None = None) -> Result:
        env = {} if url is None else {"TANDEM_DATABASE_URL": url}
        with patch.dict(os.environ):
            result = CliRunner(env=env).invoke(main, arguments, input=stdin)
        assert isinstance(result.exception, SystemExit | None), result.exception
        return result

    return run
