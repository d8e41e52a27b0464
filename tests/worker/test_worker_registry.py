"""Who works on this machine, and who died."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from seedspread_worker.pool.heartbeat import WorkerRegistry


def test_the_living_are_not_dead_and_whoever_signed_out_is_forgotten(tmp_path: Path) -> None:
    first, second = WorkerRegistry(tmp_path), WorkerRegistry(tmp_path)
    first.enter("first")
    second.enter("second")
    assert list(first.dead()) == []

    second.leave()
    assert list(first.dead()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["first"]
    first.leave()


def test_a_killed_process_is_found_dead_once(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom seedspread_worker.pool.heartbeat import WorkerRegistry\n"
        f"registry = WorkerRegistry(Path({str(tmp_path)!r})); registry.enter('killed')\n"
        "print('in', flush=True); time.sleep(600)"
    )
    own = WorkerRegistry(tmp_path)
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
    registry = WorkerRegistry(tmp_path)
    registry.enter("name")
    assert list(WorkerRegistry(tmp_path).dead()) == []
    registry.leave()
