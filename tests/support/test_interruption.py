"""Signals as exceptions, and what an interruption says."""

import contextlib
import os
import signal
import subprocess
import sys
import threading

import pytest

from jaxcom.support.interruption import (
    TERMINATIONS,
    Terminated,
    continued_by,
    ending_in_order,
    keeping,
    notes,
    raise_if_interrupted,
    raising,
)


@pytest.mark.parametrize("number", TERMINATIONS)
def test_a_termination_raises_and_leaves_the_process_as_it_was(number):
    with pytest.raises(Terminated) as caught, raising(TERMINATIONS):
        signal.raise_signal(number)
    assert caught.value.number == number
    assert signal.getsignal(number) == signal.SIG_DFL


@pytest.mark.parametrize("chosen", [signal.SIG_IGN, lambda number, frame: None])
def test_what_the_program_ignores_or_handles_is_left_alone(chosen):
    before = signal.signal(signal.SIGTERM, chosen)
    try:
        with raising(TERMINATIONS) as taken, ending_in_order():
            signal.raise_signal(signal.SIGTERM)
        assert taken == (signal.SIGHUP,)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_other_threads_change_nothing():
    found = []

    def enter():
        with raising(TERMINATIONS) as taken:
            found.append(taken)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert found == [()]


def test_an_exception_that_was_lost_is_raised_again():
    with raising(TERMINATIONS):
        raise_if_interrupted()
        with contextlib.suppress(Terminated):
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Terminated):
            raise_if_interrupted()


def test_an_interruption_says_what_is_kept_and_how_to_go_on():
    with (
        pytest.raises(KeyboardInterrupt) as caught,
        continued_by(["jaxcom", "scan", "--store", "my map.zarr"]),
        keeping(lambda: "the outer one"),
        keeping(lambda: "2 of 3 parts are kept", "in Python"),
        keeping(lambda: "", "nothing, no advice"),
    ):
        raise KeyboardInterrupt
    assert str(caught.value) == "2 of 3 parts are kept"
    assert notes(caught.value) == ["continue with: jaxcom scan --store 'my map.zarr'"]


def test_where_nothing_is_kept_no_command_is_advised():
    with pytest.raises(KeyboardInterrupt) as caught, continued_by(["jaxcom"]):
        raise KeyboardInterrupt
    assert notes(caught.value) == []


PROGRAM = """
import signal, sys
from jaxcom.support.interruption import ending_in_order, keeping, raising, TERMINATIONS
if "twice" in sys.argv:
    with raising(TERMINATIONS):
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGHUP)
            print("not reached")
with ending_in_order(), keeping(lambda: "2 of 3 parts are kept", "go on"):
    signal.raise_signal(signal.SIGTERM)
print("not reached")
"""


@pytest.mark.parametrize(
    ("argument", "number", "line"),
    [
        ("once", signal.SIGTERM, "jaxcom: SIGTERM: 2 of 3 parts are kept; go on\n"),
        ("twice", signal.SIGHUP, ""),
    ],
)
def test_the_process_ends_by_the_signal(argument, number, line):
    command = [sys.executable, "-c", PROGRAM, argument]
    run = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
    assert (run.returncode, run.stdout, run.stderr) == (-number, "", line)
