"""`seedspread recipes` and `seedspread try`: list recipes, try one."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from seedspread import words
from seedspread.cli.console import output
from seedspread.cli.console.options import Api, Json, connect
from seedspread.cli.text import sentences
from seedspread.client import Client
from seedspread.core.recipe import RecipeInfo
from seedspread.errors import InvalidInput, NotFound
from seedspread.studies import trial
from seedspread.views.service import RecipeView, WorkerView

RECIPES_EXAMPLES = """Examples:

- `seedspread recipes` lists them, with every parameter, its range and its default
- `seedspread recipes digits-mlp` shows only this one
- `seedspread recipes check` says which workers have which code
"""

CHECK = "check"
"""In place of a recipe's name: compare the workers."""
STARTING_S = 30.0
"""Seconds to wait for workers that are still loading their recipes."""
STARTING_PAUSE_S = 0.2
SHOWN = 12
"""Characters of a digest that are shown."""

_BOUNDS = (
    ("minimum", "at least"),
    ("exclusiveMinimum", "above"),
    ("maximum", "at most"),
    ("exclusiveMaximum", "below"),
)


def add_recipes(app: typer.Typer) -> None:
    """Register the command."""
    app.command("recipes", epilog=RECIPES_EXAMPLES)(recipes)


def recipes(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME|check]", help="Show only this one; `check`: which workers have it.")
    ] = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """List the recipes that workers have published, with their parameters."""
    with connect(api) as client:
        live = _started(client)
        listed = client.recipes()
    if name == CHECK:
        _check(listed, live, as_json=as_json)
        return
    if name is not None:
        listed = [recipe for recipe in listed if recipe.name == name] or _none(name, listed)
    if as_json:
        output.print_json({"recipes": [recipe.model_dump(mode="json") for recipe in listed]})
        return
    console = output.for_people()
    for recipe in listed:
        console.print(f"{recipe.name} {recipe.version}  {_first_line(recipe.help)}", markup=False, soft_wrap=True)
        if recipe.missing:
            console.print(f"  {recipe.missing}", markup=False, soft_wrap=True)
        for line in _details(recipe):
            console.print(f"  {line}", markup=False, soft_wrap=True)
    if not listed:
        console.print(sentences.NO_RECIPES)


def _started(client: Client) -> list[WorkerView]:
    """Return the live workers, waiting for those that are starting.

    This takes at most `STARTING_S`.
    """
    until = time.monotonic() + STARTING_S
    while True:
        live = [worker for worker in client.workers() if worker.alive]
        if all(worker.recipes is not None for worker in live) or time.monotonic() > until:
            return live
        time.sleep(STARTING_PAUSE_S)


def _check(recipes: list[RecipeView], live: list[WorkerView], *, as_json: bool) -> None:
    """Compare each recipe's newest code with what each live worker offers.

    Exit with 1 if they differ.
    """
    newest = {recipe.name: recipe.source_digest for recipe in recipes}
    starting = {worker.name for worker in live if worker.recipes is None}
    offered = {name: {worker.name: (worker.recipes or {}).get(name) for worker in live} for name in newest}
    problems = {worker.name: [*worker.problems, *worker.lacks] for worker in live if worker.problems or worker.lacks}
    good = not problems and all(set(offered[name].values()) == {digest} for name, digest in newest.items())
    if as_json:
        rows = [{"recipe": name, "newest": newest[name], "workers": offered[name]} for name in newest]
        output.print_json({"recipes": rows, "problems": problems})
    else:
        console = output.for_people()
        for recipe in recipes:
            console.print(f"{recipe.name}  newest {recipe.source_digest[:SHOWN]}", markup=False, soft_wrap=True)
            for worker, digest in offered[recipe.name].items():
                missing = sentences.STARTING_WORKER if worker in starting else "not installed"
                state = missing if digest is None else digest[:SHOWN]
                note = "" if digest in (None, recipe.source_digest) else "  other code"
                console.print(f"  {worker}  {state}{note}", markup=False, soft_wrap=True)
        for name, lines in problems.items():
            for line in lines:
                console.print(f"{name}: {line}", markup=False, soft_wrap=True)
        if not live:
            console.print(sentences.NO_WORKER)
    if not good or not live:
        raise typer.Exit(1)


def _none(name: str, listed: list[RecipeView]) -> list[RecipeView]:
    have = ", ".join(recipe.name for recipe in listed) or "none yet"
    raise NotFound("recipe", name, hint=f"there are: {have}")


def _details(recipe: RecipeInfo) -> list[str]:
    lines = [
        f"metrics: {', '.join(f'{metric.name} ({metric.direction})' for metric in recipe.metrics)}",
        sentences.sources(", ".join(recipe.sources)),
        "parameters:",
    ]
    properties: dict[str, dict[str, Any]] = recipe.parameters.get("properties", {})
    return lines + [f"  {_parameter(name, rule)}" for name, rule in properties.items()]


