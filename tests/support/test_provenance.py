"""Version and commit, in a checkout and where the package was never installed."""

import importlib.metadata
import subprocess

import pytest

import jaxcom as jc
from jaxcom.cli import main
from jaxcom.io.design_file import write_design
from jaxcom.support import provenance


@pytest.fixture
def not_installed(monkeypatch):
    """Let the metadata of the package be missing."""

    def version(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Repository with one commit, in place of that of this package."""
    for command in (
        ["init", "--quiet"],
        ["-c", "user.name=a", "-c", "user.email=b", "commit", "-qm", "c", "--allow-empty"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    provenance.commit.cache_clear()
    yield tmp_path
    provenance.commit.cache_clear()


def test_version_of_an_installed_package():
    assert provenance.version() == importlib.metadata.version("jaxcom")


@pytest.mark.usefixtures("not_installed")
def test_version_is_unknown_without_an_installation(tmp_path, capsys):
    assert provenance.version() == "unknown"
    assert provenance.provenance()["jaxcom"] == "unknown"
    path = write_design(tmp_path / "design.json", jc.SpinningResonator())
    assert '"jaxcom": "unknown"' in path.read_text()
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == "jaxcom unknown\n"


def test_root_holds_the_package():
    assert (provenance.ROOT / "jaxcom" / "support" / "provenance.py").samefile(provenance.__file__)


def test_commit_of_a_checkout(checkout):
    git = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    head = subprocess.run(git, capture_output=True, text=True, check=True).stdout
    assert provenance.commit() == head[:12]


def test_commit_outside_a_checkout(checkout, monkeypatch):
    monkeypatch.setattr(provenance, "ROOT", checkout / "elsewhere")
    assert provenance.commit() == "released"


def test_commit_is_unknown_without_git(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert provenance.commit() == "unknown"
