"""Recipes that are commands.

An operator's file says what runs, requests fill in its parameters. No shell takes part. A value becomes an argument or
a part of one, never several, and text never begins with a dash.
"""

from __future__ import annotations

import codecs
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, create_model
from pydantic_core import SchemaError

from seedspread.core.sources import Source
from seedspread.core.validation import parse
from seedspread.embedded.programs import dies_with_parent
from seedspread.errors import InvalidInput, SeedspreadError
from seedspread.recording.lines import LineReader, parse_number
from seedspread.recording.names import matching_name
from seedspread_worker.author.recipe import Metric, RecipeParameters, free_recipe
from seedspread_worker.author.run import Run

SUFFIX = ".toml"
_PLACEHOLDER = re.compile(r"\{(\w+(?::[\w-]+)?)\}")
_NAME = re.compile(r"[A-Za-z_]\w*")
_POLL_S = 0.25
_PIECE = 1 << 16  # a pipe's default capacity on Linux
_LARGEST_TAIL = 4000  # the end of a failed command's output is what explains the failure
_SEED = "seed"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ParameterOfCommand(_Strict):
    """Parameter that requests may set, within these limits."""

    type: Literal["integer", "number", "boolean", "choice", "text", "path"]
    default: int | float | bool | str
    help: str = Field(min_length=1)
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str | None = None


class MetricOfCommand(_Strict):
    """Metric that the command prints.

    Without a pattern it is found as `seedspread run` finds it; a pattern has one group with the number, and may have a
    group `step`.
    """

    direction: Literal["maximize", "minimize"]
    unit: str = ""
    help: str = ""
    pattern: str | None = None


class Command(_Strict):
    """Command of the file: a recipe."""

    command: tuple[str, ...] = Field(min_length=1)
    help: str = Field(min_length=1)
    version: str = "1"
    environment: dict[str, str] = {}
    parameters: dict[str, ParameterOfCommand] = {}
    metrics: dict[str, MetricOfCommand] = Field(min_length=1)
    files: tuple[str, ...] = Field((), description="further files that the command's results depend on")


class CommandsFile(_Strict):
    """Whole file: commands by the names of their recipes."""

    commands: dict[str, Command] = Field(min_length=1)


def load_commands(path: Path) -> ModuleType:
    """Return a module with a recipe for each command.

    Raises:
        InvalidInput: the file is malformed, or a command names a program, script or placeholder that is not there.
    """
    file = path.resolve()
    name = f"commands of {file}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = str(file)
    for title, command in read_commands(file).items():
        _add(module, title, command, file)
    sys.modules[name] = module
    return module


def read_commands(file: Path) -> dict[str, Command]:
    """Parse a file of commands.

    Raises:
        InvalidInput: it cannot be read, or is malformed.
    """
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput("recipes", str(file), f"a TOML file ({error})") from None
    return parse(CommandsFile, document, field=file.name).commands


def files_of_commands(file: Path) -> list[Path]:
    """Return the file and the scripts and configurations that its commands name."""
    with suppress(InvalidInput):
        named = [part for command in read_commands(file).values() for part in (*command.command, *command.files)]
        return list(dict.fromkeys([file, *(file.parent / part for part in named if _is_script(file.parent / part))]))
    return [file]


def _is_script(path: Path) -> bool:
    with suppress(OSError):
        return path.suffix != "" and path.is_file()
    return False


def _add(module: ModuleType, title: str, command: Command, file: Path) -> None:
    """Put a command's recipe into the module."""
    where = f"{file.name}: commands.{title}"
    program = command.command[0]
    local = file.parent / program
    if _PLACEHOLDER.search(program) or not (shutil.which(program) or ("/" in program and os.access(local, os.X_OK))):
        raise InvalidInput(f"{where}.command", program, "a program that is installed here, without placeholders")
    for part in command.command[1:]:
        if Path(part).suffix in {".py", ".sh", ".R", ".jl"} and "{" not in part and not _is_script(file.parent / part):
            raise InvalidInput(f"{where}.command", part, f"a script that lies in {file.parent}")
    lost = [name for name in command.files if not (file.parent / name).is_file()]
    if lost:
        raise InvalidInput(f"{where}.files", lost[0], f"a file in {file.parent}")
    for name in command.parameters:
        if not _NAME.fullmatch(name) or name == _SEED:
            expected = "a name of letters, digits and underscores, other than seed"
            raise InvalidInput(f"{where}.parameters.{name}", name, expected)
    sources = _check_placeholders(command, where)
    metrics = [
        Metric(name, item.direction, item.unit, item.help) for name, item in command.metrics.items()
    ]  # the first one decides unless a study says otherwise
    patterns = {
        name: _pattern(item.pattern, f"{where}.metrics.{name}.pattern")
        for name, item in command.metrics.items()
        if item.pattern is not None
    }

    def train(run: Run) -> None:
        _Training(run, command, file.parent, sources, patterns).train()

    train.__module__ = module.__name__
    train.__doc__ = command.help
    parameters = _model(title, command, where)
    recipe = free_recipe(name=title, version=command.version, parameters=parameters, sources=sources, metrics=metrics)
    setattr(module, f"command_{len(vars(module))}", recipe(train))


