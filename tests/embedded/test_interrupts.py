"""Signals as KeyboardInterrupt."""

from __future__ import annotations

import os
import signal

import pytest

from seedspread.embedded.interrupts import SIGNALS, interruptible, shielded


@pytest.mark.parametrize("number", SIGNALS)
def test_each_signal_interrupts_and_is_itself_again_afterwards(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interruptible():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_a_signal_waits_until_the_outermost_shield_is_down() -> None:
    reached = []

    def act() -> None:
        with shielded():
            with shielded():
                os.kill(os.getpid(), signal.SIGTERM)
                reached.append("inner")
            reached.append("outer")

    with interruptible():
        with pytest.raises(KeyboardInterrupt):
            act()
        with shielded():
            reached.append("a second time")
    assert reached == ["inner", "outer", "a second time"]
