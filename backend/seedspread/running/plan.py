"""Plan of a study of commands: arms, seeds, and a command template."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from seedspread.core.seeds import MAX_SEED, derive
from seedspread.errors import InvalidInput
from seedspread.recording.records import ArmRecord, Centre
from seedspread.running import code
from seedspread.summaries import BEST, EXPECTED, LAST, SUMMARIES, check_direction, logged

# ${seed} is an interpolation of Hydra's or a shell's.
_PLACEHOLDER: Final = re.compile(r"(?<!\$)\{(seed(?::\w[\w.-]*)?|arm(?::name)?|run)\}")
# {{seed}} is a template engine's. Bytes, so that all else in a file stays as it is.
_SEED_IN_FILE: Final = re.compile(rb"(?<![${])\{seed(?::(\w[\w.-]*))?\}")
CONFIG_ENDINGS: Final = frozenset(
    {
        ".yaml", ".yml", ".json", ".json5", ".jsonc", ".toml", ".ini", ".cfg", ".conf", ".config", ".gin", ".xml",
        ".properties", ".env", ".txt", ".args", ".jsonnet", ".libsonnet", ".hocon",
    }
)  # fmt: skip
"""Endings of files in which {seed} is filled in; a script may mean something else by it."""
_ENVIRONMENT: Final = re.compile(r"env:([A-Za-z_]\w*)=(.*)", re.DOTALL)
_DIGESTED: Final = 1 << 20  # scripts and configurations are smaller; data has digests of its own
_LONGEST_TITLE: Final = 60
RUNS_NOTEBOOK: Final = "seedspread.notebook.execute"
"""Module that a command of `seedspread study` starts."""
Seeded = Literal["command", "environment", "everything", "notebook", "function"]
"""Ways in which a run gets its seed: {seed}, variables alone, --seed-everything, a parameter, an argument."""
ONLY_ARM: Final = "script"
"""Name of the arm of a study that has only one."""


@dataclass(frozen=True)
class Arm:
    """Configuration of a command.

    arguments: replace `{arm}` in the command. environment: variables. code: "" for the current folder, "git:REF" for a
    worktree of that revision, else a folder to run in.
    """

    name: str
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    code: str = ""

    def record(self) -> ArmRecord:
        """Return the arm as recorded in the run folder."""
        code = {"source": self.code} if self.code else {}
        return ArmRecord(
            self.name, _parameters(self.arguments), shlex.join(self.arguments), dict(self.environment), code
        )


@dataclass(frozen=True)
class Plan:
    """Everything that defines a study of commands.

    metric: the one that decides; "" uses the only one reported. direction: "maximize", "minimize" or "". summary: the
    value used of each run. within: smallest difference that matters. level: of the intervals. centre: the value of an
    arm that decides. until: "" trains all seeds, "decided" stops early by a rule that accounts for its
    looks. paired: None decides from the checks. jobs: runs at the same time. gpus, per_gpu: devices, and runs on each.
    timeout: seconds a run may take. results: files or folders that a run writes, with placeholders. seed_everything,
    capture: tasks of the shim. link: paths linked into worktrees.
    """

    command: tuple[str, ...]
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    metric: str = ""
    direction: str = ""
    summary: str = LAST
    within: float | None = None
    level: float = 0.95
    centre: Centre = "mean"
    until: str = ""
    paired: bool | None = None
    jobs: int = 1
    gpus: tuple[str, ...] = ()
    per_gpu: int = 1
    timeout: float | None = None
    results: tuple[str, ...] = ()
    seed_everything: bool = False
    capture: bool = False
    link: tuple[str, ...] = ()
    hold: tuple[str, ...] = ()
    check: bool = True
    keep_going: bool = False
    retry_failed: bool = False
    name: str = ""
    claims: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        names = [arm.name for arm in self.arms]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise InvalidInput("--arm", twice[0], "arms of different names")
        if not self.command:
            raise InvalidInput("COMMAND", "", "a command after --, such as: -- python train.py --seed {seed} {arm}")
        text = " ".join(self.command)
        if any(arm.arguments for arm in self.arms) and "{arm}" not in text:
            first = next(arm for arm in self.arms if arm.arguments)
            raise InvalidInput(
                "COMMAND",
                text,
                "{arm} where an arm's arguments belong",
                hint=f"arm {first.name!r} has the arguments {shlex.join(first.arguments)!r}",
            )
        self._check_numbers()

    def _check_numbers(self) -> None:
        if not self.seeds:
            raise InvalidInput("--seeds", "", "at least one seed")
        if self.jobs < 1:
            raise InvalidInput("--jobs", self.jobs, "1 or more")
        check_direction(self.metric, self.direction, "--maximize")
        if self.per_gpu < 1:
            raise InvalidInput("--per-gpu", self.per_gpu, "1 or more")
        if self.timeout is not None and not self.timeout > 0:
            raise InvalidInput("--timeout", self.timeout, "seconds above 0")
        if self.until and len(self.arms) < 2:
            raise InvalidInput("--until", self.until, "two arms or more, for a difference to be decided")
        shared = [path for path in self.results if not _PLACEHOLDER.search(path)]
        if shared and self.slots > 1:
            hint = (
                "write to a file of each run's own, for example with {arm:name} and {seed} in its name, or use --jobs 1"
            )
            raise InvalidInput(
                "--results", shared[0], "a path with {seed} or {run}: runs at the same time share it", hint=hint
            )

    @property
    def logged_metric(self) -> str:
        """Metric that runs log.

        Of a first step it is the one that the condition is about.
        """
        return logged(self.metric)

    @property
    def slots(self) -> int:
        """Number of runs at the same time."""
        return len(self.gpus) * self.per_gpu if self.gpus else self.jobs

    def argv(self, arm: Arm, seed: int, run_folder: Path) -> list[str]:
        """Return the command of one run, with every placeholder filled in.

        A part that is exactly `{arm}` is replaced by the arm's arguments, which may be none or several. Inside a part
        they are joined to text.
        """
        parts: list[str] = []
        for part in self.command:
            if part == "{arm}":
                parts += [self.fill(argument, arm, seed, run_folder) for argument in arm.arguments]
            else:
                parts.append(self.fill(part, arm, seed, run_folder))
        return parts

    def fill(self, text: str, arm: Arm, seed: int, run_folder: Path) -> str:
        """Return a text with its placeholders filled in.

        Other braces are kept.
        """

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name == "seed":
                return str(seed)
            if name.startswith("seed:"):
                return str(self._derived(seed, name[5:]))
            if name == "arm":
                return shlex.join(arm.arguments)
            return arm.name if name == "arm:name" else str(run_folder)

        return _PLACEHOLDER.sub(value, text)

    def _derived(self, seed: int, source: str) -> int:
        return derive(0 if source in self.hold else seed, source)

    def fill_configs(self, parts: Sequence[str], seed: int, cwd: Path, copies: Path) -> tuple[list[str], list[Path]]:
        """Replace configuration files that hold {seed} by filled-in copies.

        Args:
            parts: a command or values of variables; a part may end with =FILE.
            seed: of the run.
            cwd: working directory of the run.
            copies: folder for the copies.

        Returns:
            The parts with the copies' paths, and the files that were copied.
        """
        filled: list[str] = []
        copied: dict[Path, Path] = {}
        for part in parts:
            option, name = _config_in(part, cwd)
            path = cwd / name
            content = _template(path) if name else None
            if content is None:
                filled.append(part)
                continue
            if path not in copied:
                copies.mkdir(exist_ok=True)
                target = copies / path.name
                target = copies / f"{len(copied)}-{path.name}" if target.exists() else target
                target.write_bytes(_SEED_IN_FILE.sub(lambda match: self._seed_text(match, seed), content))
                copied[path] = target
            filled.append(f"{option}{copied[path]}")
        return filled, list(copied)

    def _seed_text(self, match: re.Match[bytes], seed: int) -> bytes:
        source = match[1]
        return str(seed if source is None else self._derived(seed, source.decode())).encode()

    def identity(self) -> str:
        """Return a digest that is equal for command lines of one study.

        Files named in the command or in an arm's arguments count by their content, and revisions by their commit, so
        that an edited script or a branch that moved starts a new study. Seeds and the number of jobs do not count: the
        same line with more seeds extends the study.
        """
        total = hashlib.sha256()
        for item in (
            *self.command,
            *(repr(arm) for arm in self.arms),
            *(repr(part) for part in (self.seed_everything, self.hold, self.results, self.until, self.within)),
        ):
            total.update(item.encode("utf-8", "surrogateescape") + b"\0")
        for path in self.code_files():
            total.update(path.read_bytes() + b"\0")
        for arm in self.arms:
            if arm.code.startswith("git:"):
                total.update(code.commit_of(Path.cwd(), arm.code[4:]).encode() + b"\0")
        return total.hexdigest()[:8]

    def code_files(self) -> list[Path]:
        """Return the small files named in the command and the arms' arguments.

        These are scripts and configurations.
        """
        variables = (value for arm in self.arms for _, value in arm.environment)
        named = (*self.command, *(argument for arm in self.arms for argument in arm.arguments), *variables)
        candidates = (Path(part.rpartition("=")[2]) for part in named)
        return [path for path in dict.fromkeys(candidates) if _is_small_file(path)]

    def options(self) -> dict[str, Any]:
        """Return what a replay needs beside the command and the arm.

        `files` are the digests of the scripts and configurations that the command line names.
        """
        files = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in self.code_files()}
        return {
            "seed_everything": self.seed_everything,
            "capture": self.capture,
            "hold": list(self.hold),
            "results": list(self.results),
            "link": list(self.link),
            "timeout": self.timeout,
            "files": files,
        }

    @property
    def seeded(self) -> Seeded:
        """Way in which a run learns its seed."""
        if RUNS_NOTEBOOK in self.command:
            return "notebook"
        parts = (*self.command, *(part for arm in self.arms for part in arm.arguments))
        if any("{seed" in part for part in parts) or any(_template(path) for path in self.code_files()):
            return "command"
        return "everything" if self.seed_everything else "environment"

    def rule(self) -> dict[str, Any]:
        """Return the decision rule as recorded in `study.json`."""
        rule: dict[str, Any] = {"level": self.level}
        if self.paired is not None:
            rule["paired"] = self.paired
        if self.centre != "mean":
            rule["centre"] = self.centre
        if self.until:
            rule |= {"until": self.until, "at_most": len(self.seeds)}
        return rule

    def title(self) -> str:
        """Return a name that tells studies of one script apart.

        It names the arms, or a single arm's arguments.
        """
        names = [arm.name for arm in self.arms]
        if names == [ONLY_ARM]:
            return ": ".join(filter(None, (self.script_name(), _shortened(self._own_arguments()))))
        if len(names) == 1:
            return f"{self.script_name()}: {names[0]}"
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return f"{self.script_name()}: {', '.join(names[:3])}{more}"

    def _own_arguments(self) -> str:
        """Return the command's arguments without placeholders and their options."""
        script = next((at for at, part in enumerate(self.command) if Path(part).stem == self.script_name()), 0)
        arguments: list[str] = []
        for part in code.command_without_secrets(list(self.command[script + 1 :])):
            if not _PLACEHOLDER.search(part):
                arguments.append(part)
            elif _PLACEHOLDER.fullmatch(part) and arguments and re.fullmatch(r"-[^=]*", arguments[-1]):
                arguments.pop()
        return shlex.join(arguments)

    def script_name(self) -> str:
        """Return the default name of the study: its script's or program's name."""
        scripts = [part for part in self.command if Path(part).suffix in {".py", ".sh", ".R", ".jl", ".ipynb"}]
        module = [after for flag, after in zip(self.command, self.command[1:], strict=False) if flag == "-m"]
        return Path((scripts or module or [self.command[0]])[0]).stem


