"""Process that scans into a store: alone, with several devices, or along with others."""

import sys
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

import jaxcom as jc  # noqa: E402
from jaxcom.scan import reductions  # noqa: E402

AXES = {"spin": jc.Linspace(0, 30e3, 13), "detuning": jc.Linspace(-63e6, 252e6, 40)}
REQUEST = {
    "outputs": ("log_negativity", "nonreciprocity"),
    "gradients": ("spin",),
    "reductions": [
        reductions.Maximum("log_negativity", "spin"),
        reductions.Fraction("stable"),
        reductions.Top("photons_driven"),
    ],
    "block_points": 45,
}


def scan(store: Path, **more):
    """Run the scan of these tests."""
    return jc.scan(jc.SpinningResonator(), AXES, **{**REQUEST, **more}, store=store)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        address, count, number = sys.argv[2].split(",")
        jax.distributed.initialize(address, int(count), int(number))
    data = scan(Path(sys.argv[1]), resume=True)
    print(len(jax.local_devices()), jax.process_count(), float(data.fraction_stable[0]))
