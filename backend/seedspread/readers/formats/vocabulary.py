"""Recognise column names and states that people and trackers use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from seedspread.summaries import first_step

SEED = "seed"

PARAMETER_PREFIXES = frozenset(
    {"param", "params", "parameter", "parameters", "config", "configs", "hparam", "hparams", "hyperparameters", "args"}
)
METRIC_PREFIXES = frozenset({"metric", "metrics", "summary", "results", "result", "scores"})

_SEED_WORDS = ("seed", "randomseed", "rngseed", "manualseed", "seedid", "randseed", "seednumber", "seednr", "seeds")
_OTHER_SEEDS = ("randomstate", "rng", "randomstateseed", "prngkey")
_REPEATS = frozenset({"rep", "reps", "repeat", "repetition", "replicate", "replication", "fold", "trial"})
_STEPS = frozenset(
    {"step", "epoch", "iteration", "iter", "globalstep", "trainerglobalstep", "timestep", "trainingiteration",
     "totaltimesteps", "envstep", "envsteps", "timesteps", "update", "tick", "round"}
)  # fmt: skip
_STATES = frozenset({"state", "status", "runstate", "runstatus", "trialstate"})
_EXIT_CODES = frozenset({"exitcode", "exitstatus", "returncode", "retcode"})
# Columns of True and False about the end of a run, with the word for each.
_OUTCOMES = {
    **dict.fromkeys(("finished", "completed", "complete", "done"), ("finished", "unfinished")),
    **dict.fromkeys(("failed", "crashed", "diverged"), ("failed", "finished")),
}
_ARMS = frozenset(
    {"arm", "variant", "method", "algorithm", "algo", "model", "group", "condition", "configuration", "treatment",
     "system", "approach", "modell", "architecture", "arch", "agent", "policy", "ablation", "setting", "exp"}
)  # fmt: skip
_WEAK_ARMS = frozenset(
    {"name", "experiment", "run", "runname", "label", "id", "experimentname", "group", "tag", "type"}
)
_BOOKKEEPING = frozenset(
    {"run", "runid", "id", "name", "runname", "displayname", "number", "experimentid", "user", "userid", "tags",
     "notes", "created", "createdat", "runtime", "sweep", "starttime", "endtime", "datetimestart",
     "datetimecomplete", "duration", "durations", "durationseconds", "timestamp", "time", "walltime", "date",
     "datetime", "host", "hostname", "wandb", "artifacturi", "lifecyclestage", "gitcommit", "commit", "index",
     "attempt", "study", "studyid", "jobid", "pid", "url", "updated", "excludedreason", "relativetime", "elapsed",
     "seconds", "converged", "githash", "outputdir", "logdir", "runuuid", "trialid", "comment", "description",
     "traintime"}
)  # fmt: skip
_BOOKKEEPING_PREFIXES = frozenset({"tags", "tag", "sys", "system", "user", "monitoring", "source"})
_PARAMETERS = frozenset(
    {"lr", "learningrate", "batchsize", "batch", "bs", "hidden", "hiddensize", "hiddenunits", "units", "layers",
     "depth", "width", "dropout", "weightdecay", "wd", "momentum", "epochs", "steps", "optimizer", "alpha", "beta",
     "gamma", "temperature", "lambda", "l1", "l2", "nestimators", "maxdepth", "c", "k", "dim", "dmodel", "heads",
     "warmup", "patience", "threads", "workers", "gpus", "rank", "eps", "epsilon", "tau", "budget", "ntrain"}
)  # fmt: skip
_METRICS = frozenset(
    {"acc", "accuracy", "loss", "f1", "auc", "auroc", "auprc", "ap", "map", "score", "reward", "rewards",
     "return", "returns", "error", "err", "rmse", "mse", "mae", "mape", "r2", "nll", "bce", "ce", "crossentropy",
     "perplexity", "ppl", "bleu", "rouge", "iou", "miou", "dice", "precision", "recall", "psnr", "ssim", "fid",
     "elbo", "bpc", "bpd", "wer", "cer", "top1", "top5", "val", "valid", "validation", "test", "eval", "value",
     "values", "metric", "objective", "winrate", "success", "solved", "won", "mcc", "kappa", "ndcg", "mrr",
     "hits", "correct", "logloss", "brier", "ece", "rougel", "meteor", "spearman", "pearson", "latency",
     "throughput", "genauigkeit", "verlust", "fehler"}
)  # fmt: skip
_HIGHER = frozenset(
    {"acc", "accuracy", "f1", "auc", "auroc", "auprc", "ap", "map", "score", "reward", "return", "returns", "r2",
     "bleu", "iou", "miou", "dice", "psnr", "ssim", "ndcg", "mrr", "mcc", "kappa", "top1", "winrate", "success"}
)  # fmt: skip
_LOWER = frozenset(
    {"loss", "error", "err", "rmse", "mse", "mae", "mape", "nll", "bce", "ce", "crossentropy", "perplexity", "ppl",
     "fid", "bpc", "bpd", "wer", "cer", "logloss", "brier", "ece", "latency", "regret", "verlust", "fehler"}
)  # fmt: skip
_HELD_OUT = frozenset({"val", "valid", "validation", "test", "eval", "heldout", "dev"})
_TRAINING = frozenset({"train", "training"})


class End(StrEnum):
    """End of a run, as far as its numbers are concerned."""

    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RUNNING = "running"


_ENDS: dict[str, End] = {
    **dict.fromkeys(
        ("finished", "complete", "completed", "success", "successful", "succeeded", "done", "ok", "passed", "ended",
         "inactive"),
        End.FINISHED,
    ),
    **dict.fromkeys(
        ("failed", "fail", "failure", "error", "errored", "crashed", "crash", "timeout", "timedout", "oom",
         "outofmemory", "nodefail", "diverged", "exception", "dead", "lost", "broken", "aborted", "unfinished"),
        End.FAILED,
    ),
    **dict.fromkeys(
        ("cancelled", "canceled", "pruned", "killed", "stopped", "skipped", "preempted", "interrupted", "terminated",
         "deleted"),
        End.CANCELLED,
    ),
    **dict.fromkeys(
        ("running", "pending", "queued", "waiting", "scheduled", "created", "starting", "resuming", "active"),
        End.RUNNING,
    ),
}  # fmt: skip


_NUMERIC = re.compile(r"[-+−]?[\d.,]+%?")
_TUPLE_NAME = re.compile(r"""\(\s*(['"])(.*)\1\s*,\s*(['"])(.*)\3\s*,?\s*\)""")
_LEVELS = PARAMETER_PREFIXES | METRIC_PREFIXES | {"values", "user_attrs", "system_attrs"}


def flat_name(name: str) -> str:
    """Return one name for a pair of names, as pandas writes it."""
    match = _TUPLE_NAME.fullmatch(name.strip())
    return "_".join(filter(None, (match[2], match[4]))) if match else name


def two_levels(head: Sequence[str], below: Sequence[str]) -> list[str] | None:
    """Join two header rows of a table with groups of columns.

    Optuna writes such tables with `multi_index=True`, pandas by `pivot`, and people over merged cells, with an arm or a
    metric above its columns. Return None if the second row is no header.
    """
    if len(below) != len(head) or not any(below):
        return None
    groups, group = [], ""
    for upper in head:
        # Merged cells leave the name of a group above its first column alone.
        group = upper or group
        groups.append(group)
    tracker = [group.casefold() in _LEVELS or not lower for group, lower in zip(groups, below, strict=True)]
    if all(tracker) and not all(below):
        return [f"{group}_{lower}" if lower else upper for upper, group, lower in zip(head, groups, below, strict=True)]
    return _grouped(head, groups, below)


def index_name(first: Sequence[object]) -> str:
    """Return the index's name in pandas's line below two headers.

    That line holds nothing else. The name is empty for other rows.
    """
    return str(first[0]) if first and first[0] and not any(first[1:]) else ""


def _grouped(head: Sequence[str], groups: Sequence[str], below: Sequence[str]) -> list[str] | None:
    """Return names of columns under groups, such as `base_acc`.

    The result is None if the rows are no two headers.

    Every group then names several columns, or every column below it stands in several groups.
    """
    first = 0
    while first < len(head) and not (head[first] and below[first]):
        first += 1
    pairs = list(zip(groups[first:], below[first:], strict=True))
    uppers, lowers = Counter(upper for upper, _ in pairs), Counter(lower for _, lower in pairs)
    names = [lower or upper for upper, lower in zip(head[:first], below[:first], strict=True)]
    words_only = all(lower and not _NUMERIC.fullmatch(lower) for lower in (*uppers, *lowers))
    if words_only and len(lowers) == len(pairs) > 1 and len(uppers) == 1 and len(set(head[first:])) == 1:
        # One metric of several arms, as pandas writes `unstack`: no header repeats a name otherwise.
        return [*names, *lowers]
    if not words_only or len(pairs) < 4 or len(set(pairs)) < len(pairs) or min(len(uppers), len(lowers)) < 2:
        return None
    if min(uppers.values()) < 2 or min(lowers.values()) < 2:
        return None
    return [*names, *(f"{upper}_{lower}" for upper, lower in pairs)]


def end_of(word: object) -> End | None:
    """Return the end that a state means, or None if unknown."""
    text = str(word)
    bare = re.sub(r"[\s_-]", "", text).casefold().rpartition(".")[2]
    if bare in _ENDS:
        return _ENDS[bare]
    # SLURM writes "CANCELLED by 1000" and "CANCELLED+", scripts "crashed (exit 1)".
    match = _DETAILED.fullmatch(text.strip())
    end = None if match is None else _ENDS.get(re.sub(r"[\s_-]", "", match[1]).casefold())
    return None if end is End.FINISHED else end


def outcome(column: str, cell: object) -> str | None:
    """Return the state of an exit code or boolean.

    The result is None for other cells.

    Example: 0 in `exit_code` and True in `finished` mean `finished`.
    """
    if _bare(column) in _EXIT_CODES:
        is_integer = isinstance(cell, int | float) and float(cell).is_integer()
        return None if not is_integer else "finished" if cell == 0 else "failed"
    words = _OUTCOMES.get(_bare(column))
    text = str(cell).strip().casefold()
    return None if words is None or text not in ("true", "false") else words[text == "false"]


_DETAILED = re.compile(r"([A-Za-z_ -]+?)\s*(?:\+|\(.*\)|by \S+|[:,;].*|(?:with )?(?:exit|code|signal)\b.*)")


@lru_cache(maxsize=4096)
def tokens(column: str) -> tuple[str, ...]:
    """Split a column name into lower-case words.

    Example: `params.valAcc/top-1` becomes params, val, acc, top, 1.
    """
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", column)
    return tuple(part for part in re.split(r"[^\w]+|_+", spaced.casefold()) if part)


@lru_cache(maxsize=4096)
def short(column: str) -> str:
    """Return a column's name without a tracker's prefix.

    Example: `params.lr` and `params_lr` become `lr`.
    """
    prefixes = "|".join(sorted(PARAMETER_PREFIXES | METRIC_PREFIXES, key=len, reverse=True))
    return re.sub(rf"^(?:{prefixes})[./_](?=.)", "", column, flags=re.IGNORECASE)


@lru_cache(maxsize=4096)
def _bare(column: str) -> str:
    return "".join(tokens(short(column)))


def _last(column: str) -> str:
    """Return the last dotted part without separators.

    Example: `run.config.random_state` becomes randomstate.
    """
    return "".join(tokens(re.split(r"[./]", column)[-1]))


def seed_rank(column: str) -> int | None:
    """Rank a column name as that of the seed, or return None.

    Rank 0 is the most certain.
    """
    if _bare(column) == SEED or _last(column) == SEED:
        return 0
    names = {_bare(column), _last(column)}
    if names & set(_SEED_WORDS):
        return 1
    if names & set(_OTHER_SEEDS):
        return 2
    return 3 if SEED in tokens(column) else None


def is_seed(column: str) -> bool:
    """Return True if a name is that of a seed."""
    return seed_rank(column) is not None


def is_repeat(column: str) -> bool:
    """Return True if a name numbers repetitions that may not share randomness."""
    return _bare(column) in _REPEATS


def is_step(column: str) -> bool:
    """Return True if a name means an epoch or a step."""
    return _bare(column) in _STEPS or "".join(tokens(column)) in _STEPS


def is_state(column: str) -> bool:
    """Return True if a name is that of a run's state."""
    return _last(column) in _STATES or _bare(column) in _STATES or is_outcome(column)


def is_outcome(column: str) -> bool:
    """Return True if a name is that of a run's outcome."""
    return _bare(column) in _EXIT_CODES or _bare(column) in _OUTCOMES


def is_arm(column: str) -> bool:
    """Return True if a name is that of a column of arms."""
    return _bare(column) in _ARMS


def is_weak_arm(column: str) -> bool:
    """Return True if a column may hold arms despite its name."""
    return _bare(column) in _WEAK_ARMS or column == "tags.mlflow.runName"


def is_bookkeeping(column: str) -> bool:
    """Return True if a column only identifies the run.

    Such a column is neither a parameter nor a result.
    """
    words = tokens(column)
    if column.startswith("_") or (len(words) > 1 and words[0] in _BOOKKEEPING_PREFIXES and re.search(r"[./]", column)):
        return True
    return _bare(column) in _BOOKKEEPING


def is_parameter(column: str) -> bool:
    """Return True if a name is that of a hyperparameter."""
    bare = _bare(column)
    return bare in _PARAMETERS or tokens(column)[0:1] in (("n",), ("num",), ("max",), ("min",), ("use",))


def is_metric(column: str) -> bool:
    """Return True if a name is that of a result."""
    return bool(set(tokens(short(column))) & _METRICS) or _bare(column) in _METRICS


def is_lower_better(column: str) -> bool:
    """Return True if a name is that of a loss."""
    return bool(set(tokens(column)) & _LOWER) or _bare(column) in _LOWER or first_step(column) is not None


def metric_rank(column: str) -> tuple[int, int]:
    """Rank a metric as a guess of the one that decides.

    Held-out results come before training's, and accuracies before losses.
    """
    words = set(tokens(column))
    held_out = 2 if words & _HELD_OUT else 0 if words & _TRAINING else 1
    return held_out, 1 if words & _HIGHER or _bare(column) in _HIGHER else 0
