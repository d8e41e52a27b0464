"""Tell metrics by their names.

This says which printed values are metrics, of which part of the data, and which one a wanted name means.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

TIMES: Final = re.compile(
    r"(^|[/_ .-])(times?|seconds?|secs?|duration|elapsed|runtime|eta|fps|speed|throughput|per_second|timestamp|lr"
    r"|learning[_ ]rate)([/_ .-]|$)",
    re.IGNORECASE,
)
"""Names of measures that vary regardless of the seed, such as times."""
_TRAINING: Final = re.compile(r"(^|[/_ .-])(train|training|tr)([/_ .-]|$)", re.IGNORECASE)
# What surrounds a training: its environment, machine and settings. Names are compared by their words.
_CONTEXT: Final = re.compile(
    r"""
    (?:.*\ )? (?:
        seed | random\ state | version | versions | port | pid | ppid | process\ id | job\ id | run\ id | uuid | commit
        | revision | local\ rank | global\ rank | world\ size | v\ num | batch\ size | batchsize | num\ workers
        | num\ threads | n\ jobs | (?:memory|mem|ram|vram|disk)(?:\ (?:usage|used|allocated|reserved|peak|free|total))?
        | uptime | lineno | cpu\ usage | gpu\ usage
        | cpu\ util(?:ization)? | gpu\ util(?:ization)? | (?:trainable|total|model|number\ of)\ param(?:eter)?s
        | non\ trainable\ params
    )
    | (?:git\ )?(?:sha|hash) | date | year | day | month | host | hostname | line | id | rank | device | cuda | cudnn
    | cpus? | gpus? | tpus? | mps | xpu | npu | hpu | nproc | cores | threads | workers | num\ epochs | max\ epochs
    | n\ epochs | epochs | progress | downloading | uploading | extracting | loading | in\ features | out\ features
    | kernel\ size | weight\ decay | momentum | dampening | nesterov | amsgrad | betas
    | (?:config|cfg|params?|args|hparams|settings|env|environment|hyperparameters)\ .*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_VARIABLE: Final = re.compile(
    r"(?:export\s+|set\s+)?(?:(?:TF|XLA|OMP|MKL|KMP|OPENBLAS|NUMEXPR|BLIS|VECLIB|CUDA|CUBLAS|CUDNN|NCCL|GLOO|UCX|NVIDIA"
    r"|TORCH\w*|PYTORCH|JAX|HF|TRANSFORMERS|TOKENIZERS|WANDB|MLFLOW|COMET|RAY|DEEPSPEED|ACCELERATE|SLURM|PBS|LSB|SGE"
    r"|MASTER|LOCAL|NODE|GROUP|ROLE|MPI|OMPI|PMI|PYTHON|LD|LC|KERAS|GRPC|GLOG|ABSL|SEEDSPREAD)_\w+"
    r"|PYTHON[A-Z]+|WORLD_SIZE|RANK)"
)

_PART: Final = r"train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?|eval(?:uation)?|dev"
_SECTION: Final = re.compile(
    rf"""(?<![\w./-]) (?P<part>{_PART})
        (?: \s+ (?:epoch|step|iter(?:ation)?)\b (?=[\s:=]*[\d\[(])
          | (?: \s+ (?:set|split|phase|stage|results?|metrics?|data)\b )?
            (?: \s* [\])}}>|:(\[{{] | \s+[-–—>]+\s | \t ) (?! \s* ['"]? [-+−]? [.\d] | \s*(?:nan|inf)\b ) )""",
    re.IGNORECASE | re.VERBOSE,
)
_QUALIFIER: Final = re.compile(
    rf"(?<![\w./-])(?P<word>{_PART}|best|highest|lowest|max(?:imum)?|min(?:imum)?|prev(?:ious)?|initial|target|old)"
    r"(?:[\s_-]+so[\s_-]far)?[\s_:-]*$",
    re.IGNORECASE,
)
_WORDED: Final = re.compile(rf"(?:^|[\s/_.()-])({_PART})(?=$|[\s/_.()-])", re.IGNORECASE)


def same_name(a: str, b: str) -> bool:
    """Return True if two names consist of the same words.

    Case, spaces, hyphens and underscores do not count.
    """
    return _plain(a) == _plain(b)


def matching_name(wanted: str, names: Sequence[str]) -> str | None:
    """Return the recorded name of a wanted metric, or None.

    An exact match comes first, then one that differs in case and separators only, then the only name that ends with its
    words, then the only one that begins with them. A metric of the training data is never taken for one whose name
    does not say so.
    """
    if wanted in names:
        return wanted
    alike = [name for name in names if same_name(name, wanted)]
    if not _TRAINING.search(wanted):
        names = [name for name in names if not _TRAINING.search(name)]
    if not alike:
        alike = [name for name in names if f" {_plain(name)}".endswith(f" {_plain(wanted)}")]
    if not alike:
        alike = [name for name in names if f"{_plain(name)} ".startswith(f"{_plain(wanted)} ")]
    return alike[0] if len(alike) == 1 else None


def is_context(name: str) -> bool:
    """Return True for a name of a setting or the machine.

    Such a value is printed beside a result but is none: `seed`, `TF_ENABLE_ONEDNN_OPTS`, `Python version`, `port`.
    """
    return _VARIABLE.fullmatch(name) is not None or _CONTEXT.fullmatch(_plain(name)) is not None


@lru_cache(maxsize=4096)
def is_metric(name: str, wanted: str) -> bool:
    """Return True unless a name is context that nobody wants."""
    return not is_context(name) or (bool(wanted) and matching_name(wanted, [name]) is not None)


def qualified(before: str, name: str) -> str:
    """Return a name with the word before it that changes it.

    Example: behind `new best `, `val_acc` becomes `best val_acc`.
    """
    match = _QUALIFIER.search(before)
    if match is None or (part_of(match["word"]) and part_of(name)):
        return name
    return f"{match['word']} {name}"


@dataclass(frozen=True)
class Parts:
    """Parts of the data that a line of output names.

    Example: `train: loss=0.3 | val: loss=0.4`. marks: end of each word, and the word.
    """

    marks: tuple[tuple[int, str], ...] = ()

    @classmethod
    def of(cls, text: str) -> Parts:
        """Return the parts that a line's words name."""
        lowered = text.lower()
        if not any(word in lowered for word in ("train", "val", "test", "dev")):
            return cls()
        return cls(tuple((match.end("part"), match["part"]) for match in _SECTION.finditer(text)))

    def name(self, start: int, name: str) -> str:
        """Return the name of a value that starts at an index.

        A name that says its part itself keeps it.
        """
        if not self.marks:
            return name
        part = next((part for end, part in reversed(self.marks) if end <= start), None)
        return name if part is None or part_of(name) else f"{part} {name}"


@lru_cache(maxsize=4096)
def part_of(name: str) -> str | None:
    """Return the part of the data that a name states, or None."""
    match = _WORDED.search(name)
    return match[1] if match else None


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return re.sub(r"[\s_./-]+", " ", name).strip().casefold()
