"""`seedspread recipes`: what can be trained, with its parameters."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from seedspread.cli import output
from seedspread.cli.client import connect
from seedspread.cli.options import Api, Json
from seedspread.core.recipe import RecipeInfo
from seedspread.errors import NotFound

EPILOG = """Examples:

- `seedspread recipes` lists them
- `seedspread recipes digits-mlp` shows one with its parameters
"""


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("recipes", epilog=EPILOG)(recipes)


def recipes(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Show this one with its parameters.")] = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """List the recipes that workers have published."""
    with connect(api) as client:
        found = client.recipes()
    if name is not None:
        found = [recipe for recipe in found if recipe.name == name] or _none(name, found)
    if as_json:
        output.print_json({"recipes": [recipe.model_dump(mode="json") for recipe in found]})
        return
    console = output.for_people()
    for recipe in found:
        console.print(f"{recipe.name} {recipe.version}  {_first_line(recipe.help)}", markup=False, soft_wrap=True)
        for line in _details(recipe) if name is not None else ():
            console.print(f"  {line}", markup=False, soft_wrap=True)
    if not found:
        console.print("no recipes yet: a worker publishes them when it starts")


def _none(name: str, found: list[RecipeInfo]) -> list[RecipeInfo]:
    have = ", ".join(recipe.name for recipe in found) or "none yet"
    raise NotFound("recipe", name, hint=f"there are: {have}")


def _details(recipe: RecipeInfo) -> list[str]:
    lines = [
        f"metrics: {', '.join(f'{metric.name} ({metric.direction})' for metric in recipe.metrics)}",
        f"sources of randomness: {', '.join(recipe.sources)}",
        "parameters:",
    ]
    properties: dict[str, dict[str, Any]] = recipe.parameters.get("properties", {})
    return lines + [f"  {_parameter(name, rule)}" for name, rule in properties.items()]


def _parameter(name: str, rule: dict[str, Any]) -> str:
    bounds = [f"{word} {rule[key]}" for key, word in (("minimum", "at least"), ("maximum", "at most")) if key in rule]
    choice = [f"one of {', '.join(map(str, rule['enum']))}"] if "enum" in rule else []
    limits = f" ({', '.join(bounds + choice)})" if bounds or choice else ""
    default = f" = {rule['default']!r}" if "default" in rule else ""
    return f"{name}{default}: {rule.get('description', '')}{limits}"


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""
