"""Sentences of the worker on ends of runs, logs and leftovers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seedspread import words

# Why a compiled step is not reused for other seeds, or not used at all.
SEEDS_IN_BUILD = "it asks for seeds while the model is built"
DRAWS_IN_BUILD = "it draws from the process's generators while the model is built"
TOO_NESTED = "code nested too deeply to read its constants"
DATA_ON_SELF = "the recipe keeps some of its data on `self`; pass it to the model as facts"
UNKNOWN_VARIABLES = "its layers hold variables that Keras does not know"
COMPILED_BY_RECIPE = "the recipe compiles the model"
DATA_IN_BATCHES = "the data comes as batches"
WEIGHTED_EXAMPLES = "examples have weights"
RECURRENT_DROPOUT = "a recurrent layer has dropout inside"
SEVERAL_OUTPUTS = "the model has several outputs"
MASKED = "its predictions are masked"
LOSS_OF_LAYERS = "its layers add to the loss"
LOSS_OF_BATCH = "its loss is no mean over every example of a batch"
LOSS_DRAWS = "its loss draws random numbers"
LOSS_HAS_VARIABLES = "its loss has variables"

# Data that cannot be split.
SEVERAL_INPUTS = "of several inputs, split the row numbers: holdout(run, np.arange(len(y)), y)"
SMALL_CLASSES = "every class is too small for this share: use stratify=False"

# Ends of runs and trainers.
OUT_OF_MEMORY = "out of memory"
UNSEEDED_TENSORFLOW_GENERATOR = (
    "the recipe makes a TensorFlow generator without a seed (from_non_deterministic_state or get_global_generator), "
    "which deterministic operations refuse (make it with tf.random.Generator.from_seed(run.seed(source)))"
)
TRAINING_OUT_OF_MEMORY = "the training ran out of memory"
REPORT_FROM_FORK = "the run was reported to from a process that the training forked"
RETURN_TO_PARENT = "return the values to the training's own process and log them there"
KEYBOARD_INTERRUPT = "KeyboardInterrupt was raised inside the training"
DAMAGED_PROGRAM = ("Serialized cache key does not match", "Read less bytes than requested")
"""Parts of TensorFlow's messages about a compiled program that it cannot read."""
PIPE_CLOSED = "the trainer closed its pipe"
TRAINER_KILLED = "the trainer was killed (signal 9), probably out of memory"

# State of the process that a run may leave changed.
TIMERS = "timers and alarms"
WAKEUP = "file descriptor for signals"
PICKLING = "registrations of pickle"
FILE_MODE_MASK = "file mode mask"
SEARCH_PATH = "module search path"
IMPORT_HOOKS = "import hooks"
START_METHOD = "process start method"
DIGITS = "limit of digits"
ERROR_HOOKS = "hooks for errors"
STACK_SIZE = "thread stack size"
TEMPORARY_FOLDER = "folder for temporary files"
PROCESSORS = "processors in use"
ROUNDING = "rounding of the processor"
OWN_GENERATOR = "NumPy's own generator"
SOFT_PLACEMENT = "soft device placement"
ALL_HOOKS = "hooks of all modules"
POOLS = "processes kept for later calls"
STREAMS_CLOSED = "standard output was closed"
DESCRIPTORS_CHANGED = "file descriptors were closed or replaced"


def template_has_threads(names: Sequence[str]) -> str:
    """Return why a process from which trainers are forked is not used."""
    return f"its libraries started {words.count(len(names) - 1)} threads: {', '.join(names[1:])}"


def epoch_line(epoch: int, epochs: int, values: Mapping[str, float]) -> str:
    """Return an epoch as one line of a log.

    Example: `epoch 3 of 10: loss 0.41, val_accuracy 0.91`.
    """
    measured = ", ".join(f"{name} {words.number(value)}" for name, value in values.items())
    return f"epoch {words.count(epoch)} of {words.count(epochs)}: {measured}"


def unknown_metric(name: str) -> str:
    """Return that a metric the recipe does not name is recorded."""
    return f"metric {name!r} is not one of the recipe's metrics; it is recorded without unit or direction"


def targets_per_example(count: int) -> str:
    """Return what targets are that come several per example."""
    return f"{count} targets per example"


def targets_of_shape(shape: Sequence[int]) -> str:
    """Return what targets are that have another shape."""
    return f"targets of shape {tuple(shape)}"


def holdout(examples: int, share: float, kind: str, *, by_class: bool) -> str:
    """Return how many examples were held out, and how they were drawn."""
    how = "the same share of every class" if by_class else "drawn from all examples alike"
    return f"holdout: {examples} examples (share {words.exact(share)}) held out of {kind}, {how}"


def stratify_unused(kind: str) -> str:
    """Return that these targets cannot be stratified."""
    return f"holdout: warning: stratify=True has no effect on {kind}; use stratify=False"


def share_off(share: float) -> str:
    """Return that classes are too small for the share."""
    return f"holdout: warning: {words.percent(share)} are held out, as every class is rounded; use stratify=False"


def classes_missing(classes: Sequence[str]) -> str:
    """Return which small classes have no validation example."""
    number = words.counted(len(classes), "small class", "small classes")
    return f"holdout: warning: no validation example of {number} ({', '.join(classes[:5])})"


