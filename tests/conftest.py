"""Fixtures for tests of commands."""

import signal

import pytest

from jaxcom.cli import main

# As in a terminal: in the background of a shell, and under nohup, these signals are ignored, and
# every process that a test starts would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Run the test in an empty folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def fails(capsys):
    """Function that runs a command, which must fail, and returns its error message."""

    def run(*argv: str) -> str:
        assert main(argv) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("jaxcom: error: ")
        assert printed.err.count("\n") == 1
        return printed.err

    return run
