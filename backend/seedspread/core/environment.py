"""Differences between two environments, and which of them can change results."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from seedspread.core import sentences

# Threads change the order of sums; oneDNN has kernels of its own; CPU flags choose between kernels; XLA fuses
# operations. The first pattern found in a key decides.
_MATTERS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), why)
    for pattern, why in (
        (r"^data\.", sentences.OTHER_FILE),
        (r"thread|omp_|mkl_|openblas", sentences.THREADS),
        (r"onednn|mkldnn", sentences.ONEDNN),
        (r"determinis", sentences.NONDETERMINISTIC),
        (r"cpu.*(model|flag|isa|feature|arch|vendor)|machine|architecture", sentences.CPU),
        (r"gpu|cuda|cudnn|driver|accelerator|tf32|nvidia", sentences.GPU),
        (r"xla|engine|jit", sentences.XLA),
        (r"hash_?seed", sentences.HASH_SEED),
        (r"(^|\.)(python|tensorflow|tf|keras|numpy)(\.|_)?(version)?$", sentences.VERSION),
        (r"float|precision|denormal", sentences.PRECISION),
        (r"^variables\.(?!TF_CPP_)", sentences.LIBRARY_VARIABLE),
    )
)
_PACKAGES: Final = re.compile(
    r"^packages\.(tensorflow.*|keras|numpy|scipy|scikit[-_]learn|xgboost|lightgbm|ml[-_]dtypes|jax|jaxlib|torch|nvidia.*)$",
    re.IGNORECASE,
)

_INCIDENTAL: Final = re.compile(
    r"^git\.|^variables\.CUDA_VISIBLE_DEVICES$|"  # which GPU of a machine; its model is compared
    r"(^|\.)(pid|hostname|host|started_at|captured_at|uptime|load|memory_free\w*|executable|cwd|argv)$"
)


class EnvironmentDifference(BaseModel):
    """Fact in which two environments differ.

    A value is null if that environment does not record the fact.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    a: Any = None
    b: Any = None
    matters: bool
    why: str = ""


def environment_differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[EnvironmentDifference, ...]:
    """Return the facts that differ, those that may matter first.

    Each group is sorted by key. Nested facts get dotted keys; two lists (such as CPU flags) are reduced to the items
    that only one side has. Facts that differ between any two processes (process id, host name, number of the GPU) are
    left out. So is the repository, which is compared as code.
    """
    first, second = dict(flat(a)), dict(flat(b))
    differences = [
        _difference(key, first.get(key), second.get(key))
        for key in {*first, *second}
        if first.get(key) != second.get(key) and not _INCIDENTAL.search(key)
    ]
    return tuple(sorted(differences, key=lambda item: (not item.matters, item.key)))


def why_it_matters(key: str) -> str:
    """Explain why a difference in `key` may change a result.

    The text is empty if it cannot.
    """
    if key.startswith("packages."):
        return sentences.VERSION if _PACKAGES.match(key) else ""
    return next((why for pattern, why in _MATTERS if pattern.search(key)), "")


def flat(facts: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield nested facts as (dotted key, value)."""
    for key, value in facts.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _difference(key: str, a: Any, b: Any) -> EnvironmentDifference:
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        only_a, only_b = [item for item in a if item not in b], [item for item in b if item not in a]
        if only_a or only_b:
            a, b = only_a, only_b
    why = why_it_matters(key)
    return EnvironmentDifference(key=key, a=a, b=b, matters=bool(why), why=why)
