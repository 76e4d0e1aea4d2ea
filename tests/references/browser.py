"""A notebook in JupyterLab in headless Chromium, for tests and benchmarks of the explorer."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
FLAGS = [  # no network traffic but that of the test
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1400,1200",
]
TOKEN = "explorer"


@contextlib.contextmanager
def notebook_browser(folder: Path, *cells: str) -> Iterator[str]:
    """Browser that shows a notebook of these cells; yields the address for `attached`."""
    code = [nbformat.v4.new_code_cell(cell) for cell in cells]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=code, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "explorer.ipynb")
    port = _free_port()
    options = [f"--remote-debugging-port={port}", f"--user-data-dir={folder / 'browser'}"]
    with _server(folder) as address:
        page = f"{address}/doc/tree/explorer.ipynb?token={TOKEN}"
        with _process(folder, "browser", [str(CHROMIUM), *FLAGS, *options, page]):
            _wait_for(f"http://127.0.0.1:{port}/json/version")
            yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def attached(browser: str) -> Iterator:
    """Page of a browser as a Playwright object; slows the browser down while it is attached."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        connection = playwright.chromium.connect_over_cdp(browser)
        page = connection.contexts[0].pages[0]
        page.locator(".jp-CodeCell .cm-content").first.wait_for(timeout=60_000)
        page.get_by_text("| Idle").wait_for(timeout=60_000)
        try:
            yield page
        finally:
            connection.close()


@contextlib.contextmanager
def notebook_page(folder: Path, *cells: str) -> Iterator:
    """Playwright page that shows a notebook of these cells, none of which has run."""
    with notebook_browser(folder, *cells) as browser, attached(browser) as page:
        yield page


def run_first_cell(page) -> None:
    """Run the first cell and wait for the first figure of the explorer."""
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    page.locator(".jaxcom-picture").wait_for(timeout=120_000)
    page.wait_for_timeout(1000)


def slider_handle(page, name: str) -> tuple[float, float]:
    """Coordinates of the center of a slider's handle on the page, in pixels."""
    return tuple(
        page.locator(f"input.jaxcom-{name}").evaluate(
            """slider => {
                const [box, handle] = [slider.getBoundingClientRect(), 16];  // its width
                const share = (slider.value - slider.min) / (slider.max - slider.min);
                const x = box.x + handle / 2 + share * (box.width - handle);
                return [x, box.y + box.height / 2];
            }"""
        )
    )


@contextlib.contextmanager
def _server(folder: Path) -> Iterator[str]:
    port = _free_port()
    home = {f"JUPYTER_{kind}_DIR": str(folder / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    options = {"port": port, "token": TOKEN, "root_dir": folder, "allow_root": True}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser"]
    command += [f"--ServerApp.{name}={value}" for name, value in options.items()]
    with _process(folder, "server", command, home):
        _wait_for(f"http://127.0.0.1:{port}/api?token={TOKEN}")
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def _process(
    folder: Path, name: str, command: list[str], environment: dict[str, str] | None = None
) -> Iterator[None]:
    with (folder / f"{name}.log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env=os.environ | (environment or {})
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(address: str, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(address).close()
            return
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