def parse_arm(text: str) -> Arm:
    """Parse an arm: `NAME`, or `NAME=` and parts separated by spaces.

    A part `git:REF` takes the code from that revision, a first part that is a folder runs there, and `env:NAME=VALUE`
    sets a variable. All other parts are arguments. A revision or folder alone names the arm as well.

    Raises:
        InvalidInput: the name is missing, or a quote is not closed.
    """
    name, equals, settings = text.partition("=")
    name = name.strip()
    if not equals and (name.startswith("git:") or _is_folder(name)):
        settings = shlex.quote(name)
    if not name or name.startswith("-"):
        raise InvalidInput("--arm", text, 'a name, or NAME="ARGUMENTS"')
    try:
        parts = shlex.split(settings)
    except ValueError as error:
        raise InvalidInput("--arm", text, f"arguments with balanced quotes ({error})") from error
    code = ""
    if parts and (parts[0].startswith("git:") or _is_folder(parts[0])):
        code = parts.pop(0)
        if code == "git:":
            raise InvalidInput("--arm", text, "a revision after git:, such as git:main")
    variables = [match.groups() for part in parts if (match := _ENVIRONMENT.fullmatch(part))]
    arguments = tuple(part for part in parts if not _ENVIRONMENT.fullmatch(part))
    return Arm(name, arguments, tuple((str(key), str(value)) for key, value in variables), code)


