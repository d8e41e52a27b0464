"""Report every error of a specification in one response.

These are the errors of its fields and of its recipe's parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool

from seedspread.api.http.dependencies import context
from seedspread.api.http.errors import invalid_fields
from seedspread.api.http.json import StrictRoute
from seedspread.core.study import StudySpec
from seedspread.core.validation import one_a_place
from seedspread.errors import InvalidInput
from seedspread.studies.submit import parameter_faults


class SpecRoute(StrictRoute):
    """Route that checks parameters even where other fields are invalid."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the strict handler, which also reports invalid parameters."""
        handler = super().get_route_handler()
        field = self.body_field
        if field is None or field.field_info.annotation is not StudySpec:
            return handler

        async def thorough(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as error:
                if not isinstance(error.body, dict):
                    raise
                further = await run_in_threadpool(parameter_faults, context(request), error.body)
                raise InvalidInput.all_of(one_a_place([*invalid_fields(error), *further])) from error

        return thorough
