"""Randomness sources of a training, and the policies of a study."""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """One of the places where randomness enters."""

    SPLIT = "split"
    RESAMPLE = "resample"
    SHUFFLE = "shuffle"
    AUGMENT = "augment"
    INIT = "init"
    DROPOUT = "dropout"
    ALGORITHM = "algorithm"


class Policy(StrEnum):
    """Policy of a randomness source across a study.

    `vary`: a new value with every seed. `fixed`: one value for the whole study. `free`: fresh entropy from the
    operating system for every run; it is recorded, so that even an unseeded run can be repeated.
    """

    VARY = "vary"
    FIXED = "fixed"
    FREE = "free"
