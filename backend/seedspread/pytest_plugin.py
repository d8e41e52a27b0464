"""Pytest plugin: fail if a distribution over seeds has moved.

    def test_an_upgrade_moves_nothing(seed_distribution):
        seed_distribution.check(train, seeds=10, within=0.01)

    def test_the_wide_one_is_as_good(seed_distribution):
        seed_distribution.holds("wide >= base - 0.005", {"base": [...], "wide": [...]})

`pytest --seedspread-update` records the references that `check` compares with; commit them with the code.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import pytest

from seedspread.errors import SeedspreadError

FORMAT: Final = "seedspread-reference/1"
FOLDER: Final = "seedspread-references"


class SeedDistribution:
    """Assertions on distributions over seeds, for one test.

    `folder` holds the references, next to the test's file; `update` records them anew.
    """

    def __init__(self, folder: Path, name: str, *, update: bool, workplace: Path) -> None:
        self._folder, self._name, self._update, self._workplace = folder, name, update, workplace
        self._checks = 0

    def check(
        self,
        train: Callable[..., Any],
        seeds: int = 10,
        *,
        within: float,
        parameters: Mapping[str, Any] | None = None,
        metric: str = "",
        name: str = "",
        level: float = 0.95,
        jobs: int = 1,
    ) -> None:
        """Fail unless the values are close to the recorded ones.

        Args:
            train: called as `train(seed=…, **parameters)`; returns a number or a mapping of metrics.
            seeds: number of seeds, from 0 on.
            within: largest difference of means that does not matter, in the metric's units.
            parameters: parameters of the training.
            metric: the metric to compare, if the function returns several.
            name: name of this check, if a test makes several.
            level: level of the interval that has to lie within the margin.
            jobs: runs at the same time.
        """
        from seedspread.running.function import compare, study

        self._checks += 1
        arms = {"now": dict(parameters or {})}
        trained = study(
            train,
            arms,
            seeds,
            maximize=metric or True,
            jobs=jobs,
            check=False,
            folder=self._workplace / str(self._checks),
        )
        numbers = trained.outcome.judgement.arms[0]
        path = self._folder / f"{self._name}{'-' + name if name else ''}.json"
        if self._update:
            _write(path, numbers.values)
            return
        reference = _read(path)
        result = compare({"reference": reference["values"], "now": numbers.values}, maximize=True, level=level)
        if reference["values"] == numbers.values:
            return
        self._judge(f"now == reference +- {within}", result, _differences(reference))

    def holds(self, claim: str, data: Any) -> None:
        """Fail unless a claim such as `wide >= base` holds.

        Args:
            claim: about two arms, or about an arm and a number.
            data: a study, an outcome of `seedspread.compare`, or values by arm.
        """
        from seedspread.running.function import compare
        from seedspread.running.outcome import Outcome

        outcome = getattr(data, "outcome", data) if not isinstance(data, Outcome) else data
        if not isinstance(outcome, Outcome):
            outcome = compare(data)
        self._judge(claim, outcome, "")

    @staticmethod
    def _judge(claim: str, outcome: Any, more: str) -> None:
        from seedspread.running.judge import check_assertion

        try:
            result = check_assertion(claim, outcome.judgement.arms, outcome.study, outcome.judgement.conditions.metrics)
        except SeedspreadError as error:
            pytest.fail(error.message, pytrace=False)
        if result.answer != "holds":
            pytest.fail(f"{result.sentence} {more}".strip(), pytrace=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that records references."""
    group = parser.getgroup("seedspread")
    group.addoption("--seedspread-update", action="store_true", help="Record the references of seed_distribution anew.")


@pytest.fixture
def seed_distribution(request: pytest.FixtureRequest, tmp_path: Path) -> SeedDistribution:
    """Provide assertions on distributions over seeds."""
    path = Path(request.node.path)
    name = re.sub(r"\W+", "_", f"{path.stem}-{request.node.name}").strip("_")
    if len(name) > 100:
        name = f"{name[:90]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    update = bool(request.config.getoption("--seedspread-update"))
    return SeedDistribution(path.parent / FOLDER, name, update=update, workplace=tmp_path / "seedspread")


def _write(path: Path, values: Mapping[int, float | None]) -> None:
    path.parent.mkdir(exist_ok=True)
    document = {
        "format": FORMAT,
        "python": platform.python_version(),
        "packages": _packages(),
        "values": {str(seed): value for seed, value in values.items()},
    }
    path.write_text(json.dumps(document, indent=1) + "\n")


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        pytest.fail(f"no reference {path}: run pytest --seedspread-update once and commit it", pytrace=False)
    try:
        document: dict[str, Any] = json.loads(path.read_text())
        if document["format"] != FORMAT:
            raise ValueError(f"its format is {document['format']!r}, expected {FORMAT!r}")
        values = {int(seed): None if value is None else float(value) for seed, value in document["values"].items()}
    except (ValueError, KeyError, TypeError) as error:
        pytest.fail(f"{path} cannot be read ({error}): run pytest --seedspread-update", pytrace=False)
    return document | {"values": values}


def _packages() -> dict[str, str]:
    return {item.metadata["Name"]: item.version for item in metadata.distributions() if item.metadata["Name"]}


def _differences(reference: Mapping[str, Any]) -> str:
    """Say which packages have another version than when the reference was recorded."""
    from seedspread.running.sentences import changed_since

    before, now = reference.get("packages", {}), _packages()
    changed = [
        f"{name} {before[name]} → {now[name]}" for name in sorted(before) if now.get(name, before[name]) != before[name]
    ]
    if reference.get("python") != platform.python_version():
        changed.insert(0, f"Python {reference.get('python')} → {platform.python_version()}")
    return changed_since(changed[:10]) if changed else ""
