"""No file makes a reader hang, run code, or raise anything but an error that names the file.

`python tests/fuzz/campaign.py` does the same with many more inputs.
"""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest
from fuzz.mutations import mutated
from fuzz.readers import FAULTY, Reader, outcome, readers

from jaxcom.cli import main
from jaxcom.support.arrays import read_arrays, write_arrays
from optimize import Checkpoint

NAMES = (
    "design file", "problem file", "settings of a scan", "measurement", "checkpoint of a search",
    "checkpoint of a scan", "metadata of a store",
)  # fmt: skip


@pytest.fixture(scope="module")
def kinds(tmp_path_factory) -> dict[str, Reader]:
    """All readers by name."""
    return readers(tmp_path_factory.mktemp("examples"))


def test_every_reader_is_named(kinds):
    assert tuple(kinds) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_read(kinds, name, tmp_path):
    reader = kinds[name]
    for content in reader.examples:
        path = tmp_path / f"{FAULTY}{reader.ending}"
        path.write_bytes(content)
        assert outcome(reader, path) == "read"


@pytest.mark.parametrize("name", NAMES)
def test_damaged_files(kinds, name, tmp_path):
    reader = kinds[name]
    path, found = tmp_path / f"{FAULTY}{reader.ending}", set()
    for seed in range(round(100 * reader.share)):
        path.write_bytes(mutated(seed, reader.examples))
        found.add(outcome(reader, path))
    assert found - {"read"}, "no input was refused"


FROM_PATHS = NAMES[:-1]  # the metadata of a store have tests of their own in tests/scan


@pytest.mark.parametrize("name", FROM_PATHS)
@pytest.mark.parametrize("kind", ["pipe", "zeros", "folder", "huge"])
def test_what_is_no_plain_file_neither_hangs_nor_fills_the_memory(kinds, name, kind, tmp_path):
    reader = kinds[name]
    path = tmp_path / f"{FAULTY}{reader.ending}"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "zeros":
            path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()
        case "huge":
            path.touch()
            os.truncate(path, 2**40)
    assert outcome(reader, path) != "read"


class Bomb:
    """Object whose unpickling writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_no_pickle_is_read(tmp_path):
    path, mark = tmp_path / f"{FAULTY}.npz", tmp_path / "run"
    for arrays in ({"digest": np.array(Bomb(str(mark)), object)}, {}):
        np.savez(path, **{"fingerprint": np.array("a"), **arrays})
        with pytest.raises(ValueError, match="not a checkpoint of a search"):
            Checkpoint(path, resume=True).load("a")
    path.write_bytes(pickle.dumps(Bomb(str(mark))))
    with pytest.raises(ValueError, match="not a checkpoint of a search"):
        Checkpoint(path, resume=True).load("a")
    assert not mark.exists()


def npy(header: str) -> bytes:
    """File of an array with a header and no values."""
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (), }",
        "{'descr': '<f8', 'shape': ()}",
        "(" * 9000,
    ],
)
def test_a_header_that_asks_for_too_much(tmp_path, header):
    path = tmp_path / f"{FAULTY}.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("digest.npy", npy(header))
    with pytest.raises(ValueError, match="it is damaged"):
        read_arrays(path)


def test_a_compressed_archive_is_not_unpacked(tmp_path):
    path = tmp_path / f"{FAULTY}.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("digest.npy", bytes(2**24))
    with pytest.raises(ValueError, match="its entries are compressed"):
        read_arrays(path)


def test_exchanged_arrays_are_noticed(tmp_path):
    """The checksums of the archive are those of single entries."""
    path = write_arrays(tmp_path / "a.npz", {"x": np.arange(3), "y": np.arange(3, 6)})
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, x=arrays["y"], y=arrays["x"], digest=arrays["digest"])
    with pytest.raises(ValueError, match="its digest is another one"):
        read_arrays(path)


@pytest.mark.parametrize("command", ["point", "scan", "optimize"])
def test_a_message_cannot_disturb_the_terminal(command, tmp_path, capsys):
    path = tmp_path / f"{FAULTY}.toml"
    path.write_text('[device]\nspin = "' + "\\u001b[2J\\u202e" + "x" * 5000 + '"\n', "utf-8")
    assert main([command, "--config", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.rstrip("\n").isprintable()
    assert len(error) < 1100


def test_a_dotted_key_is_not_parsed_for_long(tmp_path):
    path = tmp_path / f"{FAULTY}.toml"
    path.write_bytes(io.BytesIO(b"a." * 400_000 + b"a = 1").getvalue())
    assert main(["point", "--config", str(path)]) == 2
