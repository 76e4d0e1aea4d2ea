"""Frame rate of the explorer while a slider moves: in the kernel alone, and in a browser.

`python benchmarks/explorer.py` writes results/explorer_DEVICE.md. The time in the kernel is that
from the new value of a slider to the new image. In the browser (JupyterLab in headless Chromium,
if Playwright and Chromium are installed) the page moves a slider back and forth in each of its
frames and counts the images that it has shown. Playwright is disconnected meanwhile, because it
copies all messages of a page and takes as much time as the kernel; it reconnects for the result.
"""

import tempfile
import time
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

import numpy as np  # noqa: E402
from machine import machine  # noqa: E402
from paths import RESULTS  # noqa: E402
from references.browser import CHROMIUM, attached, notebook_browser, run_first_cell  # noqa: E402

import jaxcom as jc  # noqa: E402
from optimize import explore  # noqa: E402
from optimize.explorer.controls import Controls  # noqa: E402
from optimize.explorer.live import Live  # noqa: E402

MOVES = 200
SECONDS = 10.0
DRAGGED = ("spin", "power", "detuning", "temperature")
CELL = """import jax

jax.config.update("jax_enable_x64", True)
import jaxcom as jc
from optimize import explore

explore(jc.SpinningResonator(detuning=1.2 * 63e6))"""
DRAG = """([names, seconds]) => {
    let pictures = 0;
    document.querySelector(".jaxcom-picture").addEventListener("shown", () => (pictures += 1));
    const drag = (slider) => new Promise((done) => {
        const [low, high] = [Number(slider.min), Number(slider.max)];
        const start = performance.now();
        pictures = 0;
        const move = (now) => {
            const t = (now - start) / 1000;
            if (t > seconds) return done(pictures / t);
            slider.value = 0.5 * (low + high) + 0.3 * (high - low) * Math.sin(t);
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            requestAnimationFrame(move);
        };
        requestAnimationFrame(move);
    });
    const all = async () => {
        const rates = {};
        for (const name of names)
            rates[name] = await drag(document.querySelector(`input.jaxcom-${name}`));
        window.rates = rates;
    };
    setTimeout(all, 2000);
}"""


def main() -> None:
    """Measure both and write the table."""
    started, moves = in_the_kernel()
    rates = in_the_browser() if CHROMIUM else {}
    text = table(started, moves, rates)
    path = RESULTS / f"explorer_{jax.default_backend()}.md"
    path.write_text(text, "utf-8")
    print(text)


def in_the_kernel() -> tuple[float, dict[str, np.ndarray]]:
    """Seconds to the first image, including compilation, and seconds of each move by slider."""
    begin = time.perf_counter()
    explorer = explore(jc.SpinningResonator(detuning=1.2 * 63e6))
    controls = Controls(explorer)
    controls.mimebundle()
    started, live = time.perf_counter() - begin, controls.live
    sliders = {slider["name"]: slider for slider in live.sliders}
    return started, {name: _moved(live, sliders[name]) for name in DRAGGED}


def _moved(live: Live, slider: dict) -> np.ndarray:
    """Seconds from a new value to the new image, back and forth in the middle of the range."""
    spaced = np.geomspace if slider["logarithmic"] else np.linspace
    places = spaced(slider["low"], slider["high"], MOVES)[MOVES // 5 : -MOVES // 5]
    seconds = []
    for place in [*places, *places[::-1]]:
        begin = time.perf_counter()
        live._on_message(live, {slider["name"]: float(place)}, [])
        seconds.append(time.perf_counter() - begin)
    return np.array(seconds)


def in_the_browser() -> dict[str, float]:
    """Images per second, by slider."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        notebook_browser(Path(folder), CELL) as browser,
    ):
        with attached(browser) as page:
            run_first_cell(page)
            page.evaluate(DRAG, [DRAGGED, SECONDS])
        time.sleep(4 + len(DRAGGED) * SECONDS)
        with attached(browser) as page:
            page.wait_for_function("window.rates")
            return page.evaluate("window.rates")


def table(started: float, moves: dict[str, np.ndarray], rates: dict[str, float]) -> str:
    """The results as a Markdown table."""
    lines = [
        "# The explorer",
        "",
        "| slider | kernel, one move (median) | 95 % quantile | kernel alone | in a browser |",
        "|---|---|---|---|---|",
    ]
    for name, seconds in moves.items():
        median, most = 1e3 * np.quantile(seconds, [0.5, 0.95])
        alone = f"{1 / seconds.mean():.0f} pictures/s"
        shown = f"{rates[name]:.0f} pictures/s" if name in rates else "not measured"
        lines.append(f"| {name} | {median:.0f} ms | {most:.0f} ms | {alone} | {shown} |")
    lines += ["", f"First picture after {started:.1f} s, including compilation. The browser, its"]
    lines += ["server and the kernel share the cores; the sliders move back and forth over 60 %"]
    lines += [f"of their ranges. Measured on {machine()}."]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
