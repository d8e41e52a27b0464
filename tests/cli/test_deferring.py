"""Modules that are imported when they are first used."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from seedspread.cli import main
from seedspread.cli.console.serving import Deferred, defer

SLOW = "import time; time.sleep(0.2); count = len(list(range(3)))\ndef double(n): return 2 * n\n"


def test_it_is_imported_once_when_first_used_by_many_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_module.py").write_text(
        SLOW + f"with open({str(tmp_path / 'log')!r}, 'a') as log: log.write('x')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    defer("slow_module")
    try:
        import slow_module  # type: ignore[import-not-found]

        assert isinstance(slow_module, Deferred)
        assert not (tmp_path / "log").exists()

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda n: slow_module.double(n), range(8))) == [0, 2, 4, 6, 8, 10, 12, 14]

        assert (tmp_path / "log").read_text() == "x"
        assert slow_module.count == 3
        assert not isinstance(sys.modules["slow_module"], Deferred)
    finally:
        del sys.modules["slow_module"]


def test_the_api_loads_neither_scipys_statistics_nor_tensorflow_until_they_are_needed() -> None:
    code = (
        "import sys\n"
        "from seedspread.cli.console.serving import defer\n"
        "defer('scipy.stats', 'scipy.optimize')\n"
        "import seedspread.api, seedspread.cli.console.serving\n"
        "print([name for name in ('scipy.stats._stats_py', 'scipy.optimize._optimize', 'tensorflow', 'keras',"
        " 'seedspread_worker') if name in sys.modules])\n"
        "from seedspread import stats\n"
        "from scipy import stats as sps\n"
        "print(round(sps.norm.ppf(0.975), 2))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "1.96"]


def test_ctrl_c_while_the_command_line_is_loaded_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "seedspread.cli.app", Interrupted("seedspread.cli.app"))
    with pytest.raises(SystemExit, match="130"):
        main()
