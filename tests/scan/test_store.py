"""Stores: writing, resuming, repairing and refusing."""

import errno
import fcntl
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from threading import enumerate as enumerate_threads

import jax
import numpy as np
import pytest
import xarray as xr
from kills import content, differing, kill_and_resume
from worker import AXES, REQUEST, scan

import jaxcom as jc
from jaxcom.scan import chunks, engine, lock, on_disk
from jaxcom.scan import store as store_module
from jaxcom.support import interruption

WORKER = Path(__file__).with_name("worker.py")


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A finished store."""
    store = tmp_path_factory.mktemp("whole") / "scan.zarr"
    scan(store)
    return store


@pytest.fixture
def copy(whole, tmp_path) -> Path:
    """Copy of the finished store, to be damaged."""
    return shutil.copytree(whole, tmp_path / "scan.zarr")


def assert_same(one: Path, other: Path) -> None:
    """Raise AssertionError unless the folders of both stores are identical to the last bit."""
    assert differing(content(one.parent), content(other.parent)) == []


def test_a_store_holds_what_is_returned_without_one(whole):
    xr.testing.assert_identical(scan(None), xr.open_zarr(whole)[list(scan(None).data_vars)].load())


def test_plain_xarray_reads_it_without_this_library(whole):
    program = (
        "import sys, warnings; warnings.simplefilter('error'); import xarray\n"
        f"data = xarray.open_zarr({str(whole)!r})\n"
        "assert not [name for name in sys.modules if name.startswith(('jax', 'optimize'))]\n"
        "print(data.log_negativity.dims, data.spin.units, data.status.flag_meanings.split()[1])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout == "('direction', 'spin', 'detuning') rad/s stable\n", run.stderr


def test_chunks_are_those_that_zarr_writes(whole, tmp_path):
    """Zarr itself copies an array into one with the same metadata.

    Fails if a new version of zarr encodes chunks or their names in another way, which
    `jaxcom.scan.chunks` must then follow.
    """
    zarr = pytest.importorskip("zarr")
    ours = zarr.open_group(whole, mode="r")["log_negativity"]
    theirs = zarr.open_group(shutil.copytree(whole, tmp_path / "x"), mode="r+")["log_negativity"]
    theirs.with_config({"write_empty_chunks": True})[...] = ours[...]
    assert (
        differing(content(whole / "log_negativity"), content(tmp_path / "x/log_negativity")) == []
    )


def test_resuming_what_is_finished_changes_nothing(whole, copy, monkeypatch):
    monkeypatch.setattr(engine.BlockEvaluator, "evaluate", None)
    scan(copy, resume=True)
    assert_same(whole, copy)


def test_a_run_that_was_cut_short_ends_as_an_undisturbed_one(whole, tmp_path, monkeypatch):
    """Errors represent anything that may end a run; real kills are in `tests/scan/kills.py`."""
    store, write = tmp_path / "scan.zarr", chunks.write_chunk
    for _ in range(4):
        left = iter(range(25))

        def failing(path, numbers, left=left):
            if next(left, None) is None:
                raise RuntimeError("cut short")
            write(path, numbers)

        with monkeypatch.context() as patch:
            patch.setattr(store_module, "write_chunk", failing)
            with pytest.raises(RuntimeError, match="cut short"):
                scan(store, resume=True, checkpoint_seconds=0.0)
        assert store.exists()
    scan(store, resume=True)
    assert_same(whole, store)


@pytest.mark.parametrize(
    "name", ["status", "d_nonreciprocity_d_spin", "fraction_stable", "spin", "power"]
)
@pytest.mark.parametrize("damage", ["flip", "truncate", "empty", "remove"])
def test_damaged_chunks_are_computed_again(whole, copy, name, damage):
    chunk = sorted((copy / name).glob("c*"))[-1]
    numbers = bytearray(chunk.read_bytes())
    match damage:
        case "flip":
            numbers[len(numbers) // 3] ^= 4
            chunk.write_bytes(numbers)
        case "truncate":
            chunk.write_bytes(numbers[:-3])
        case "empty":
            chunk.write_bytes(b"")
        case "remove":
            chunk.unlink()
    scan(copy, resume=True)
    assert_same(whole, copy)


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


FAULTS = {
    "title": lambda s: edited(s / "zarr.json", "Scan of a spinning", "Scan of a moving"),
    "consolidated": lambda s: edited(s / "zarr.json", '"int8"', '"int16"'),
    "dtype": lambda s: edited(s / "log_negativity/zarr.json", '"float64"', '"float32"'),
    "units": lambda s: edited(s / "spin/zarr.json", "rad/s", "Hz"),
    "no metadata": lambda s: (s / "status/zarr.json").unlink(),
    "empty metadata": lambda s: (s / "status/zarr.json").write_text(""),
    "no array": lambda s: shutil.rmtree(s / "nonreciprocity"),
    "no coordinate": lambda s: shutil.rmtree(s / "detuning"),
    "no findings": lambda s: [shutil.rmtree(path) for path in s.glob("max_*")],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_changed_metadata_and_missing_arrays_are_restored(whole, copy, fault):
    FAULTS[fault](copy)
    assert differing(content(whole.parent), content(copy.parent)) != []
    scan(copy, resume=True)
    assert_same(whole, copy)


def as_folder(path: Path) -> Path:
    path.unlink()
    path.mkdir()
    (path / "mine.txt").write_text("precious")
    return path


def as_file(path: Path) -> Path:
    shutil.rmtree(path)
    path.write_text("precious")
    return path


def foreign_array(path: Path) -> Path:
    path.mkdir()
    (path / "zarr.json").write_text("{}")
    return path


@pytest.mark.parametrize(
    ("change", "name", "message"),
    [
        (as_folder, "status/c.0.0.0", "not a file, but should be a part of the scan"),
        (as_folder, "status/zarr.json", "not a file, but should be a part of the scan"),
        (as_file, "status", "not a folder, but should be an array of the scan"),
        (foreign_array, "mine", "no array of the scan; move it out of the store"),
    ],
)
def test_what_is_not_of_the_scan_is_named_and_left_alone(copy, change, name, message):
    changed = change(copy / name)
    before = content(copy.parent)
    with pytest.raises(FileExistsError, match=message) as caught:
        scan(copy, resume=True)
    assert caught.value.filename == str(changed)
    assert differing(before, content(copy.parent)) == []


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "[" * 100_000, '{"attributes": {"scan": "[]", "provenance": "{}"}}']
)
def test_a_damaged_root_is_named(copy, text):
    (copy / "zarr.json").write_text(text)
    with pytest.raises(FileExistsError, match=r"no store of a scan \(zarr.json: "):
        scan(copy, resume=True)


def test_metadata_that_are_a_pipe_do_not_block(copy):
    (copy / "zarr.json").unlink()
    os.mkfifo(copy / "zarr.json")
    with pytest.raises(FileExistsError, match=r"zarr.json: .*this is a device or a pipe"):
        scan(copy, resume=True)


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("target", ["/", "/dev/null", "pipe", "file", "folder", "dangling"])
def test_absurd_targets_are_refused_without_harm(tmp_path, target, resume):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("precious")
    (tmp_path / "folder/sub").mkdir(parents=True)
    (tmp_path / "dangling").symlink_to("dangling")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FileExistsError):
        scan(tmp_path / target, resume=resume)
    assert sorted(tmp_path.rglob("*")) == before
    assert Path("/dev/null").is_char_device()


def test_a_disk_that_is_too_small_is_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 8, 512))
    with pytest.raises(OSError, match=r"needs about 5.08 KiB, but this disk has 512 B free"):
        scan(tmp_path / "scan.zarr")
    assert not list(tmp_path.iterdir())


def test_a_finished_scan_is_on_the_disk_before_its_checkpoints_are_removed(tmp_path, monkeypatch):
    store, synced, fsync = tmp_path / "scan.zarr", [], os.fsync

    def recorded(number):
        synced.append(Path(os.readlink(f"/proc/self/fd/{number}")))
        assert lock.run_folder(store).exists()
        fsync(number)

    monkeypatch.setattr(os, "fsync", recorded)
    scan(store)
    assert {store, *store.rglob("*")} <= set(synced)


def test_a_finished_store_needs_no_space(whole, copy, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 9, 0))
    scan(copy, resume=True)
    assert_same(whole, copy)


def cut_short(store: Path, monkeypatch, **more) -> None:
    """Run a scan that ends after its points, before its reductions are written."""
    with monkeypatch.context() as patch:
        patch.setattr(on_disk, "_finish", _fail)
        with pytest.raises(RuntimeError, match="cut short"):
            scan(store, **more)


def _fail(*arguments):
    raise RuntimeError("cut short")


def test_checkpoints_of_a_removed_store_are_discarded(whole, tmp_path, monkeypatch):
    store = tmp_path / "scan.zarr"
    cut_short(store, monkeypatch)
    shutil.rmtree(store)
    hotter = jc.scan(jc.SpinningResonator(temperature=10.0), AXES, **REQUEST, store=store)
    assert float(hotter.max_log_negativity_over_spin.max()) == 0
    shutil.rmtree(store)
    scan(store)
    assert_same(whole, store)


def test_a_damaged_checkpoint_is_reported_and_repaired(whole, tmp_path, monkeypatch):
    store, finish = tmp_path / "scan.zarr", on_disk._finish

    def damaged(plan, opened):
        files = list(lock.run_folder(store).glob("state-*.npz"))
        assert files
        for path in files:
            path.write_bytes(path.read_bytes()[:-40])
        finish(plan, opened)

    with monkeypatch.context() as patch:
        patch.setattr(on_disk, "_finish", damaged)
        with pytest.raises(OSError, match="missing or damaged; the finished blocks are kept"):
            scan(store)
    scan(store, resume=True)
    assert_same(whole, store)


def test_a_link_to_a_store_has_the_lock_of_the_store(whole, copy, tmp_path):
    (tmp_path / "link.zarr").symlink_to(copy)
    with lock.locked(copy), pytest.raises(BlockingIOError):
        scan(tmp_path / "link.zarr", resume=True)


def test_64_bits_for_this_thread_are_enough(tmp_path):
    with jax.enable_x64(False), jax.enable_x64(True):
        assert scan(None).log_negativity.dtype == np.float64


def interrupted_scan(store: Path, monkeypatch, number: signal.Signals, **more) -> str:
    """Run a scan that a signal interrupts after some chunks; return what the interruption says."""
    write, left = chunks.write_chunk, iter(range(60))

    def interrupting(path, numbers):
        write(path, numbers)
        if next(left, None) == 59:
            os.kill(os.getpid(), number)

    with monkeypatch.context() as patch, interruption.raising([number]):
        patch.setattr(store_module, "write_chunk", interrupting)
        with pytest.raises(KeyboardInterrupt) as caught:
            scan(store, checkpoint_seconds=1e3, **more)
    assert interruption.notes(caught.value) == ["continue with `resume=True`"]
    return str(caught.value)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_scan_keeps_what_is_computed(whole, tmp_path, monkeypatch, number):
    store, calls = tmp_path / "scan.zarr", []
    said = interrupted_scan(store, monkeypatch, number)
    kept = int(re.fullmatch(rf"{store} keeps (\d+) of 13 blocks", said)[1])
    assert 0 < kept < 13
    evaluate = engine.BlockEvaluator.evaluate
    monkeypatch.setattr(
        engine.BlockEvaluator, "evaluate", lambda *a: calls.append(1) or evaluate(*a)
    )
    scan(store, resume=True)
    assert len(calls) == 13 - kept  # those in the state of the reductions as well
    assert_same(whole, store)


def test_blocks_in_flight_do_not_delay_an_interruption(whole, tmp_path, monkeypatch):
    """What they compute later is neither written nor reduced: the store may be in use again."""
    store, evaluate, released = tmp_path / "scan.zarr", engine.BlockEvaluator.evaluate, Event()
    begun = iter(range(8))

    def waiting(*arguments):
        if (number := next(begun)) == 5:
            os.kill(os.getpid(), signal.SIGTERM)
        if number >= 5:
            released.wait()
        return evaluate(*arguments)

    threads = set(enumerate_threads())
    with monkeypatch.context() as patch, interruption.raising([signal.SIGTERM]):
        patch.setattr(engine.BlockEvaluator, "evaluate", waiting)
        with pytest.raises(KeyboardInterrupt, match="keeps 5 of 13 blocks"):
            scan(store)
    before = content(tmp_path)
    released.set()
    for thread in set(enumerate_threads()) - threads:
        thread.join()
    assert differing(before, content(tmp_path)) == []
    scan(store, resume=True)
    assert_same(whole, store)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_interrupted_says_how_to_continue(tmp_path, number):
    """As a user runs it; signals reach the process and its standard error holds one line."""
    script = tmp_path / "jaxcom"
    script.write_text("from jaxcom.cli import command\ncommand()\n")
    grid = ["--axis", "spin=0..3e4:2000", "--axis", "detuning=0..2*omega_m:200001"]
    words = ["scan", *grid, "--store", "my scan.zarr", "--quiet"]
    run = subprocess.Popen(
        [sys.executable, str(script), *words], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    while run.poll() is None and not list(tmp_path.glob("my scan.zarr/status/c.*")):
        time.sleep(0.01)
    run.send_signal(number)
    _, error = run.communicate()
    assert run.returncode == 128 + number
    said, command = error.split("; continue with: ")
    assert re.fullmatch(r"jaxcom: interrupted: .*/my scan\.zarr keeps \d+ of \d+ blocks", said)
    assert command == shlex.join(["jaxcom", *words, "--resume"]) + "\n"


def test_drafts_of_a_killed_run_are_removed(whole, copy):
    (copy / "status" / f"c.0.0.0{chunks.DRAFT}").write_bytes(b"half")
    scan(copy, resume=True)
    assert_same(whole, copy)


def test_a_store_that_exists_is_not_touched(whole, copy):
    with pytest.raises(FileExistsError, match="`resume=True` \\(--resume\\) continues it"):
        scan(copy)
    assert_same(whole, copy)


@pytest.mark.parametrize(
    ("more", "difference"),
    [
        ({"gradients": ()}, "its gradients is \\['spin'\\], not \\[\\] as here"),
        ({"direction": (jc.RIGHT, jc.LEFT)}, "its directions is"),
        ({"dtype": "float32"}, "its precision is float64, not float32 as here"),
        ({"block_points": 20}, "its block is \\[1, 40\\], not \\[1, 20\\] as here"),
        ({"reductions": []}, "its reductions is"),
    ],
)
def test_a_store_of_another_scan_is_refused(whole, copy, more, difference):
    with pytest.raises(FileExistsError, match=f"belongs to another scan: {difference}"):
        scan(copy, resume=True, **more)
    assert_same(whole, copy)


def test_another_design_is_named(copy):
    hotter = jc.SpinningResonator(temperature=0.2)
    with pytest.raises(FileExistsError, match=r"its design temperature is 0\.13, not 0\.2 as here"):
        jc.scan(hotter, AXES, **REQUEST, store=copy, resume=True)


def test_another_axis_is_named(copy):
    axes = AXES | {"spin": jc.Linspace(0, 20e3, 13)}
    with pytest.raises(FileExistsError, match=r"its axes spin stop is 30000\.0, not 20000"):
        jc.scan(jc.SpinningResonator(), axes, **REQUEST, store=copy, resume=True)


def test_another_program_is_named(copy, monkeypatch):
    monkeypatch.setattr("jax.__version__", "0.0.1")
    with pytest.raises(FileExistsError, match=r"its jax is .*, not 0\.0\.1 as here"):
        scan(copy, resume=True)


def test_what_is_no_store_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(FileExistsError, match="this is no store of a scan"):
        scan(tmp_path, resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_second_run_is_refused(copy):
    folder = lock.run_folder(copy)
    folder.mkdir()
    with (folder / "lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError, match="another run is working on this store"):
            scan(copy, resume=True)
    scan(copy, resume=True)
    assert not folder.exists()


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"there is no folder {tmp_path / 'no'}"):
        scan(tmp_path / "no" / "scan.zarr")


def test_a_full_disk_keeps_what_is_finished(whole, tmp_path, monkeypatch):
    store, write, left = tmp_path / "scan.zarr", chunks.write_chunk, iter(range(60))

    def failing(path, numbers):
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(path, numbers)

    monkeypatch.setattr(store_module, "write_chunk", failing)
    with pytest.raises(
        OSError, match="No space left on device; the finished blocks are kept"
    ) as caught:
        scan(store)
    assert caught.value.filename == str(store)
    assert len(list(store.rglob("c.*"))) >= 30  # besides those of the coordinates
    monkeypatch.undo()
    scan(store, resume=True)
    assert_same(whole, store)


def test_a_disk_that_is_full_from_the_start_is_left_as_it_was(tmp_path, monkeypatch):
    def failing(path, numbers):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(store_module, "write_chunk", failing)
    with pytest.raises(OSError, match="No space left on device"):
        scan(tmp_path / "scan.zarr")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_may_not_be_written_is_named(tmp_path, monkeypatch):
    def forbidden(self, *args, **settings):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "mkdir", forbidden)
    with pytest.raises(PermissionError, match="Permission denied"):
        scan(tmp_path / "scan.zarr")
    monkeypatch.undo()
    assert not list(tmp_path.iterdir())


def test_points_that_no_run_has_reached(tmp_path, monkeypatch):
    monkeypatch.setattr(on_disk, "run", lambda *args, **settings: None)
    data = scan(tmp_path / "scan.zarr", reductions=[])
    assert np.isnan(data.log_negativity).all()
    assert (data.status == -1).all()


def run_worker(store: Path, *arguments: str, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, str(WORKER), str(store), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"JAX_PLATFORMS": "cpu"} | environment,
    )  # fmt: skip


def test_two_devices_find_what_one_does(whole, tmp_path):
    worker = run_worker(tmp_path / "scan.zarr", JAX_NUM_CPU_DEVICES="2")
    output, error = worker.communicate()
    assert output.split()[:2] == ["2", "1"], error
    assert_same(whole, tmp_path / "scan.zarr")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return found.getsockname()[1]


@pytest.mark.slow
def test_two_processes_find_what_one_does(whole, tmp_path):
    address, store = f"localhost:{free_port()}", tmp_path / "scan.zarr"
    workers = [run_worker(store, f"{address},2,{number}") for number in range(2)]
    for worker in workers:
        output, error = worker.communicate()
        assert output.splitlines()[-1].split()[:2] == ["1", "2"], error
    assert_same(whole, store)


@pytest.mark.slow
def test_two_processes_fail_together(copy):
    """If the first process is refused, the other one ends as well."""
    (copy / "zarr.json").write_text("{}")
    address = f"localhost:{free_port()}"
    workers = [run_worker(copy, f"{address},2,{number}") for number in range(2)]
    for worker in workers:
        _, error = worker.communicate()
        assert worker.returncode == 1
        assert "this is no store of a scan" in error


@pytest.mark.slow
def test_kills_lose_nothing():
    outcome = kill_and_resume(kills=8, seed=1)
    assert outcome.kills == 8
    assert outcome.scans >= 1
    assert outcome.differing == []
