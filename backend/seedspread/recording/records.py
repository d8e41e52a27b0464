"""Records of the run folder format.

They describe the content of `study.json` and `manifest.json`, with format versions.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal

from seedspread.errors import InvalidInput

VERSION: Final = 1
STUDY_FORMAT: Final = f"seedspread-study/{VERSION}"
RUN_FORMAT: Final = f"seedspread-run/{VERSION}"
STATES: Final = ("running", "finished", "failed", "cancelled")
MAX_SEED: Final = 2**53 - 1  # larger whole numbers lose digits in JSON read by JavaScript

_UNSAFE = re.compile(r"[^A-Za-z0-9_.]+")
_NUMBERS = re.compile(r"(?:0x)?[\da-f]*\d[\da-f]*")
_LONGEST_SLUG = 40  # names of folders must fit the limits of every file system with room for a suffix


Centre = Literal["mean", "trimmed", "median", "log_ratio"]
"""Value of an arm that decides, as a study's rule names it; the mean unless it does."""


@dataclass
class ArmRecord:
    """Configuration under comparison, with what distinguishes it from others.

    parameters: values by name. arguments: replace `{arm}` in the command. environment: variables. code: origin of the
    code if the arm has its own: {"source": "git:main", "commit", "patch_sha256", …}.
    """

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    arguments: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    code: dict[str, Any] = field(default_factory=dict)