def trained_by_fit(why: str) -> str:
    """Return that Keras's own loop trains, and why."""
    return f"trained by model.fit: {why}"


def step_not_reused(why: str) -> str:
    """Return that the compiled step serves this seed only, and why."""
    return f"the compiled step is not reused for other seeds: {why}"


def own_method(name: str) -> str:
    """Return that the model overrides a method of Keras."""
    return f"the model has its own {name}"


def recipe_has(method: str) -> str:
    """Return that the recipe defines a method that model.fit needs."""
    return f"the recipe has {method}"


def own_state(operation: str) -> str:
    """Return that layers use an operation that keeps state."""
    return f"its layers use {operation}, which keeps its own state"


def without_validation(error: Exception) -> str:
    """Return that validation failed, and with which error."""
    return f"trained without validation: {type(error).__name__}: {error}"


def not_compiled_with(metrics: Sequence[str]) -> str:
    """Return which declared metrics the compiled model does not measure."""
    return f"not measured, because the model is not compiled with it: {', '.join(metrics)}"


def not_importable(error: BaseException) -> str:
    """Return why a module of recipes cannot be imported, and what helps."""
    if "attempted relative import" in (text := text_of(error)):
        text += "; name a package's module with its dots, folder.module, or import the file beside it by its name"
    return f"an importable module ({type(error).__name__}{text and ': '}{text})"


def import_ended(status: int) -> str:
    """Return that importing a module of recipes ended the process."""
    how = f"was killed by signal {-status}" if status < 0 else f"ended its process with exit status {status}"
    return f"a module that can be imported without an end of the process (its import {how})"


def import_endless(seconds: float) -> str:
    """Return that importing a module of recipes took too long."""
    return f"a module that can be imported within {words.duration(seconds)}"


def text_of(error: BaseException) -> str:
    """Return an error's message; empty if its own code fails."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an error of the recipe's own, which may raise anything
        return ""


def data_file_missing(name: str, sha256: str) -> str:
    """Return that a data file is absent from the worker's machine."""
    return f"data file {name} ({sha256[:12]}) is not on the worker's machine"


def worker_failed(error: Exception) -> str:
    """Return that the worker failed, not the training."""
    return f"the worker failed: {type(error).__name__}: {error}"


def given_up(reason: str, attempts: int) -> str:
    """Return that a run failed after attempts in a row."""
    return f"{reason}; gave up after {attempts} attempts in a row"


def checkpoint_unreadable(error: Exception) -> str:
    """Return that training starts over because a checkpoint cannot be read."""
    return f"the checkpoint could not be read, training from the start: {type(error).__name__}: {error}"


def time_limit_exceeded(seconds: float) -> str:
    """Return that a run took longer than its limit."""
    return f"the run exceeded its time limit of {words.duration(seconds)}"


def memory_grew(n_bytes: int) -> str:
    """Return that a trainer was replaced because it uses more memory."""
    return f"trainer replaced: its memory grew by {words.size(n_bytes)}"


def other_framework(name: str) -> str:
    """Return that a recipe imports two frameworks, and what helps."""
    return f"the recipe imports {name} beside another framework; name the import in the recipe's own file"


def exit_called(code: object) -> str:
    """Return that the recipe called sys.exit, with its status."""
    return f"the recipe called sys.exit ({'without a status' if code is None else repr(code)}) before it returned"


def out_of_memory(detail: str) -> str:
    """Return that the training ran out of memory, with details."""
    return f"{TRAINING_OUT_OF_MEMORY}: {detail}"


def process_ended(status: int) -> str:
    """Return that the training ended its own process."""
    return f"the training ended its process (exit status {status})"


def killed_by(number: int, name: str) -> str:
    """Return the signal that killed a trainer."""
    return f"the trainer was killed by signal {number} ({name})"


def limit_lowered(name: str) -> str:
    """Return that a resource limit cannot be raised again."""
    return f"{name} was lowered for good"


def files_open(count: int) -> str:
    """Return how many files a run left open."""
    return f"{words.counted(count, 'file')} {'was' if count == 1 else 'were'} left open"


def threads_running(names: Sequence[str]) -> str:
    """Return which threads still run."""
    return f"threads still running ({', '.join(names[:3])})"


def processes_ended(count: int) -> str:
    """Return how many processes of a run were stopped."""
    return (
        f"{words.counted(count, 'process', 'processes')} started by the run {'was' if count == 1 else 'were'} stopped"
    )


def pool_unstoppable(error: Exception) -> str:
    """Return that helper processes could not be stopped."""
    return f"processes of a pool ({type(error).__name__})"


def own_methods(names: str) -> str:
    """Return which methods of this package a recipe replaced."""
    return f"replaced methods of runs and trainers ({names})"


def registered(calls: str) -> str:
    """Return which registrations of a run cannot be undone."""
    return f"registrations that cannot be undone ({calls})"


def functions_in_libraries(names: str) -> str:
    """Return which functions a recipe put into libraries it loaded."""
    return f"functions put into libraries that the run loaded ({names})"


def library_functions(names: str) -> str:
    """Return which functions of libraries a recipe replaced."""
    return f"replaced functions of libraries ({names})"
