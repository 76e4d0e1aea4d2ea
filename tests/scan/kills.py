"""Kill a scan at random times, resume it each time, and compare it with an undisturbed run.

`python tests/scan/kills.py` kills fifty runs and reports the result; the exit code is 1 if a single
bit differs. Each scan that completes is compared, and the next one is started.
"""

import argparse
import multiprocessing
import random
import shutil
import signal
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import NamedTuple

BLOCK_POINTS = 2500
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["jaxcom.scan.on_disk"])  # imports once for all processes


class Outcome(NamedTuple):
    """Number of killed runs, number of completed scans, and names of the files that differ."""

    kills: int
    scans: int
    differing: list[str]


def scan(store: Path):
    """Run the scan that is killed: 400 blocks of points, and reductions."""
    import jaxcom as jc
    from jaxcom.scan.reductions import Fraction, Maximum, Top

    device = jc.SpinningResonator()
    axes = {
        "backscattering": jc.Linspace(0, 2 * float(device.kappa), 40),
        "spin": jc.Linspace(0, 30e3, 50),
        "detuning": jc.Linspace(-63e6, 252e6, 500),
    }
    reductions = [
        Maximum("log_negativity", "detuning"), Fraction("stable"), Top("log_negativity"),
    ]  # fmt: skip
    return jc.scan(
        device, axes, ("log_negativity", "nonreciprocity"), reductions=reductions,
        store=store, resume=True, block_points=BLOCK_POINTS,
        checkpoint_seconds=0.02,  # so that some kills interrupt checkpoints
    )  # fmt: skip


def work(store: Path, ready: Connection) -> None:
    """Import everything, say so, and scan: the process that is killed."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_compilation_cache_dir", str(store.parent.parent / "compiled"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    from jaxcom.scan import on_disk  # noqa: F401

    ready.send(True)
    scan(store)


def start(store: Path) -> ForkServerProcess:
    """Start a worker and wait until it is about to scan."""
    ready, end = PROCESSES.Pipe(duplex=False)
    worker = PROCESSES.Process(target=work, args=(store, end))
    worker.start()
    end.close()
    with ready:
        assert ready.recv()
    return worker


def content(folder: Path) -> dict[str, bytes]:
    """Content of all files of a folder, including hidden ones."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Names of the files that are not the same in both."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def kill_and_resume(kills: int, seed: int = 0) -> Outcome:
    """Kill a number of runs, each at a random time between its start and its expected end."""
    chance, killed, scans, differ = random.Random(seed), 0, 0, []
    with tempfile.TemporaryDirectory() as folder:
        alone, disturbed = (Path(folder, name, "scan.zarr") for name in ("alone", "disturbed"))
        for store in (alone, disturbed):
            store.parent.mkdir()
        worker, begun = start(alone), time.monotonic()
        worker.join()
        assert worker.exitcode == 0
        latest = time.monotonic() - begun
        expected = content(alone.parent)
        while killed < kills or disturbed.exists() or not scans:
            worker = start(disturbed)
            if killed < kills:
                time.sleep(chance.uniform(0, latest))
                worker.kill()
            worker.join()
            if worker.exitcode == 0:
                scans += 1
                differ += differing(expected, content(disturbed.parent))
                shutil.rmtree(disturbed)
            elif worker.exitcode == -signal.SIGKILL:
                killed += 1
            else:
                raise RuntimeError(f"a run failed with exit code {worker.exitcode}")
    return Outcome(killed, scans, differ)


def main() -> int:
    """Read the arguments, run the trials and print the outcome; return the exit code."""
    parser = argparse.ArgumentParser(description="Kill a scan at random moments and resume it.")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    found = kill_and_resume(chosen.kills, seed=chosen.seed)
    print(
        f"{found.kills} runs killed, {found.scans} scans completed and were compared; "
        f"files that differ: {', '.join(found.differing) or 'none'}"
    )
    return 1 if found.differing else 0


if __name__ == "__main__":
    sys.exit(main())
