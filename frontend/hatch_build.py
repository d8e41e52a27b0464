"""Hatchling's hook: the wheel carries the built dashboard, so an installed one serves it without Node.js."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from types import ModuleType


def load_builder(root: str) -> ModuleType:
    """Loads `build_page.py` by its path: a build environment has nothing of this project on its own."""
    path = Path(root, "frontend", "build_page.py")
    spec = importlib.util.spec_from_file_location("build_page", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class DashboardBuildHook(BuildHookInterface[Any]):
    """Builds the dashboard before a wheel or an sdist is packed.

    `SEEDSPREAD_FRONTEND=skip` packs without the page. An editable install goes on with a warning where the build
    fails; every other build stops.
    """

    def dependencies(self) -> list[str]:
        """Asks for Node.js as a wheel, only where a build is due and this machine has none."""
        builder = load_builder(self.root)
        if skipped() or builder.is_current() or builder.node_on_path() is not None:
            return []
        return [builder.NODE_REQUIREMENT]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds the page where it is out of date; pip runs this twice, and the stamp makes the second run free."""
        del build_data
        builder = load_builder(self.root)
        if skipped() or builder.is_current():
            return
        try:
            builder.build()
        except builder.BuildError as error:
            hint = f"{error}\nSet SEEDSPREAD_FRONTEND=skip to install without the dashboard."
            if version != "editable":
                raise SystemExit(hint) from error
            self.app.display_warning(hint)


def skipped() -> bool:
    """Whether the person who builds asked to go without the page."""
    return os.environ.get("SEEDSPREAD_FRONTEND", "").lower() == "skip"
