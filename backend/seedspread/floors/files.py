"""Move noise floors of earlier versions, JSON files, into the database.

They lay in `<data dir>/floors`, one file each. A file that was read gets the ending `.imported` and is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from seedspread.errors import Conflict, InvalidInput, NotFound, SeedspreadError
from seedspread.floors import wording
from seedspread.floors.store import Floor, FloorStore, Judged, Look
from seedspread.storage import studies

FORMAT: Final = "seedspread-floor/1"
FOLDER: Final = "floors"
_STUDY: Final = re.compile(r"study (\d{1,18}), ")


def import_files(store: FloorStore, data_dir: Path) -> list[str]:
    """Store the floors of files, each once.

    Return a sentence for each file that was left where it is: it cannot be read, or another floor has its name.
    """
    problems = []
    for path in sorted((data_dir / FOLDER).glob("*.json")):
        try:
            floor = read_file(path)
            _store(store, floor)
        except FileNotFoundError:
            continue  # another process that started with this one was faster
        except (SeedspreadError, OSError) as error:
            problems.append(wording.file_left(path.name, str(error)))
            continue
        with suppress(FileNotFoundError):
            path.replace(path.with_name(f"{path.name}.imported"))
    return problems


def read_file(path: Path) -> Floor:
    """Read the file of a floor.

    Raises:
        InvalidInput: it has another form.
        OSError: it cannot be read.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise InvalidInput(path.name, str(error), "a JSON document; was the file edited?") from error
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        version = document.get("format") if isinstance(document, Mapping) else None
        raise InvalidInput(f"{path.name}: format", version, FORMAT)
    try:
        fields: dict[str, Any] = {name: value for name, value in document.items() if name != "format"}
        judged = [Judged(item["candidate"], [_look(look) for look in item["looks"]]) for item in fields.pop("judged")]
        created = datetime.fromisoformat(fields.pop("created"))
        return Floor(**fields, created=created, study_id=_study(fields), judged=judged)
    except InvalidInput:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidInput(path.name, str(error), "a noise floor as it was saved; was the file edited?") from error


def _look(fields: Mapping[str, Any]) -> Look:
    return Look(**{**fields, "at": datetime.fromisoformat(fields["at"])})


def _study(fields: Mapping[str, Any]) -> int | None:
    """Return the study that a floor came from.

    Its origin names it in words. A run folder may be called "study 3" too, but only a study of the service has a recipe
    among its conditions.
    """
    match = _STUDY.match(fields["origin"])
    return int(match[1]) if match and "recipe" in fields["conditions"] else None


def _store(store: FloorStore, floor: Floor) -> None:
    with store.database.reading() as session:
        if floor.study_id is not None and studies.get(session, floor.study_id) is None:
            floor = Floor(**{**vars(floor), "study_id": None})
    try:
        store.save(floor)
    except Conflict:
        # A process that was killed before it renamed the file has stored the floor already.
        with suppress(NotFound):
            same = store.load(floor.name)
            if (same.created, same.values) == (floor.created, floor.values):
                return
        raise
