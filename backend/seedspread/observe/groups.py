"""Groups of a study's runs by what they were trained with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from seedspread.analysis.measured import Arm, Measured, measure
from seedspread.context import Context
from seedspread.errors import InvalidInput
from seedspread.stats.data.samples import Sample
from seedspread.stats.inference.means import summarise
from seedspread.views.statistics import GroupView, RunGroups

FEWEST_FOR_INTERVAL = 3
"""Runs below which a group has no interval, as elsewhere on the page."""


def group_runs(
    context: Context,
    study_id: int,
    by: Sequence[str] | None = None,
    *,
    metric: str | None = None,
    summary: str | None = None,
    run_ids: Iterable[int] | None = None,
) -> RunGroups:
    """Group the runs of a study by parameters, and summarise each group.

    Runs that are excluded, have not finished or have no finite value count in `runs` alone.

    Args:
        by: parameters; None for everything but the seed (parameters, policies and code).
        metric, summary: None for those that decide.
        run_ids: only these runs; None for all.

    Raises:
        NotFound: there is no such study.
        InvalidInput: a parameter, metric or summary that the study does not have.
    """
    measured = measure(context, study_id, metric, summary)
    available = list(dict.fromkeys(name for arm in measured.arms for name in arm.parameters))
    for name in by or ():
        if name not in available:
            raise InvalidInput("by", name, f"parameters of the study: {', '.join(available)}")
    chosen = None if run_ids is None else frozenset(run_ids)
    groups: dict[str, list[Arm]] = {}
    for arm in measured.arms:
        groups.setdefault(_key(arm, by), []).append(arm)
    columns = _differing(measured.arms) if by is None else list(by)
    views = [_group(measured, arms, columns, chosen) for arms in groups.values()]
    return RunGroups(
        study_id=study_id,
        metric=measured.metric.name,
        summary=measured.summary,
        unit=measured.metric.unit,
        level=measured.spec.rule.level,
        by=columns,
        groups=[view for view in views if view.runs],
    )


def _key(arm: Arm, by: Sequence[str] | None) -> str:
    if by is None:
        return json.dumps([arm.parameters, arm.policies, arm.source_digest], sort_keys=True)
    return json.dumps([arm.parameters.get(name) for name in by], sort_keys=True)


def _differing(arms: Sequence[Arm]) -> list[str]:
    """Return the parameters in which the arms differ."""
    names = dict.fromkeys(name for arm in arms for name in arm.parameters)
    return [name for name in names if len({json.dumps(arm.parameters.get(name), sort_keys=True) for arm in arms}) > 1]


def _group(measured: Measured, arms: Sequence[Arm], by: Sequence[str], chosen: frozenset[int] | None) -> GroupView:
    positions = [arm.position for arm in arms]
    inside = [run for run in measured.runs if run.arm in positions and (chosen is None or run.id in chosen)]
    wanted = np.array([run.id for run in inside], dtype=np.int64)
    samples = [measured.values[position] for position in positions]
    values = np.concatenate([sample.values[np.isin(sample.runs, wanted)] for sample in samples])
    seeds = np.concatenate([sample.seeds[np.isin(sample.runs, wanted)] for sample in samples])
    parameters: Mapping[str, Any] = arms[0].parameters
    statistics = summarise(Sample(", ".join(arm.name for arm in arms), values), measured.spec.rule.level)
    return GroupView(
        parameters={name: parameters.get(name) for name in by},
        arms=positions,
        runs=len(inside),
        n=statistics.n,
        seeds=len(set(seeds.tolist())),
        mean=statistics.mean,
        interval=statistics.mean_interval if statistics.n >= FEWEST_FOR_INTERVAL else None,
        sd=statistics.std,
        minimum=statistics.minimum,
        maximum=statistics.maximum,
    )