@dataclass
class StudyRecord:
    """Study as recorded in `study.json`: arms, seeds, metric, decision rule.

    study_id: 32 hex digits. metric: "" if none was named. direction: "maximize", "minimize" or "". summary: "last",
    "best" or "area". seeds: planned ones. rule: further fields of the decision rule, such as {"level": 0.95, "paired":
    true, "centre": "median", "until": "decided", "at_most": 40}. command: the command template, empty if there was
    none. source: writer of the folder: "run", "function", "logger" or "import". looks: {"seeds", "planned",
    "metric", "summary", "time"} of each verdict that was seen. extra: fields of later writers, kept unchanged.
    """

    study_id: str
    name: str
    created: str
    metric: str = ""
    direction: str = ""
    summary: str = "last"
    smallest_difference: float | None = None
    baseline: str = ""
    arms: list[ArmRecord] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)
    rule: dict[str, Any] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)
    source: str = "run"
    origin: dict[str, Any] = field(default_factory=dict)
    looks: list[dict[str, Any]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def planned(self) -> int:
        """Planned seeds per arm; 0 if the writer has no plan."""
        return len(self.seeds) if self.source in {"run", "function"} else 0

    def decides(self) -> tuple[str, str]:
        """Return the metric and summary value that decide.

        They are those by which the study was first judged, else its own.
        """
        seen = next((look for look in self.looks if look.get("metric")), {})
        return str(seen.get("metric", self.metric)), str(seen.get("summary", self.summary))

    def looks_taken(self) -> list[tuple[int, int]]:
        """Return seeds and planned seeds of each look that reads.

        A look without `planned` is an older version's, which recorded complete plans alone.
        """
        pairs = [(look.get("seeds"), look.get("planned", look.get("seeds"))) for look in self.looks]
        return sorted({(n, of) for n, of in pairs if isinstance(n, int) and isinstance(of, int) and n > 0 and of >= 0})

    def to_json(self) -> dict[str, Any]:
        """Return the document of `study.json`."""
        document = asdict(self)
        extra = document.pop("extra")
        return {"format": STUDY_FORMAT, **document, **extra}

    @classmethod
    def from_json(cls, document: Mapping[str, Any], path: Path) -> StudyRecord:
        """Parse the document of `study.json`.

        Raises:
            InvalidInput: another or a newer format, or a required field that is missing.
        """
        check_format(document, "seedspread-study", path)
        fields, extra = _split(cls, document, path, required=("study_id", "name", "created"))
        arms = [ArmRecord(**_split(ArmRecord, arm, path, required=("name",))[0]) for arm in fields.pop("arms", [])]
        looks = fields.get("looks", [])
        if looks is None or not all(isinstance(look, dict) for look in looks):
            raise InvalidInput(f"{path}: looks", looks, "a list of objects with `seeds` and `time`")
        return cls(**fields, arms=arms, extra=extra)

    def arm(self, name: str) -> ArmRecord | None:
        """Return the arm of that name, or None."""
        return next((arm for arm in self.arms if arm.name == name), None)


@dataclass
class RunRecord:
    """Attempt at one arm under one seed, as recorded in `manifest.json`.

    run_id: 32 hex digits, unique to the attempt. attempt: from 1. state: "running", "finished", "failed" or
    "cancelled". reason: why it failed or was cancelled. started, ended: seconds since 1970. command, environment, git,
    machine: what is needed to train it again. files: sizes and SHA-256 of the folder's files once it has ended. kind:
    "" for a run that counts, "repeat" for a check of the script that statistics must not use.
    """

    run_id: str
    study_id: str
    arm: str
    seed: int | None
    attempt: int = 1
    kind: str = ""
    state: str = "running"
    reason: str = ""
    started: float = 0.0
    ended: float | None = None
    exit_code: int | None = None
    command: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, Any] = field(default_factory=dict)
    git: dict[str, Any] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)
    pid: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the document of `manifest.json`."""
        document = asdict(self)
        extra = document.pop("extra")
        return {"format": RUN_FORMAT, **document, **extra}

    @classmethod
    def from_json(cls, document: Mapping[str, Any], path: Path) -> RunRecord:
        """Parse the document of `manifest.json`.

        Raises:
            InvalidInput: another or a newer format, a required field that is missing, or an unknown state.
        """
        check_format(document, "seedspread-run", path)
        fields, extra = _split(cls, document, path, required=("run_id", "study_id", "arm", "seed"))
        record = cls(**fields, extra=extra)
        if record.state not in STATES:
            raise InvalidInput(f"{path}: state", record.state, f"one of {', '.join(STATES)}")
        if record.seed is not None and not (isinstance(record.seed, int) and 0 <= record.seed <= MAX_SEED):
            raise InvalidInput(f"{path}: seed", record.seed, f"a whole number from 0 to {MAX_SEED}, or null")
        return record


def check_format(document: Mapping[str, Any], kind: str, path: Path) -> None:
    """Refuse a document of another kind or of a newer version.

    Raises:
        InvalidInput: the kind or version differs.
    """
    declared = document.get("format")
    name, _, version = declared.partition("/") if isinstance(declared, str) else ("", "", "")
    if name != kind or not version.isdecimal():
        raise InvalidInput(f"{path}: format", declared, f"{kind}/{VERSION}")
    if int(version) > VERSION:
        raise InvalidInput(
            f"{path}: format",
            declared,
            f"{kind}/{VERSION} or older",
            hint="a newer Seedspread wrote this folder: upgrade with `pip install --upgrade seedspread`",
        )


def same_error(reason: str) -> str:
    """Return a failure's reason without digits.

    Seeds, line numbers and addresses differ between runs where the error is the same.
    """
    return _NUMBERS.sub("", reason)


def slug(name: str) -> str:
    """Return the name in a form that file names allow.

    A digest keeps names distinct that had to be changed.
    """
    plain = _UNSAFE.sub("_", name).strip("._")
    if plain == name and len(plain) <= _LONGEST_SLUG:
        return plain
    tag = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{plain[:_LONGEST_SLUG]}_{tag}" if plain else tag


def run_folder_name(arm: str, seed: int | None, attempt: int = 1, kind: str = "") -> str:
    """Return the name of a run's folder.

    Readers rely on its manifest, never on this name.
    """
    parts = [slug(arm), "none" if seed is None else str(seed)]
    parts += [kind] if kind else []
    return "-".join(parts) + (f".{attempt}" if attempt > 1 else "")


def _split(
    kind: type, document: Mapping[str, Any], path: Path, *, required: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a document into the record's own fields and further ones.

    Raises:
        InvalidInput: a required field is missing, or a value has another JSON type than the field.
    """
    if not isinstance(document, Mapping):
        raise InvalidInput(str(path), document, "an object")
    for name in required:
        if name not in document:
            raise InvalidInput(f"{path}: {name}", None, "the field, which is missing: was the file edited?")
    types = {item.name: str(item.type).partition("[")[0].partition(" ")[0] for item in fields(kind)}
    own: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in document.items():
        if name == "format":
            continue
        if name not in types or name == "extra":
            extra[name] = value
            continue
        if types[name] in _JSON and not isinstance(value, _JSON[types[name]]) and value is not None:
            raise InvalidInput(f"{path}: {name}", value, f"a value of type {types[name]}")
        own[name] = value
    return own, extra


_JSON: Final[dict[str, tuple[type, ...]]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "list": (list,),
    "dict": (dict,),
}
