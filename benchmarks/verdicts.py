"""Faults of counts, verdicts and E_N over a million hard designs, against ball arithmetic.

`python benchmarks/verdicts.py` writes results/verdicts_DEVICE.md and .json. It needs python-flint.
Of each group, all designs are evaluated by `entanglement`, `mean_field` and `steady_state`. Ball
arithmetic judges a random sample, and all designs where two of these numbers contradict each other.
A verdict or count is wrong if no change of the inputs by up to 64 units in the last place explains
it, and E_N is off if its error exceeds 1e-12 and ten times its change by rounding of the inputs.
"""

import argparse
import json
import time
from collections.abc import Iterator
from typing import Any

import jax

jax.config.update("jax_enable_x64", True)

import numpy as np  # noqa: E402
from machine import machine  # noqa: E402
from paths import RESULTS  # noqa: E402
from references import verdicts  # noqa: E402
from references.design_groups import GROUPS, Batch  # noqa: E402
from references.verdicts import Comparison, compare  # noqa: E402

HEADER = (
    "group", "designs", "compared", "wrong counts", "wrong verdicts, `entanglement`",
    "wrong verdicts, `steady_state`", "margin against status", "withheld",
    "E_N off, `entanglement`", "E_N off, `steady_state`", "undecided",
)  # fmt: skip
RANDOM_GROUPS = len(GROUPS) - 1  # the known designs come on top
WORST = 5


def rows(name: str, batch: Batch, found: Comparison) -> Iterator[dict[str, Any]]:
    """Rows of a group: one, or one for each distance to the edge."""
    if np.isnan(batch.distance).all():
        yield row(name, np.arange(len(batch)), found)
        return
    for distance in np.unique(batch.distance)[::-1]:
        chosen = np.flatnonzero(batch.distance == distance)
        yield row(f"{name}, at {distance:.0e}", chosen, found)


def row(label: str, chosen: np.ndarray, found: Comparison) -> dict[str, Any]:
    """Row of some designs of a comparison."""
    here = set(chosen.tolist())
    faults = [fault for fault in found.faults if fault.index in here]
    part = Comparison(
        np.intersect1d(found.compared, chosen), np.intersect1d(found.withheld, chosen), faults
    )
    return {
        "group": label,
        "designs": len(chosen),
        "compared": len(part.compared),
        "withheld": len(part.withheld),
        "faults": {name: part.number(name) for name in verdicts.FAULTS},
        "worst": {name: part.worst(name) for name in (verdicts.FAST_VALUE, verdicts.STATE_VALUE)},
    }


def cells(entry: dict[str, Any]) -> list[str]:
    """Cells of a row as text, in the order of the header."""
    number = {name: f"{value:,}" for name, value in entry["faults"].items()}
    for name, error in entry["worst"].items():
        number[name] += f" ({error:.1e})" if error else ""
    count, fast, state, contradiction, fast_value, state_value, undecided = number.values()
    return [
        entry["group"], f"{entry['designs']:,}", f"{entry['compared']:,}", count, fast, state,
        contradiction, f"{entry['withheld']:,}", fast_value, state_value, undecided,
    ]  # fmt: skip


def worst(name: str, batch: Batch, found: Comparison) -> Iterator[dict[str, Any]]:
    """Designs with the worst faults of each kind, farthest from an edge first."""
    for kind in verdicts.FAULTS:
        faults = [fault for fault in found.faults if fault.name == kind]
        size = {id(f): np.nan_to_num([f.error, batch.distance[f.index]]).sum() for f in faults}
        for fault in sorted(faults, key=lambda fault: -size[id(fault)])[:WORST]:
            design, direction, branch = batch.case(fault.index)
            yield {
                "group": name, "fault": f"{kind}: {fault.text}", "direction": direction,
                "branch": branch, "distance": float(batch.distance[fault.index]), "design": design,
            }  # fmt: skip


def table(entries: list[dict[str, Any]], seconds: float) -> str:
    """The page of results."""
    number = sum(entry["designs"] for entry in entries)
    lines = [
        "# Counts, verdicts and entanglement against ball arithmetic", "", f"{machine()}.",
        f"{number:,} designs in {seconds:.0f} s. In brackets: the largest error of E_N.", "",
        "| " + " | ".join(HEADER) + " |", "|---" * len(HEADER) + "|",
    ]  # fmt: skip
    return "\n".join([*lines, *(f"| {' | '.join(cells(entry))} |" for entry in entries)]) + "\n"


def options() -> argparse.Namespace:
    """Options of the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--designs", type=int, default=10**6, help="number over all groups")
    parser.add_argument("--sample", type=int, default=2000, help="number judged of each group")
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def write(entries: list[dict[str, Any]], offenders: list[dict[str, Any]], page: str) -> None:
    """Write the page, its numbers and the worst designs."""
    name = f"verdicts_{jax.default_backend()}"
    (RESULTS / f"{name}.md").write_text(page)
    written = {"rows": entries, "worst": offenders}
    (RESULTS / f"{name}.json").write_text(json.dumps(written, indent=1) + "\n")


def main() -> None:
    """Compare all groups and write the table."""
    chosen = options()
    machine()
    entries, offenders, begun = [], [], time.perf_counter()
    for name in chosen.groups:
        batch = GROUPS[name](np.random.default_rng(chosen.seed), chosen.designs // RANDOM_GROUPS)
        found = compare(batch, chosen.sample, chosen.seed)
        entries += rows(name, batch, found)
        offenders += worst(name, batch, found)
        print(name, f"{time.perf_counter() - begun:.0f} s", flush=True)
    page = table(entries, time.perf_counter() - begun)
    write(entries, offenders, page)
    print(page)


if __name__ == "__main__":
    main()