def parse_seeds(text: str) -> tuple[int, ...]:
    """Parse seeds: a count, a range, or a list.

    A count of 20 means 0 to 19, a range is 5-9, and a list is 1,4,7-9.

    Raises:
        InvalidInput: another form, a seed out of range, or more than 100,000 seeds.
    """
    seeds: list[int] = []
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise InvalidInput("--seeds", text, "a count such as 20, a range such as 5-9, or a list such as 1,4,7-9")
        if len(parts) == 1 and not dash:
            low, high = 0, int(first) - 1
        else:
            low, high = int(first), int(last or first)
        if high - low >= 100_000 or high > MAX_SEED:
            raise InvalidInput("--seeds", text, f"at most 100,000 seeds, each from 0 to {MAX_SEED}")
        seeds += range(low, high + 1)
    if not seeds:
        raise InvalidInput("--seeds", text, "at least one seed")
    return tuple(dict.fromkeys(seeds))


def adaptive_seeds(chosen: Sequence[int], most: int) -> tuple[int, ...]:
    """Return the seeds of a study that stops early, in order.

    They go on above the largest chosen one: whoever starts at 100 keeps lower seeds for something else. Lower ones
    follow only where there are none above.

    Args:
        chosen: the seeds to start with; may be empty, and more than `most`.
        most: number of seeds, at least 1.
    """
    seeds = list(dict.fromkeys(chosen))[:most]
    above = max(seeds, default=-1) + 1
    seeds += range(above, min(above + most - len(seeds), MAX_SEED + 1))
    taken = set(seeds)
    seeds += [seed for seed in range(most) if seed not in taken][: most - len(seeds)]
    return tuple(seeds)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TITLE else f"{text[: _LONGEST_TITLE - 1]}…"


