"""Names of compiled functions, alike in every process.

TensorFlow numbers functions by all that the process has computed before. The names are part of what its compiler keeps
programs under (see `trainer.start.compiled`), so a program that another trainer has compiled would be found only by a
trainer with the very same past.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import ClassVar

from tensorflow.python.eager.polymorphic_function import concrete_function
from tensorflow.python.ops import control_flow_util_v2

_IN_CALLS = ("_forward_name", "_backward_name", "_inference_name")
_IN_LOOPS = ("unique_fn_name", "unique_grad_fn_name")


class FunctionNames:
    """Names for the functions of programs, numbered within each program."""

    _counts: ClassVar[Counter[str]] = Counter()  # TensorFlow keeps the functions of a process together, and so do we

    @contextlib.contextmanager
    def of(self, program: str) -> Iterator[None]:
        """Name functions that are traced within the block after a program.

        No name is used twice in a process. Where a version of TensorFlow makes names elsewhere, they stay as they are.

        Args:
            program: its key.
        """
        key = hashlib.sha256(program.encode()).hexdigest()[:16]
        makers = [(concrete_function, maker) for maker in _IN_CALLS]
        makers += [(control_flow_util_v2, maker) for maker in _IN_LOOPS]
        before = [(module, maker, getattr(module, maker)) for module, maker in makers if hasattr(module, maker)]

        def numbered(function: Callable[..., str]) -> Callable[..., str]:
            def name(*parts: str) -> str:
                self._counts[key] += 1
                stem, _, _ = function(*parts).rpartition("_")  # after it comes the process's own number
                return f"{stem}_{key}_{self._counts[key]}"

            return name

        for module, maker, function in before:
            setattr(module, maker, numbered(function))
        try:
            yield
        finally:
            for module, maker, function in before:
                setattr(module, maker, function)
