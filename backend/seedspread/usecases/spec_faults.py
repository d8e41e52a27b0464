"""Faults of a specification's parameters, found whether or not its other fields can be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seedspread.context import Context
from seedspread.core.recipe import RecipeInfo
from seedspread.core.validation import check_parameters
from seedspread.errors import InvalidInput, Unavailable
from seedspread.storage import recipes


def recipe_named(ctx: Context, name: str) -> RecipeInfo:
    """The recipe as the workers have it now.

    Raises:
        InvalidInput: there is none of this name.
        Unavailable: the database is away.
    """
    with ctx.database.reading() as session:
        found = recipes.current(session, name)
        known = [] if found else [info.name for info in recipes.every(session)]
    if found is None:
        none = "no worker has published a recipe yet: start one with `seedspread worker`"
        hint = "workers that have just started publish theirs within seconds" if known else none
        raise InvalidInput("recipe", name, f"one of {', '.join(known)}" if known else "a recipe", hint=hint)
    return found


def parameter_faults(ctx: Context, given: object) -> list[InvalidInput]:
    """What is wrong with the recipe's name and the arms' parameters in a specification that is faulty elsewhere.

    given: the specification as it was sent, of whatever shape. Nothing is found where it is too odd to be looked at, or
    the database is away: its other faults are reported anyway.
    """
    name = given.get("recipe") if isinstance(given, Mapping) else None
    if not isinstance(given, Mapping) or not isinstance(name, str):
        return []
    try:
        recipe = recipe_named(ctx, name)
    except InvalidInput as fault:
        return [fault]
    except Unavailable:
        return []
    return [fault for field, parameters in _parameters(given) for fault in faults_of(recipe, parameters, field)]


def faults_of(recipe: RecipeInfo, parameters: Mapping[str, Any], field: str) -> Sequence[InvalidInput]:
    """What is wrong with the parameters at this place of the specification."""
    try:
        check_parameters(recipe.parameters, parameters, field=field)
    except InvalidInput as fault:
        return fault.faults
    return ()


def _parameters(given: Mapping[Any, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key in ("arms", "variants"):
        arms = given.get(key)
        for index, arm in enumerate(arms if isinstance(arms, list | tuple) else ()):
            parameters = arm.get("parameters") if isinstance(arm, Mapping) else None
            if isinstance(parameters, Mapping) and all(isinstance(name, str) for name in parameters):
                yield f"{key}[{index}].parameters", parameters