def _parameters(arguments: tuple[str, ...]) -> dict[str, Any]:
    """Return the parameters among the arguments.

    Recognised are `--hidden 64`, `--lr=0.1`, `lr=0.1` and `--flag`.
    """
    parameters: dict[str, Any] = {}
    waiting = ""
    for part in arguments:
        if part.startswith("-") and not _is_number(part):
            name, equals, value = part.lstrip("-").partition("=")
            parameters[name] = _plain(value) if equals else True
            waiting = "" if equals else name
        elif waiting:
            parameters[waiting] = _plain(part)
            waiting = ""
        elif "=" in part:
            name, _, value = part.lstrip("+~").partition("=")
            parameters[name] = _plain(value)
        else:
            parameters[f"argument {len(parameters) + 1}"] = _plain(part)
    return parameters


def _plain(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_folder(text: str) -> bool:
    """Return True for an existing folder written like a path.

    Such texts are `.`, `..`, and those with a slash.
    """
    return (text in {".", ".."} or "/" in text) and Path(text).is_dir()


def config_files(arm: Arm, cwd: Path) -> list[Path]:
    """Return the configuration files that an arm names."""
    parts = (*arm.arguments, *(value for _, value in arm.environment))
    names = (_config_in(part, cwd)[1] for part in parts)
    return [Path(name) for name in dict.fromkeys(names) if name]


def _config_in(part: str, cwd: Path) -> tuple[str, str]:
    """Split a part into an option and a configuration file.

    Both are empty if it names none.
    """
    before, sign, after = part.rpartition("=")
    for option, name in (("", part), (f"{before}{sign}", after)):
        if name and Path(name).suffix.lower() in CONFIG_ENDINGS and _is_small_file(cwd / name):
            return option, name
    return "", ""


def _template(path: Path) -> bytes | None:
    """Return the content of a configuration file that holds {seed}."""
    if path.suffix.lower() not in CONFIG_ENDINGS or not _is_small_file(path):
        return None
    content = path.read_bytes()
    return content if _SEED_IN_FILE.search(content) else None


def _is_small_file(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size <= _DIGESTED and path.suffix != ""
    except (OSError, ValueError):
        return False


def chosen_summary(summary: str | None, *, best: bool, option: str = "") -> str | None:
    """Merge a summary value with the older switch for the best one.

    Args:
        option: put before the names in errors, as in `--`.

    Raises:
        InvalidInput: no such summary value, or the two contradict each other.
    """
    if summary is not None and summary not in SUMMARIES:
        raise InvalidInput(f"{option}summary", summary, EXPECTED)
    if best and summary not in (None, BEST):
        raise InvalidInput(f"{option}best", best, f"nothing beside {option}summary {summary}")
    return BEST if best else summary


def chosen_rule(level: float, centre: Centre) -> dict[str, Any]:
    """Return the fields of a decision rule.

    Raises:
        InvalidInput: one of them is out of range.
    """
    if not 0.5 <= level < 1:
        raise InvalidInput("level", level, "a number from 0.5 to below 1")
    if centre not in get_args(Centre):
        raise InvalidInput("centre", centre, f"one of {', '.join(get_args(Centre))}")
    return {"level": level} | ({} if centre == "mean" else {"centre": centre})
