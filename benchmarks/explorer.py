"""How often a second the explorer follows a slider: the kernel alone, and in a browser.

`python benchmarks/explorer.py` writes results/explorer_DEVICE.md. The kernel's part goes from the
new value of a slider to the new picture. In the browser (JupyterLab in headless Chromium, if
Playwright and Chromium are there) a slider is dragged, and pictures that have arrived are counted.
"""

import tempfile
import time
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

import numpy as np  # noqa: E402
from browser import CHROMIUM, notebook_page, run_first_cell, slider_handle  # noqa: E402
from machine import machine  # noqa: E402

import jaxcom as jc  # noqa: E402

RESULTS = Path(__file__).parent / "results"
MOVES = 200
SECONDS = 5.0
DRAGGED = ("spin", "power", "detuning", "temperature")
CELL = """import jax

jax.config.update("jax_enable_x64", True)
import jaxcom as jc

jc.explore(jc.SpinningResonator(detuning=1.2 * 63e6))"""
COUNT = """() => {
    window.pictures = 0;
    const image = document.querySelector(".widget-image");
    image.addEventListener("load", () => { window.pictures += 1; });
}"""


def main() -> None:
    """Measure both, and write the table."""
    started, moves = in_the_kernel()
    drags = in_the_browser() if CHROMIUM else {}
    text = table(started, moves, drags)
    path = RESULTS / f"explorer_{jax.default_backend()}.md"
    path.write_text(text, "utf-8")
    print(text)


def in_the_kernel() -> tuple[float, dict[str, np.ndarray]]:
    """Seconds until there is a picture, compilation included; seconds of each move."""
    begin = time.perf_counter()
    explorer = jc.explore(jc.SpinningResonator(detuning=1.2 * 63e6))
    explorer._repr_mimebundle_()
    started, sliders = time.perf_counter() - begin, explorer._controls.sliders
    return started, {name: _moved(sliders[name]) for name in DRAGGED}


def _moved(slider) -> np.ndarray:
    """Seconds from a new value to the new picture, over the middle of the range."""
    low, high = slider.min + 0.2 * (slider.max - slider.min), slider.max
    places = np.linspace(low, high, MOVES)
    seconds = []
    for place in 10**places if hasattr(slider, "base") else places:
        begin = time.perf_counter()
        slider.value = place
        seconds.append(time.perf_counter() - begin)
    return np.array(seconds)


def in_the_browser() -> dict[str, float]:
    """Pictures a second while a slider is dragged there and back."""
    with tempfile.TemporaryDirectory() as folder, notebook_page(Path(folder), CELL) as page:
        run_first_cell(page)
        page.evaluate(COUNT)
        return {name: _dragged(page, name) for name in DRAGGED}


def _dragged(page, name: str) -> float:
    x, y = slider_handle(page, name)
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("() => { window.pictures = 0; }")
    begin, k = time.perf_counter(), 0
    while time.perf_counter() - begin < SECONDS:
        k += 1
        page.mouse.move(x + 30 * np.sin(k / 20), y)
    seconds = time.perf_counter() - begin
    pictures = page.evaluate("() => window.pictures")
    page.mouse.up()
    page.wait_for_timeout(500)
    return pictures / seconds


def table(started: float, moves: dict[str, np.ndarray], drags: dict[str, float]) -> str:
    """The report."""
    lines = [
        "# The explorer",
        "",
        "| slider | kernel, a move (median) | 95 % below | in a browser |",
        "|---|---|---|---|",
    ]
    for name, seconds in moves.items():
        median, most = 1e3 * np.quantile(seconds, [0.5, 0.95])
        drag = f"{drags[name]:.0f} pictures/s" if name in drags else "not measured"
        lines.append(f"| {name} | {median:.0f} ms | {most:.0f} ms | {drag} |")
    lines += ["", f"First picture after {started:.1f} s, compilation included."]
    return "\n".join([*lines, f"Measured on {machine()}.", ""])


if __name__ == "__main__":
    main()
