"""Give every reader of files damaged and malicious files, and count what it does.

`python tests/fuzz/campaign.py --inputs 100000` prints a table and the faults found; the exit code
is 1 if there is one. An input is repeated by its number: `--first 4711 --inputs 1`.
"""

import argparse
import collections
import math
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

SECONDS = 10
"""Time that a reader may take for a file."""


def main() -> int:
    """Read the arguments, run the inputs and print the table; return the exit code."""
    parser = argparse.ArgumentParser(description="Give all readers damaged files.")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    chosen = parser.parse_args()
    import jax

    jax.config.update("jax_enable_x64", True)
    from fuzz.readers import readers

    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        print("| file | inputs | read | refused | ignored | faults | seconds |")
        print("|---|---|---|---|---|---|---|")
        kinds = readers(Path(folder))
        whole = sum(reader.share for reader in kinds.values())
        for name, reader in kinds.items():
            count = math.ceil(chosen.inputs * reader.share / whole)
            faults += _row(name, reader, range(chosen.first, chosen.first + count), Path(folder))
    return 1 if faults else 0


def _row(name: str, reader, seeds: range, folder: Path) -> int:
    """Print the row of a reader; return the number of faults."""
    from fuzz.readers import FAULTY

    found, begun = collections.Counter(), time.monotonic()
    path = folder / f"{FAULTY}{reader.ending}"
    for seed in seeds:
        found[_outcome(reader, path, seed)] += 1
    refused = sum(found[kind] for kind in found if kind not in ("read", "ignored", "fault"))
    counts = [len(seeds), found["read"], refused, found["ignored"], found["fault"]]
    row = [name, *(f"{count:,}" for count in counts), f"{time.monotonic() - begun:.0f}"]
    print("| " + " | ".join(row) + " |", flush=True)
    return found["fault"]


def _outcome(reader, path: Path, seed: int) -> str:
    """Outcome for one input; a fault is printed with its number."""
    from fuzz.mutations import mutated
    from fuzz.readers import outcome

    path.write_bytes(mutated(seed, reader.examples))
    signal.signal(signal.SIGALRM, _late)
    signal.alarm(SECONDS)
    try:
        return outcome(reader, path)
    except Exception:
        print(f"fault at --first {seed}, {path.suffix}:\n{traceback.format_exc()}", file=sys.stderr)
        return "fault"
    finally:
        signal.alarm(0)


def _late(number: int, frame: object) -> None:
    raise AssertionError(f"a reader took more than {SECONDS} s")


if __name__ == "__main__":
    sys.exit(main())