def _check_placeholders(command: Command, where: str) -> tuple[str, ...]:
    """Check what a command's placeholders name; return the sources among them."""
    sources = []
    for text in (*command.command, *command.environment.values()):
        for name in _PLACEHOLDER.findall(text):
            if name == _SEED:
                sources.append(Source.ALGORITHM.value)
            elif name.startswith(f"{_SEED}:"):
                source = name.partition(":")[2]
                if source not in set(Source):
                    raise InvalidInput(f"{where}.command", f"{{{name}}}", f"a source: {', '.join(Source)}")
                sources.append(source)
            elif name not in command.parameters:
                names = ", ".join(("seed", "seed:SOURCE", *command.parameters))
                raise InvalidInput(f"{where}.command", f"{{{name}}}", f"one of the placeholders {names}")
    used = {name for text in (*command.command, *command.environment.values()) for name in _PLACEHOLDER.findall(text)}
    unused = [name for name in command.parameters if name not in used]
    if unused:
        raise InvalidInput(f"{where}.parameters", unused[0], f"parameters that the command uses, as {{{unused[0]}}}")
    # A command without {seed} reads SEEDSPREAD_SEED.
    return tuple(dict.fromkeys(sources)) or (Source.ALGORITHM.value,)


def _pattern(text: str, where: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise InvalidInput(where, text, f"a regular expression ({error})") from None
    if pattern.groups - ("step" in pattern.groupindex) != 1:
        raise InvalidInput(where, text, "a regular expression with one group, which is the number")
    return pattern


def _model(title: str, command: Command, where: str) -> type[RecipeParameters]:
    """Return the schema of a command's parameters."""
    fields: dict[str, Any] = {}
    for name, item in command.parameters.items():
        path = f"{where}.parameters.{name}"
        fields[name] = (_type(item, path), Field(item.default, description=item.help, **_limits(item, path)))
        _check_pattern(item.pattern, f"{path}.pattern")
    model = create_model(f"Parameters of {title}", __base__=RecipeParameters, **fields)
    parse(model, {name: item.default for name, item in command.parameters.items()}, field=f"{where}.parameters")
    return model


def _check_pattern(pattern: str | None, where: str) -> None:
    """Refuse a pattern that pydantic's engine cannot compile; it knows no lookaround."""
    try:
        TypeAdapter(Annotated[str, Field(pattern=pattern)])
    except SchemaError as error:
        reason = str(error).strip().splitlines()[-1].removeprefix("error: ")
        raise InvalidInput(where, pattern, f"a regular expression without lookaround ({reason})") from None


def _type(item: ParameterOfCommand, where: str) -> Any:
    if item.type == "choice":
        if not item.choices:
            raise InvalidInput(f"{where}.choices", (), "a list of texts")
        return Literal[item.choices]
    types: dict[str, Any] = {"integer": int, "number": float, "boolean": bool}
    if item.type in types:
        return types[item.type]
    kind: Any = Path if item.type == "path" else str
    return Annotated[kind, AfterValidator(_plain)]


def _limits(item: ParameterOfCommand, where: str) -> dict[str, Any]:
    numeric = item.type in {"integer", "number"}
    if numeric and isinstance(item.default, bool):
        raise InvalidInput(f"{where}.default", item.default, "a number")
    if item.choices and item.type != "choice":
        raise InvalidInput(f"{where}.choices", list(item.choices), f"no choices for type {item.type}, or type choice")
    if item.minimum is not None and item.maximum is not None and item.minimum > item.maximum:
        raise InvalidInput(f"{where}.minimum", item.minimum, f"the maximum, {item.maximum}, or less")
    if not numeric and (item.minimum, item.maximum) != (None, None):
        raise InvalidInput(where, item.type, "type integer or number with a minimum or maximum")
    if item.pattern is not None and item.type != "text":
        raise InvalidInput(where, item.type, "type text with a pattern")
    limits = {"ge": item.minimum, "le": item.maximum, "pattern": item.pattern and f"^(?:{item.pattern})$"}
    finite = {"allow_inf_nan": False} if item.type == "number" else {}
    longest = {"max_length": 1000} if item.type == "text" else {}
    return {name: value for name, value in limits.items() if value is not None} | finite | longest


def _plain(value: Any) -> Any:
    """Refuse text that looks like an option, and control characters."""
    text = str(value)
    if text.startswith("-") or not text.isprintable():
        raise ValueError("text that does not begin with a dash, of printable characters")
    return value


@dataclass
class _Training:
    """One run of a command.

    sources: those that it takes. patterns: of metrics that are not found as they are printed.
    """

    run: Run
    command: Command
    folder: Path
    sources: Sequence[str]
    patterns: Mapping[str, re.Pattern[str]]
    tail: str = ""
    _steps: dict[str, float] = field(default_factory=dict)

    def train(self) -> None:
        """Run the command to its end and report what it prints."""
        values = self._values()
        fill = _filler(values)
        argv = [fill(part) for part in self.command.command]
        if "/" in argv[0]:
            argv[0] = str((self.folder / argv[0]).absolute())
        seed = values.get(_SEED) or next(value for name, value in values.items() if name.startswith(_SEED))
        variables = {"SEEDSPREAD_SEED": seed, "PYTHONHASHSEED": seed, "PYTHONUNBUFFERED": "1"}
        variables |= {name: fill(text) for name, text in self.command.environment.items()}
        process = subprocess.Popen(  # noqa: S603 - the operator's own command, without a shell
            argv,
            env={**os.environ, **variables},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGKILL),
        )
        try:
            self._follow(process)
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)  # with everything that it has started
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        if process.returncode:
            raise SeedspreadError(_failure(process.returncode, self.tail))

    def _values(self) -> dict[str, str]:
        values = {f"{_SEED}:{source}": str(self.run.seed(source)) for source in self.sources}
        if Source.ALGORITHM.value in self.sources:
            values[_SEED] = values[f"{_SEED}:{Source.ALGORITHM.value}"]
        for name in self.command.parameters:
            value = getattr(self.run.parameters, name)
            values[name] = str(value).lower() if isinstance(value, bool) else str(value)
        return values

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            raise RuntimeError("the process has no pipe")
        reader = LineReader(next(iter(self.command.metrics)))
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        unfinished = ""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while True:
                self.run.check_cancelled()
                if not selector.select(_POLL_S):
                    if process.poll() is not None:
                        break  # something that it left running still holds the pipe
                    continue
                data = os.read(process.stdout.fileno(), _PIECE)
                if not data:
                    break
                text = decoder.decode(data)
                sys.stdout.write(text)
                sys.stdout.flush()
                self.tail = (self.tail + text)[-_LARGEST_TAIL:]
                for reading in reader.feed(text):
                    self._take(reading.values, reading.step)
                *lines, unfinished = (unfinished + text).split("\n")
                for line in lines:
                    self._match(line)
        for reading in reader.close():
            self._take(reading.values, reading.step)
        self._match(unfinished)
        process.wait()

    def _take(self, values: Mapping[str, float], step: float | None) -> None:
        """Report the declared metrics among those of a line."""
        for name in self.command.metrics:
            printed = None if name in self.patterns else matching_name(name, list(values))
            if printed is not None:
                self._log(name, values[printed], step)

    def _match(self, line: str) -> None:
        for name, pattern in self.patterns.items():
            match = pattern.search(line)
            if match is None:
                continue
            named = match.groupdict().get("step")
            number = parse_number(next(text for text in match.groups() if text is not named))
            if number is not None:
                self._log(name, number, None if named is None else parse_number(named))

    def _log(self, name: str, value: float, step: float | None) -> None:
        """Report a value.

        One without a step, or with an earlier one, follows the last.
        """
        last = self._steps.get(name)
        if step is None or step < 0 or (last is not None and step <= last):
            step = 0 if last is None else int(last) + 1
        self._steps[name] = step
        self.run.log(step, **{name: value})


def _filler(values: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function that fills in placeholders in one pass."""
    return lambda text: _PLACEHOLDER.sub(lambda match: values[match[1]], text)


def _failure(code: int, tail: str) -> str:
    lines = [line.strip() for line in tail.replace("\r", "\n").splitlines() if line.strip()]
    last = f": {lines[-1][:300]}" if lines else ""
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return f"the command was killed by {name}{last}"
    return f"the command ended with exit code {code}{last}"
