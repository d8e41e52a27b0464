"""Checkpoints of runs on this machine, one file per run.

A file is deleted when its run ends.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from seedspread.core.manifest import Manifest
from seedspread_worker import sentences
from seedspread_worker.trainer.randomness import GlobalRandomness

_CONTENT = frozenset({"state", "generators", "fingerprints"})
"""What a run stores by `run.checkpoint`."""

Series = dict[str, tuple[list[Any], list[float]]]


class Reports(Protocol):
    """Reports of a run, stored and repeated."""

    series: Series

    def restore(self, series: Series) -> None:
        """Report again what an earlier attempt had reported."""

    def note(self, **facts: Any) -> None:
        """Add facts to the record of the run's environment."""


def checkpoint_file(folder: Path, run: int, manifest: Manifest) -> Path:
    """Return the file of a run's checkpoint.

    Another manifest under the same number has another file.
    """
    return folder / f"run-{run}-{manifest.digest()[:16]}.checkpoint"


def unfinished_file(checkpoint: Path) -> Path:
    """Return the file that becomes a checkpoint once it is written."""
    return checkpoint.with_suffix(".unfinished")


def remove(checkpoint: Path) -> None:
    """Delete a checkpoint and the unfinished file of the next one."""
    checkpoint.unlink(missing_ok=True)
    unfinished_file(checkpoint).unlink(missing_ok=True)


class FileKeeper:
    """Store of a run's checkpoint, its reports and the generators' states.

    Args:
        path: the file; its folder is created if needed.
        reporter: the run's reporter.
        randomness: the process's generators.
    """

    def __init__(self, path: Path, reporter: Reports, randomness: GlobalRandomness) -> None:
        self._path = path
        self._reporter = reporter
        self._randomness = randomness
        self._kept_at = time.monotonic()

    @property
    def age_s(self) -> float:
        """Seconds since the last checkpoint, or since the start of the attempt."""
        return time.monotonic() - self._kept_at

    def keep(self, step: int, content: Mapping[str, Any]) -> None:
        """Write the file anew; after a crash the earlier file is intact."""
        checkpoint = {
            "step": step,
            "content": dict(content),
            "series": self._reporter.series,
            "generators": self._randomness.states(),
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = unfinished_file(self._path)
        with unfinished.open("wb") as opened:
            pickle.dump(checkpoint, opened, protocol=5)
        unfinished.replace(self._path)
        self._kept_at = time.monotonic()

    def kept(self) -> Mapping[str, Any] | None:
        """Return the content that an earlier attempt stored.

        Return None if there is none, or if the file cannot be read. The attempt's reports are reported again, the
        process's generators get their stored states, and the run's environment records the step from which it was
        resumed.
        """
        try:
            checkpoint = pickle.loads(self._path.read_bytes())  # noqa: S301 - written by a trainer of this machine
            content: Mapping[str, Any] = checkpoint["content"]
            step, series, states = checkpoint["step"], dict(checkpoint["series"]), checkpoint["generators"]
            missing = _CONTENT - content.keys()
            if missing:
                raise KeyError(*sorted(missing))
        except FileNotFoundError:
            return None
        except Exception as error:  # noqa: BLE001 - a file of other versions may fail in any way
            print(sentences.checkpoint_unreadable(error))  # noqa: T201 - the run's log
            return None
        before = self._randomness.states()
        try:
            self._randomness.restore(states)
        except Exception as error:  # noqa: BLE001 - as above; some generators may have been set already
            self._randomness.restore(before)
            print(sentences.checkpoint_unreadable(error))  # noqa: T201
            return None
        self._reporter.restore(series)
        self._reporter.note(resumed={"after_step": step})
        return content
