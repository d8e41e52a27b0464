"""Word the error about an option that a command lacks.

It names what the option is called there, or the command that has it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from seedspread import words

_OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "--assert": ("--claim",),
    "--claim": ("--assert",),
    "--within": ("--smallest-difference", "--difference"),
    "--smallest-difference": ("--within", "--difference"),
    **dict.fromkeys(("--margin", "--delta", "--epsilon", "--tolerance"), ("--within", "--smallest-difference")),
    **dict.fromkeys(("--alpha", "--confidence", "--ci"), ("--level",)),
    "--metric": ("--maximize", "--column"),
    "--column": ("--metric", "--maximize"),
    "--maximize": ("--direction", "--metric"),
    "--minimize": ("--direction", "--metric"),
    **dict.fromkeys(("--direction", "--mode", "--goal"), ("--direction", "--maximize")),
    "--seed": ("--seeds", "--seed-column"),
    "--seeds": ("--seed",),
    **dict.fromkeys(("-n", "--n", "--runs", "--num-seeds", "--n-seeds", "--repeats"), ("--seeds",)),
    **dict.fromkeys(
        ("--jobs", "-j", "--workers", "--concurrency", "--parallel", "--n-jobs", "--num-workers"),
        ("--jobs", "--workers", "--concurrency"),
    ),
    "--arm": ("--by", "--baseline"),
    "--arms": ("--arm", "--by"),
    "--by": ("--arm",),
    "--at-most": ("--seeds",),
    **dict.fromkeys(("--output", "-o", "--out", "--save"), ("--output", "--figure", "--to-folder", "--folder")),
    **dict.fromkeys(("--plot", "--fig", "--figures"), ("--figure",)),
    **dict.fromkeys(("--folder", "--dir", "--output-dir", "--out-dir"), ("--folder", "--to-folder", "--data-dir")),
    "--token": ("--token-file",),
    **dict.fromkeys(("--url", "--server", "--endpoint"), ("--api",)),
    "--unpaired": ("--separate",),
    "--published-mean": ("--published",),
    "--env": ("--arm",),
    "--set": ("--arm",),
}


def other_name(option: str, command: str, own: Collection[str]) -> str | None:
    """Return what a command calls an option, or None.

    Args:
        option: as it was typed.
        command: that does not have it, as in `judge`.
        own: options of the command.
    """
    name = next((name for name in _OTHER_NAMES.get(option, ()) if name in own), None)
    return None if name is None else f"{command} has no option {option}; use {name}"


def owners(option: str, command: str, options: Mapping[str, Collection[str]]) -> str | None:
    """Return which commands have an option, or None if none has.

    Args:
        option: as it was typed.
        command: that does not have it.
        options: of some commands.
    """
    having = [f"seedspread {other}" for other, own in options.items() if option in own and other != command]
    if not having:
        return None
    have = "has" if len(having) == 1 else "have"
    return f"{command} has no option {option}; {words.listing(having, 3)} {have}"


BEHIND_DASHES: Final = "options of the script go behind --, as in: seedspread run --seeds 20 -- python train.py"
