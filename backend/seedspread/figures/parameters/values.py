"""Runs with the parameters of their arms, for figures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedspread import words
from seedspread.stats.data.arms import ArmValues
from seedspread.stats.data.finite import without_traces

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Parameter:
    """Parameter in which arms differ.

    `places` has shape (arms,): the number itself, or the place of its text in `texts`. `texts` is empty for numbers.
    """

    name: str
    places: Floats
    texts: tuple[str, ...] = ()

    @property
    def numeric(self) -> bool:
        """Return True if its values are numbers."""
        return not self.texts

    @property
    def geometric(self) -> bool:
        """Return True if its values are positive and spaced by ratios."""
        distinct = np.unique(self.places)
        if not self.numeric or distinct.size < 3 or distinct[0] <= 0:
            return False
        steps, ratios = np.diff(distinct), np.diff(np.log(distinct))
        return float(np.ptp(ratios) / ratios.mean()) < float(np.ptp(steps) / steps.mean())

    def text(self, setting: float) -> str:
        """Return one of its values in words."""
        return words.number(setting) if self.numeric else self.texts[int(setting)]


@dataclass(frozen=True, eq=False)
class ParameterRuns:
    """Runs with a finite value, and their differing parameters.

    `runs`, `seeds`, `arm` (the index in `arms`) and `values` have shape (runs,).
    """

    arms: tuple[ArmValues, ...]
    parameters: tuple[Parameter, ...]
    runs: Ints
    seeds: Ints
    arm: Ints
    values: Floats

    def places(self, parameter: Parameter) -> Floats:
        """Return the parameter of every run; shape (runs,)."""
        return parameter.places[self.arm]


def parameter_runs(arms: Sequence[ArmValues], settings: Sequence[Mapping[str, Any]]) -> ParameterRuns:
    """Join runs with the settings of their arms, one mapping an arm.

    Equal parameters are left out.
    """
    names = dict.fromkeys(name for arm in settings for name in arm)
    every = [_parameter(name, [arm.get(name) for arm in settings]) for name in names]
    masks = [arm.finite for arm in arms]

    def joined(columns: Sequence[NDArray[Any]], kind: type) -> NDArray[Any]:
        parts = [column[mask] for column, mask in zip(columns, masks, strict=True)]
        return np.concatenate([np.empty(0, kind), *parts]).astype(kind)

    return ParameterRuns(
        tuple(arms),
        tuple(parameter for parameter in every if np.unique(parameter.places).size > 1),
        joined([arm.runs for arm in arms], np.int64),
        joined([arm.seeds for arm in arms], np.int64),
        joined([np.full(arm.runs.size, at) for at, arm in enumerate(arms)], np.int64),
        without_traces(joined([arm.values for arm in arms], np.float64)),
    )


def _parameter(name: str, values: Sequence[Any]) -> Parameter:
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return Parameter(name, np.array(values, dtype=np.float64))
    texts = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values]
    distinct = tuple(dict.fromkeys(texts))
    return Parameter(name, np.array([distinct.index(text) for text in texts], dtype=np.float64), distinct)
