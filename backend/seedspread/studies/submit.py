"""Submit a study: check it, store it, and send its runs."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from seedspread import datafiles
from seedspread.context import Context
from seedspread.core.manifest import DataDigest, canonical
from seedspread.core.plan import RunPlan, plan
from seedspread.core.presets import expand
from seedspread.core.recipe import Direction, MetricInfo, RecipeInfo
from seedspread.core.study import ArmSpec, SeedRange, StudySpec
from seedspread.core.validation import check_parameters
from seedspread.errors import Conflict, InvalidInput, Unavailable
from seedspread.storage import recipes, studies
from seedspread.studies.dispatch import kick
from seedspread.summaries import check_direction, first_step, logged
from seedspread.views.studies import Checked, CheckedArm, Submitted


def recipe_named(ctx: Context, name: str) -> RecipeInfo:
    """Return the recipe as the workers have it now.

    Raises:
        InvalidInput: there is no recipe of this name.
        Unavailable: the database is unavailable.
    """
    with ctx.database.reading() as session:
        info = recipes.current(session, name)
        published = [] if info else [info.name for info in recipes.every(session)]
    if info is None:
        none = "no worker has published a recipe yet: start one with `seedspread worker`"
        hint = "workers that have just started publish theirs within seconds" if published else none
        raise InvalidInput("recipe", name, f"one of {', '.join(published)}" if published else "a recipe", hint=hint)
    return info


def parameter_faults(ctx: Context, document: object) -> list[InvalidInput]:
    """Return the errors of recipe and parameters in a document.

    Used for a specification whose other fields are invalid. `document` is the specification as sent, of any shape. The
    list is empty if the document has no recipe's name or the database is unavailable: the other errors are reported
    anyway.
    """
    name = document.get("recipe") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or not isinstance(name, str):
        return []
    try:
        recipe = recipe_named(ctx, name)
    except InvalidInput as fault:
        return [fault]
    except Unavailable:
        return []
    return [fault for field, parameters in _parameters(document) for fault in faults_of(recipe, parameters, field)]


def faults_of(recipe: RecipeInfo, parameters: Mapping[str, Any], field: str) -> Sequence[InvalidInput]:
    """Return the errors of the parameters at one position."""
    try:
        check_parameters(recipe.parameters, parameters, field=field)
    except InvalidInput as fault:
        return fault.faults
    return ()


def _parameters(document: Mapping[Any, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key in ("arms", "variants"):
        arms = document.get(key)
        for index, arm in enumerate(arms if isinstance(arms, list | tuple) else ()):
            parameters = arm.get("parameters") if isinstance(arm, Mapping) else None
            if isinstance(parameters, Mapping) and all(isinstance(name, str) for name in parameters):
                yield f"{key}[{index}].parameters", parameters


MAX_KEY = 200


@dataclass(frozen=True)
class Prepared:
    """Specification that can be stored: complete, checked, planned."""

    spec: StudySpec
    recipe: RecipeInfo
    metric: MetricInfo
    runs: tuple[RunPlan, ...]
    data: Mapping[int, Mapping[str, DataDigest]]


def submit(ctx: Context, spec: StudySpec, idempotency_key: str | None = None, by: str | None = None) -> Submitted:
    """Store a study with all its runs in one transaction; send them.

    Args:
        idempotency_key: repeating a submission under the same key returns the study that the first one created.
        by: name of the token that submits, None where none is needed.

    Raises:
        InvalidInput: carrying every error; nothing is stored.
        Conflict: the key was used for another specification.
        Unavailable: the database or the broker is unavailable; nothing is stored.
    """
    _check_key(idempotency_key)
    request = hashlib.sha256(canonical(_submitted(spec))).hexdigest()
    if idempotency_key is not None:
        with ctx.database.reading() as session:
            repeated = _repeated(session, idempotency_key, request, spec)
        if repeated is not None:
            return repeated
    prepared = prepare(ctx, spec)
    ctx.broker.ping()
    try:
        with ctx.database.session() as session:
            study_id = studies.insert(
                session,
                prepared.spec,
                prepared.recipe,
                prepared.runs,
                prepared.data,
                ctx.clock(),
                request,
                idempotency_key,
                by,
            )
    except IntegrityError:
        # Somebody else was faster under the same key.
        with ctx.database.reading() as session:
            repeated = _repeated(session, idempotency_key, request, spec) if idempotency_key else None
        if repeated is None:
            raise
        return repeated
    kick(ctx, len(prepared.runs))
    return Submitted(study_id=study_id, created=True, runs=len(prepared.runs))


def check(ctx: Context, spec: StudySpec) -> Checked:
    """Preview a specification's arms and runs without storing anything.

    Raises:
        InvalidInput: as for `submit`.
    """
    prepared = prepare(ctx, spec)
    defaults = prepared.recipe.defaults()
    sizes = [0] * len(prepared.spec.arms)
    for run in prepared.runs:
        sizes[run.arm] += 1
    arms = [
        CheckedArm(
            name=arm.name,
            parameters=defaults | arm.parameters,
            differs={key: value for key, value in arm.parameters.items() if defaults.get(key) != value},
            policies=studies.policies_of(arm, prepared.recipe),
            runs=size,
        )
        for arm, size in zip(prepared.spec.arms, sizes, strict=True)
    ]
    return Checked(spec=prepared.spec, arms=arms, runs=len(prepared.runs), unit=prepared.metric.unit)


def prepare(ctx: Context, spec: StudySpec) -> Prepared:
    """Complete and check a specification, and plan its runs.

    Raises:
        InvalidInput: carrying every error of the first stage that has any.
        Unavailable: the database is unavailable.
    """
    _check_storable(spec)
    recipe = recipe_named(ctx, spec.recipe)
    expanded, metric = _complete(spec, recipe)
    runs = plan(expanded, recipe.sources, ctx.entropy)
    data = _inspect(ctx, expanded.arms, recipe)
    complete = {"metric": metric.name, "direction": expanded.direction or metric.direction, "preset": None}
    stored = expanded.model_copy(update=complete | {"variants": (), "cross": {}})
    return Prepared(stored, recipe, metric, runs, data)


def _submitted(spec: StudySpec) -> dict[str, Any]:
    """Return the submission whose digest is kept.

    Without a project it is that of versions without projects.
    """
    document = spec.model_dump(mode="json")
    return document if spec.project else {name: value for name, value in document.items() if name != "project"}


def _check_key(key: str | None) -> None:
    if key is not None and not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise InvalidInput("Idempotency-Key", key, f"1 to {MAX_KEY} printable ASCII characters")


def _repeated(session: Session, key: str, request: str, spec: StudySpec) -> Submitted | None:
    match = studies.by_key(session, key)
    if match is None:
        return None
    study_id, earlier = match
    if earlier != request:
        raise Conflict(
            f"the idempotency key {key!r} was used for another submission (study {study_id})",
            hint="send a new key with a new specification, or the same specification again",
        )
    return Submitted(study_id=study_id, created=False, runs=studies.size(session, study_id))


def _metric(spec: StudySpec, recipe: RecipeInfo) -> MetricInfo:
    name = spec.metric or (recipe.metrics[0].name if recipe.metrics else None)
    condition = first_step(name or "")
    info = recipe.metric(logged(name)) if name else None
    if condition is not None and info is not None:
        check_direction(condition.name, spec.direction, "direction")
        return MetricInfo(name=condition.name, direction=Direction.MINIMIZE)
    if info is None:
        listed = ", ".join(metric.name for metric in recipe.metrics)
        raise InvalidInput("metric", spec.metric, f"one of the metrics that {recipe.name} reports: {listed}")
    return info


def _complete(spec: StudySpec, recipe: RecipeInfo) -> tuple[StudySpec, MetricInfo]:
    """Fill in the preset's arms and choose the metric.

    Raises:
        InvalidInput: carrying every error of arms, metric and parameters.
    """
    faults: list[InvalidInput] = []
    metric, expanded = None, spec
    try:
        expanded = expand(spec, recipe.sources)
    except InvalidInput as fault:
        faults.extend(fault.faults)
    try:
        metric = _metric(spec, recipe)
    except InvalidInput as fault:
        faults.extend(fault.faults)
    # Faults stand where somebody wrote them: a preset's arms are made from variants.
    key, written = ("variants", spec.variants) if spec.preset is not None else ("arms", spec.arms)
    for index, arm in enumerate(written):
        faults.extend(faults_of(recipe, arm.parameters, f"{key}[{index}].parameters"))
    names = [arm.name for arm in expanded.arms]
    if expanded.rule.baseline is not None and expanded.rule.baseline not in names:
        expected = f"the name of one of the arms: {', '.join(names[:10])}"
        faults.append(InvalidInput("rule.baseline", expanded.rule.baseline, expected))
    expanded = _within_plan(expanded, faults)
    if metric is None or faults:
        raise InvalidInput.all_of(faults)
    return expanded, metric


def _within_plan(spec: StudySpec, faults: list[InvalidInput]) -> StudySpec:
    """Check an adaptive study's seeds against its maximum.

    The study starts with its seeds and continues in batches, so it cannot start with more than the maximum.
    """
    plan = spec.rule.adaptive
    if plan is None:
        return spec
    if "seeds" not in spec.model_fields_set:
        spec = spec.model_copy(update={"seeds": SeedRange(count=min(_count(spec.seeds), plan.max_seeds))})
    for field, seeds in (
        ("seeds", spec.seeds),
        *((f"arms[{at}].seeds", arm.seeds) for at, arm in enumerate(spec.arms)),
    ):
        if (count := _count(seeds)) > plan.max_seeds:
            most = f"at most rule.adaptive.max_seeds ({plan.max_seeds}): these seeds start it, more come in batches"
            faults.append(InvalidInput(field, count, f"{most} of {plan.batch}"))
    return spec


def _count(seeds: SeedRange | tuple[int, ...] | None) -> int:
    return seeds.count if isinstance(seeds, SeedRange) else len(seeds or ())


def _inspect(ctx: Context, arms: Sequence[ArmSpec], recipe: RecipeInfo) -> dict[int, dict[str, DataDigest]]:
    """Return the digests of the arms' data files.

    Files must lie below the data folders. Each file is read once; bundled data sets have no digest.
    """
    folders = ctx.settings.data_folders
    digests: dict[tuple[str, ...], DataDigest | None] = {}
    by_arm: dict[int, dict[str, DataDigest]] = {}
    faults: list[InvalidInput] = []
    for index, arm in enumerate(arms):
        complete = recipe.defaults() | arm.parameters
        target = str(complete.get("target") or "")
        for name, kind in _data_parameters(recipe, complete, folders).items():
            value = complete.get(name)
            sets = recipe.data_sets(name)
            is_path = isinstance(value, str) and any(mark in value for mark in "./\\")
            if not isinstance(value, str) or value in sets or not (sets or is_path):
                continue
            path = f"arms[{index}].parameters.{name}"
            try:
                if not is_path:
                    raise InvalidInput(path, value, f"{', '.join(sets)}, or the path of a file")
                if (kind, value, target) not in digests:
                    file = datafiles.confined(value, folders, field=path)
                    digests[kind, value, target] = datafiles.inspect_apart(
                        ctx.settings, kind, file, field=path, sets=sets, target=target
                    )
                digest = digests[kind, value, target]
                if digest is not None:
                    by_arm.setdefault(index, {})[name] = digest
            except InvalidInput as fault:
                faults.append(fault)
    if faults:
        raise InvalidInput.all_of(faults)
    return by_arm


def _data_parameters(recipe: RecipeInfo, parameters: Mapping[str, Any], folders: Sequence[Path]) -> dict[str, str]:
    """Return the parameters that name data files, with their kind.

    These are the parameters that the recipe declares and every text that is the path of a file below a data folder.
    """
    declared = recipe.data_parameters()
    return declared | {
        name: "file"
        for name, value in parameters.items()
        if name not in declared and isinstance(value, str) and "/" in value and _is_data_file(value, folders)
    }


def _is_data_file(value: str, folders: Sequence[Path]) -> bool:
    try:
        return Path(datafiles.confined(value, folders, field="data")).is_file()
    except (InvalidInput, OSError):
        return False


def _check_storable(spec: StudySpec) -> None:
    """Check that databases can store every text and number."""
    faults = list(_unstorable(spec.model_dump(), ""))
    if faults:
        raise InvalidInput.all_of(faults)


def _unstorable(value: object, field: str) -> list[InvalidInput]:
    match value:
        case str():
            bad = "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value)
            return [InvalidInput(field, value, "text without NUL characters and lone surrogates")] if bad else []
        case float():
            return [] if math.isfinite(value) else [InvalidInput(field, value, "a finite number")]
        case dict():
            parts = [(key, f"{field}.{key}" if field else str(key)) for key in value]
            within = [fault for key, path in parts for fault in _unstorable(value[key], path)]
            return within + [fault for key, path in parts for fault in _unstorable(str(key), path)]
        case list() | tuple():
            if all(type(item) is int for item in value):  # seeds, and perhaps 100,000 of them
                return []
            return [fault for index, item in enumerate(value) for fault in _unstorable(item, f"{field}[{index}]")]
        case _:
            return []
