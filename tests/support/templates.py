"""Templates and compiled programs that the trainers of one test process share: frameworks are imported once."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

from seedspread_worker.trainer.start.compiled import CompiledPrograms
from seedspread_worker.trainer.start.forking import Templates

_FOLDER = Path(tempfile.mkdtemp(prefix="seedspread-compiled-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)

SHARED: Final[dict[str, Any]] = {"templates": Templates(), "compiled": CompiledPrograms(_FOLDER)}
"""Arguments of `Trainer`."""
