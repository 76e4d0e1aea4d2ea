"""What tests of commands share."""

import pytest

from jaxcom.cli import main


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Run commands in an empty folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def fails(capsys):
    """Run a command that must fail; its message."""

    def run(*argv: str) -> str:
        assert main(argv) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("jaxcom: error: ")
        assert printed.err.count("\n") == 1
        return printed.err

    return run
