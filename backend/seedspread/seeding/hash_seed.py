"""PYTHONHASHSEED, which sets the order of sets of strings.

It can only be chosen before Python starts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from seedspread.errors import Conflict, InvalidInput

MAX_HASH_SEED = 2**32 - 1  # CPython accepts no larger PYTHONHASHSEED
_PROBE = "seedspread"


@dataclass(frozen=True)
class HashSeed:
    """Hash seed of this interpreter, and the value of the variable.

    `in_force` is None if the hash seed was drawn at random at the start.
    """

    in_force: int | None
    variable: str | None

    @property
    def too_late(self) -> bool:
        """True if the variable was set after Python had started.

        It then has no effect on this process.
        """
        return self.variable not in (None, "", "random") and self.in_force is None


def hash_seed() -> HashSeed:
    """Return the state of this interpreter's string hashes.

    The variable alone proves nothing, since `os.environ` may have been changed since the start. If it names a number,
    another interpreter is started with it (about 20 ms) and the two hashes are compared.
    """
    variable = os.environ.get("PYTHONHASHSEED")
    if variable is None or not variable.isdecimal() or int(variable) > MAX_HASH_SEED:
        return HashSeed(0 if sys.flags.hash_randomization == 0 else None, variable)
    return HashSeed(int(variable) if _hash_under(variable) == hash(_PROBE) else None, variable)


def _hash_under(variable: str) -> int:
    program = f"print(hash({_PROBE!r}))"
    environment = dict(os.environ, PYTHONHASHSEED=variable)
    done = subprocess.run(  # noqa: S603 (this interpreter, a fixed program)
        [sys.executable, "-S", "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def reexec_with_hash_seed(seed: int, arguments: Sequence[str] | None = None) -> None:
    """Restart this process under a hash seed.

    Return if the hash seed is already in force. Call this first in a program, because the program starts again from the
    beginning. Files, pipes and the process id stay.

    Args:
        seed: 0 to 2**32 - 1; 0 switches hash randomization off.
        arguments: the command line to start again; by default the one this interpreter was started with.

    Raises:
        InvalidInput: the seed is out of range.
        Conflict: in a notebook or an interactive session, which would lose its state, or if Python ignores its
            environment (`-E`, `-I`).
    """
    if isinstance(seed, bool) or not 0 <= seed <= MAX_HASH_SEED:
        raise InvalidInput("seed", seed, f"an integer from 0 to {MAX_HASH_SEED}")
    if os.environ.get("PYTHONHASHSEED") == str(seed) and hash_seed().in_force == seed:
        return
    if sys.flags.ignore_environment:
        raise Conflict("Python was told to ignore PYTHONHASHSEED (-E or -I)", hint="start it without that flag")
    if sys.flags.interactive or hasattr(sys, "ps1") or "ipykernel" in sys.modules:
        raise Conflict(
            "an interactive session cannot be started again without losing its state",
            hint=f"set PYTHONHASHSEED={seed} before starting it",
        )
    command = list(sys.orig_argv if arguments is None else arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, *command[1:]], dict(os.environ, PYTHONHASHSEED=str(seed)))  # noqa: S606
