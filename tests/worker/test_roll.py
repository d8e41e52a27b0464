"""Who works on this machine, and who died."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from seedspread_worker.pool.heartbeat import Roll


def test_the_living_are_not_dead_and_whoever_signed_out_is_forgotten(tmp_path: Path) -> None:
    first, second = Roll(tmp_path), Roll(tmp_path)
    first.enter("first")
    second.enter("second")
    assert list(first.dead()) == []

    second.leave()
    assert list(first.dead()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["first"]
    first.leave()


def test_a_killed_process_is_found_dead_once(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom seedspread_worker.pool.heartbeat import Roll\n"
        f"roll = Roll(Path({str(tmp_path)!r})); roll.enter('killed'); print('in', flush=True); time.sleep(600)"
    )
    own = Roll(tmp_path)
    own.enter("own")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in\n"
        assert list(own.dead()) == []
        process.kill()

    assert list(own.dead()) == ["killed"]
    assert list(own.dead()) == []
    own.leave()


def test_a_name_whose_holder_died_can_be_taken_again(tmp_path: Path) -> None:
    (tmp_path / "name").touch()
    roll = Roll(tmp_path)
    roll.enter("name")
    assert list(Roll(tmp_path).dead()) == []
    roll.leave()
