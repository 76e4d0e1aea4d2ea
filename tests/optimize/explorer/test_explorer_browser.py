"""The explorer in JupyterLab, in a real browser."""

import pytest

pytest.importorskip("playwright", reason="needs playwright: pip install jaxcom[browser]")
pytest.importorskip("jupyterlab")

from references.browser import CHROMIUM, notebook_page, run_first_cell, slider_handle

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

START = """import jax

jax.config.update("jax_enable_x64", True)
import jaxcom as jc
from optimize import explore

explorer = explore(jc.SpinningResonator(detuning=1.2 * 63e6))
explorer"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    with notebook_page(folder, START, "print(explorer.code)") as page:
        run_first_cell(page)
        yield page


def picture(page) -> str:
    """Pixels of the figure on the page."""
    return page.locator(".jaxcom-picture").evaluate("canvas => canvas.toDataURL()")


def settle(page) -> None:
    """Wait until the kernel has answered and the page shows the answer."""
    page.wait_for_timeout(500)
    page.get_by_text("| Idle").wait_for(timeout=60_000)
    page.wait_for_timeout(500)


def design(page) -> str:
    """Code of the design in the kernel."""
    page.locator(".jp-CodeCell .cm-content").last.click()
    page.keyboard.press("Control+Enter")
    settle(page)
    return page.locator(".jp-OutputArea-output pre").last.inner_text().strip()


def drag(page, name: str, pixels: int) -> None:
    """Drag a slider's handle to the right."""
    x, y = slider_handle(page, name)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + pixels, y, steps=5)
    page.mouse.up()
    settle(page)


def test_the_design_is_unchanged_at_first(page):
    assert design(page) == "jc.SpinningResonator(detuning=75600000.0)"


def test_a_slider_moves_the_curve(page):
    before = picture(page)
    drag(page, "spin", 20)
    assert "spin=" in design(page)
    assert picture(page) != before


def test_no_digit_of_a_number_is_hidden(page):
    hidden = "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).map(box => box.value)"
    assert page.locator("input.jaxcom-number").evaluate_all(hidden) == []


def test_a_number_is_typed(page):
    number = page.locator("input.jaxcom-spin + input")
    number.fill("12.345")
    number.press("Enter")
    settle(page)
    assert "spin=12345.0" in design(page)
    number.fill("1000")  # out of range: the browser reports it
    number.press("Enter")
    settle(page)
    assert "spin=12345.0" in design(page)
    number.fill("8")
    number.press("Enter")
    settle(page)


def test_improve_is_animated_and_ends_higher(page):
    def e_n() -> float:
        cells = page.locator(".jaxcom-table tr").nth(2).locator("td")
        return float(cells.nth(2).inner_text())

    before, seen = e_n(), set()
    page.get_by_role("button", name="Improve from here").click()
    page.get_by_role("button", name="Stop").wait_for(timeout=30_000)
    done = page.get_by_text("no small step improves it further")
    for _ in range(1200):
        seen.add(e_n())
        if done.count():
            break
        page.wait_for_timeout(100)
    assert done.count()
    assert e_n() > before + 0.01
    assert len(seen) > 5


def test_the_design_is_copied_as_code(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as code").click()
    settle(page)
    assert page.evaluate("navigator.clipboard.readText()") == design(page)