def _parameter(name: str, rule: dict[str, Any]) -> str:
    parts = [_type(rule), _range(rule), _default(rule)]
    description = f"  {rule['description']}" if rule.get("description") else ""
    return f"{name}: {', '.join(part for part in parts if part)}{description}"


def _default(rule: dict[str, Any]) -> str:
    if "default" not in rule:
        return "required"
    return "optional" if rule["default"] is None else f"default {rule['default']!r}"


def _type(rule: dict[str, Any]) -> str:
    kinds = [str(option.get("type", "")) for option in rule.get("anyOf", [rule])]
    if "x-data" in rule:
        return sentences.data_type(rule["x-data"])
    return " or ".join(kind for kind in kinds if kind)


def _range(rule: dict[str, Any]) -> str:
    choices = rule.get("enum") or rule.get("x-data-sets")
    if choices:
        return f"one of {', '.join(map(str, choices))}" + (" or a path" if "x-data-sets" in rule else "")
    if "minimum" in rule and "maximum" in rule:
        return f"{_number(rule['minimum'])} to {_number(rule['maximum'])}"
    return ", ".join(f"{word} {_number(rule[key])}" for key, word in _BOUNDS if key in rule)


def _number(value: float) -> str:
    # As it is typed into a specification: no thousands separator, no real minus sign.
    return str(value).removesuffix(".0")


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""


TRY_EXAMPLES = """\
Exit codes: 0 all is well, 1 the run failed, 2 bad input, 3 a check of the seeds failed. Examples:

- `seedspread try my_recipe.py`
- `seedspread try my_recipes.py --recipe my-sgd --seed 3 --set epochs=5 --set data=measurements.csv`
"""

SEEDS_FAILED = 3
MOST_POINTS = 12
"""Points of the first run that are printed as they come."""


def add_try(app: typer.Typer) -> None:
    """Register the command."""
    app.command("try", epilog=TRY_EXAMPLES)(try_recipe)


def try_recipe(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A .py file or a module with recipes.")],
    recipe: Annotated[str | None, typer.Option("--recipe", help="Which one. [default: the only one]")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the run.")] = 0,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter; give it again for more.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Also train another seed, the same again, each source alone.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Train a recipe once on this machine and check its seeds.

    This needs no service.
    """
    console = output.for_people()
    runs: dict[str, dict[str, Any]] = {}
    documents = trial.trial(file, recipe=recipe, seed=seed, parameters=_assigned(assignments or []), check=check)
    printed = 0
    for document in documents:
        if "run" in document:
            runs[document["run"]] = document
        if as_json:
            continue
        if "recipe" in document:
            info, values = document["recipe"], document["parameters"]
            listed = ", ".join(f"{name}={value}" for name, value in values.items())
            console.print(f"{info['name']} {info['version']}  seed {seed}  {listed}", markup=False, soft_wrap=True)
        elif "points" in document and printed < MOST_POINTS:
            for name, (steps, numbers) in document["points"].items():
                console.print(
                    f"  {name} {words.number(numbers[-1])} at step {words.exact(steps[-1])}",
                    markup=False,
                    soft_wrap=True,
                )
                printed += 1
        elif document.get("run") == "first":
            _print_run(document)
    checks = trial.checks_of(runs)
    failed = [run for run in runs.values() if run["state"] != "finished"]
    if as_json:
        output.print_json({"runs": list(runs.values()), "checks": [vars(item) for item in checks]})
    else:
        for run in failed:
            console.print(f"seed {run['seed']} {run['state']}: {run['reason']}", markup=False, soft_wrap=True)
        for item in checks:
            mark = {True: "ok", False: "failed", None: "not checked"}[item.ok]
            console.print(f"{item.name}: {mark}. {item.sentence}", markup=False, soft_wrap=True)
    if failed:
        raise typer.Exit(1)
    if any(item.ok is False for item in checks):
        raise typer.Exit(SEEDS_FAILED)


def _print_run(run: dict[str, Any]) -> None:
    console = output.for_people()
    if run["log"].strip():
        console.print("log:", markup=False)
        for line in run["log"].strip().splitlines()[-MOST_LINES:]:
            console.print(f"  {line}", markup=False, soft_wrap=True, highlight=False)
    if run["duration_s"] is not None:
        cpu = "" if run["cpu_s"] is None else f", {words.duration(run['cpu_s'])} of CPU time"
        console.print(f"{run['state']} in {words.duration(run['duration_s'])}{cpu}", markup=False, soft_wrap=True)
    if run["left_behind"]:
        console.print(sentences.left_behind(run["left_behind"]), markup=False, soft_wrap=True)


MOST_LINES = 20
"""Lines of the log that are printed."""


def _assigned(pairs: list[str]) -> dict[str, str]:
    parted = [pair.partition("=") for pair in pairs]
    for name, sign, value in parted:
        if not (name and sign):
            raise InvalidInput("--set", f"{name}{sign}{value}", "NAME=VALUE, such as epochs=5")
    return {name: value for name, _, value in parted}
