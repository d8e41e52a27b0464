"""Sentences of audit findings: the problem, then what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seedspread import words

Texts = tuple[str, str]
"""Sentence and advice of a finding."""

RETRY = "Retry the runs that failed or were cancelled; a comparison by seed leaves these seeds out."
NO_FINGERPRINTS = (
    "Not examined: the finished runs left no fingerprints to compare.",
    "Runs that were imported or sent carry only their metrics. Submit the study to this service to examine its seeds.",
)
NOTHING_FINISHED = "Not examined: no run has finished.", "Look again when runs have finished."
NEVER_REPEATED = "whether a run repeats, as no two runs had the same seeds and none was replayed"
ONLY_FIRST_REPEATED = (
    "whether a run depends on what its worker trained before, as only first runs of a process were repeated"
)
ONE_MACHINE = "whether a run depends on its machine, as none was repeated on another one"
REPEATS = "whether runs repeat"
SORT = "Sort what lists files on the same line, and collect results of a pool in the order of its tasks (`map`)."
CONSTANT_SEEDS = (
    "A constant seed repeats: neither a replay nor sources that vary alone show what it hides. Pass run.seed(source) "
    "where runs should differ, and keep it where they should be the same, as for one test set."
)
VARY_EACH = "The preset 'sources' varies each source alone, and so does `seedspread try`."


def duplicate_seeds(seeds: str, count: int) -> Texts:
    """Return that seeds were trained twice in one arm."""
    return (
        f"{seeds} {_was(count)} trained more than once in the same arm: the repeats add no information.",
        "Exclude all but one run of each seed, or replay a run where a repeat was wanted.",
    )


def missing_seeds(seeds: str, arm: str, count: int) -> Texts:
    """Return that an arm lacks seeds which other arms finished."""
    lost = "pairs are lost, and what is left may be the easier part."
    return f"{seeds} {_is(count)} missing from {arm}, but not from every other arm: {lost}", RETRY


def excluded_seeds(seeds: str, arm: str, count: int) -> Texts:
    """Return that seeds are excluded from an arm, but not from others."""
    lost = "pairs are lost, and the arms no longer stand on the same seeds."
    return (
        f"{seeds} {_is(count)} excluded by hand from {arm}, but not from every other arm: {lost}",
        "Exclude the same seeds from the other arms, or count these runs again.",
    )


def failed_more(arms: str) -> Texts:
    """Return that some arms failed more often than the others."""
    return (
        f"Runs failed more often in {arms} than elsewhere: what is compared are the seeds that survived.",
        "Read why they failed and retry them; if they fail by the seed, failing is part of the result.",
    )


def failed(count: int, total: int) -> Texts:
    """Return that runs failed, in no arm more than in another."""
    return f"{count} of {total} runs failed.", "Read why on the run's page and retry them."


def cancelled(count: int, total: int, finished: int) -> Texts:
    """Return that runs were cancelled, so the audit does not cover them."""
    return (
        f"{count} of {total} runs {_was(count)} cancelled: what is found here is of the {finished} that finished.",
        "Retry them where the study is to be completed.",
    )


def diverged(count: int, total: int, seeds: str) -> Texts:
    """Return that runs reported values that are not finite."""
    return (
        f"{count} of {total} runs reported values that are not finite ({seeds}).",
        (
            "Where the number that is compared is not finite, statistics leave the run out and say so; else it counts "
            "as it ended. Try a smaller learning rate, or exclude such runs with that reason in every arm alike."
        ),
    )


def not_under_control(count: int, first: str, *, environments: bool) -> Texts:
    """Return that equal inputs gave different results, first in `first`."""
    where = ", or their environments differ where it matters" if environments else ""
    return (
        f"{count} runs with the same inputs differ, first in {first}: some randomness is not under control{where}.",
        (
            "Look for random numbers that come from neither run.seed() nor run.rng(), or for time, threads or file "
            "order that enter the result; replay one of the runs to see whether it repeats."
        ),
    )


def replay_diverged(count: int, total: int, runs: int) -> Texts:
    """Return that replays differ from their originals."""
    replays, originals = words.counted(total, "replay"), words.counted(runs, "run")
    return (
        f"{count} of {replays} did not repeat the run bit for bit ({originals}).",
        "Open the replay: it says which epoch and fingerprint broke first and what differs between the environments.",
    )


def changed_replay_diverged(count: int) -> Texts:
    """Return that replays with changed code differ from their originals."""
    advice = (
        "Open the replay to see the lines that changed. Whether the run repeats with its own code is another question: "
        "replay it where that code is."
    )
    return f"{words.counted(count, 'replay')} with changed code did not repeat the run.", advice


def replay_failed(count: int) -> Texts:
    """Return that replays of finished runs failed."""
    return (
        f"{words.counted(count, 'replay')} failed, although the original finished.",
        "Read why on the replay's page: the recipe may need something that an earlier run left in its process.",
    )


def unseeded(places: str) -> Texts:
    """Return that a recipe draws numbers which no seed can repeat."""
    return (
        f"The recipe draws random numbers without a seed: {places}.",
        "Take the generator from run.rng(source) or seed it with run.seed(source); such runs cannot be repeated.",
    )


def state_kept(names: str) -> Texts:
    """Return that a recipe's modules keep state between runs."""
    return (
        (
            f"The recipe's modules keep state between runs: {names} changed while a run trained. Results may depend on "
            "what the same worker trained before."
        ),
        (
            "Make such objects inside the training function. Replay a run that was not the first of its worker: a "
            "replay starts in a fresh process, so it diverges if the state matters."
        ),
    )


def drawn_by_some(generator: str, runs: int) -> Texts:
    """Return that only some runs drew from a process-wide generator."""
    return (
        (
            f"{words.counted(runs, 'run')} drew nothing from the process-wide generator of {generator}, from which "
            "others with the same parameters drew: a cache or a file that an earlier run left may have given them its "
            "numbers."
        ),
        "Cache nothing that is drawn, or make the seed part of what the cache is asked for.",
    )


def mixed_code(versions: int) -> Texts:
    """Return that the runs were trained by several versions of the code."""
    return (
        f"The recipe's code changed during the study: its runs were trained by {versions} versions of it.",
        "Compare two of the runs to see the lines that changed, then train the study again with one version.",
    )


def mixed_environments(facts: str, odd: int, compared: int) -> Texts:
    """Return that the runs' environments differ in facts that may matter.

    `odd` of the `compared` finished runs differ from the others.
    """
    return (
        (
            f"{words.count(odd)} of {words.counted(compared, 'finished run')} {_was(odd)} trained in an environment "
            f"that differs from the others' where it may matter: {facts}."
        ),
        (
            "Equal seeds may then differ in the last bits. Replay a run of one on a worker of the other to see. "
            "Compared were the machines, each framework among the runs that loaded it, and the engine among runs with "
            "the same parameters."
        ),
    )


def seed_without_effect(source: str, arm: str, scope: str, fingerprint: str) -> Texts:
    """Return that a source varies, but its fingerprint does not."""
    return (
        f"{source} varies in {arm}, but {scope} had the same {fingerprint}: the seed did not take effect.",
        (
            f"Look in the recipe for a constant seed: what {source} decides must come from run.seed({source!r}) or "
            f"run.rng({source!r})."
        ),
    )


def generator_unused(source: str, runs: int) -> Texts:
    """Return that the recipe took a source's generator but drew nothing."""
    return (
        (
            f"{source} varies, but the recipe drew nothing from the generator that it took for it: the value of "
            f"{source} changed nothing in {words.counted(runs, 'run')}."
        ),
        (
            f"Fine where a parameter switches {source} off (a rate of 0, no balancing); else draw from "
            f"run.rng({source!r}) in place of a constant, or take the source out of the recipe."
        ),
    )


def source_unused(source: str, runs: int) -> Texts:
    """Return that the recipe never asked for a source's seed."""
    return (
        (
            f"{source} varies, but the recipe never asked for its seed and drew from no process-wide generator: the "
            f"value of {source} changed nothing in {words.counted(runs, 'run')}."
        ),
        (
            f"Give what {source} decides run.seed({source!r}) or run.rng({source!r}) in place of a constant, or take "
            "the source out of the recipe."
        ),
    )


def used_by_some(source: str, runs: int, arms: str) -> Texts:
    """Return that some runs of an arm did without a source."""
    problem = f"{source} varies, but {words.counted(runs, 'run')} took no number from it, while others of {arms} did."
    advice = (
        f"Look for a branch, or something kept from an earlier run, that makes run.seed({source!r}) or "
        f"run.rng({source!r}) unnecessary in some of the runs."
    )
    return problem, advice


def used_elsewhere(source: str, arms: str) -> Texts:
    """Return that only other arms use a source."""
    return (
        f"{source} varies, but decided nothing in {arms}: its runs took no number from it. Other arms use it.",
        f"Fine where a parameter switches {source} off there; else look for a constant in that part of the recipe.",
    )


def reseeded(call: str, line: str, runs: int, arm: str) -> Texts:
    """Return that a recipe seeds a process-wide generator with a constant."""
    return (
        (
            f"The recipe calls {call} at {line} in {runs} runs of {arm} whose seeds differ: what it draws from that "
            "generator afterwards does not follow the seed."
        ),
        "Leave the call out: a run's trainer seeds the process-wide generators. Or pass run.seed(source).",
    )


def source_without_effect(source: str, runs: int, arms: str, *, exact: bool) -> Texts:
    """Return that a source has no effect.

    `arms` names the arms in which it has none, and is empty if it has none anywhere.
    """
    how = "bit for bit" if exact else "in every metric value"
    scope, inside, otherwise = (f" in {arms}", " there", "; with other parameters it has one") if arms else ("", "", "")
    return (
        f"{source} has no effect{scope}: {runs} runs that differ in nothing else came out the same, {how}{otherwise}.",
        (
            f"If {source} should matter{inside}, check that the recipe uses its value and that no parameter switches "
            "it off (a rate of 0, a split that is fixed); else leave it fixed and save the runs."
        ),
    )


def secretly_the_same(runs: Sequence[str], more: int, *, proven: bool) -> Texts:
    """Return that runs with different inputs gave the same result."""
    first = " and ".join(runs) + (f", and {words.counted(more, 'more run')}" if more else "")
    if proven:
        return (
            f"{first} had different inputs but are the same run, bit for bit.",
            (
                "They are not independent measurements: find out why (a parameter or seed that is ignored, a result "
                "that was copied) and exclude all but one of each."
            ),
        )
    return (
        f"{first} had different inputs but have the same metric values throughout.",
        (
            "Coarse metrics can agree by chance. Report the weights (run.weights) to tell chance from runs that ignore "
            "a seed or a parameter."
        ),
    )


def equal_by_chance(runs: Sequence[str], more: int, fewest: int) -> Texts:
    """Return that coarse metrics agree, where chance explains it.

    `fewest` is the smallest number of different results of an arm.
    """
    first = " and ".join(runs) + (f", and {words.counted(more, 'more run')}" if more else "")
    return (
        (
            f"{first} had different inputs but have the same metric values, which are fractions, as accuracies are: "
            "these agree by chance."
        ),
        (
            f"Each of these arms gave at least {words.count(fewest)} different results, and arms with shared seeds "
            "differ under some of them. To rule out that some runs ignore a seed or a parameter, report the weights "
            "(run.weights)."
        ),
    )


def replay(run: int | None) -> str:
    """Return the advice to replay a run."""
    return f"Replay run {run}: a fresh process trains it again."


def effect_of(source: str) -> str:
    """Return the check of a source that varied alone."""
    return f"the effect of {source}"


def whether_shown(source: str, fingerprint: str) -> str:
    """Return the check of the fingerprint that must show a source."""
    return f"whether {source} changes the {fingerprint}"


def effect_unknown(sources: str, scope: str, never_requested: str) -> str:
    """Return the gap of sources that never vary alone."""
    never = f" (the recipe never asked for the seed of {never_requested}, but drew from process-wide generators)"
    why = f"as no runs differ in one such source alone{never if never_requested else ''}"
    return f"the effect of {sources} on the result{scope}, {why}"


def constant_seeds(places: str) -> str:
    """Return the gap of constants that the code passes as seeds."""
    return f"what a seed written in the code decides, the same in every run ({places})"


def arbitrary_order(places: str) -> str:
    """Return the gap of orders and counts that the machine decides."""
    return f"whether an order of files, of finished tasks or a number of processors decides results ({places})"


def fixed_everywhere(sources: str) -> str:
    """Return the gap of sources that are fixed in every run."""
    return f"the effect of {sources}, fixed in every run"


def gaps(unknown: Sequence[str], examined: Sequence[str]) -> str:
    """Return what an audit did not examine, and what it did."""
    checked = f" Examined: {', '.join(examined)}." if examined else ""
    return f"Not examined: {'; '.join(unknown)}.{checked}"


def arm_seeding(policies: Mapping[str, str], runs: int, distinct: int, metric: str, sd: str) -> str:
    """Return the effect of seeding on an arm.

    `sd` is empty if it is unknown.
    """
    fixed = set(policies.values()) == {"fixed"}
    if runs < 2:
        effect = "too few finished runs left fingerprints to see what it does"
    elif distinct == 1:
        meaning = "nothing escapes the seeds" if fixed else "nothing that varies matters"
        effect = f"all {runs} runs are the same, bit for bit, so {meaning}"
    else:
        count = f"all {runs} runs differ" if distinct == runs else f"{runs} runs gave {distinct} different results"
        spread = f", {metric} with SD {sd}" if sd else ""
        effect = f"{count}{spread}{'; some randomness is not under control' if fixed else ''}"
    return f"{_policies(policies)}: {effect}."


def arm_from_elsewhere(runs: int, distinct: int, metric: str, sd: str) -> str:
    """Describe an arm whose runs were imported or sent.

    `sd` is empty if it is unknown.
    """
    if not runs:
        return f"Not trained by this service, and no run has a value of {metric} yet."
    values = f"{words.counted(distinct, 'different value')} of {metric}"
    return f"Not trained by this service: {words.counted(runs, 'run')} gave {values}{f' with SD {sd}' if sd else ''}."


def _policies(policies: Mapping[str, str]) -> str:
    kinds = set(policies.values())
    if not kinds:
        return "No source of randomness is declared"
    if kinds == {"free"}:
        return "Nothing is seeded"
    if kinds == {"fixed"}:
        return "Everything is seeded"
    if kinds == {"vary"}:
        return "Every source varies with the seed"
    wording = {"vary": "varying with the seed", "levels": "crossed", "free": "left to chance", "fixed": "fixed"}
    parts = [
        f"{', '.join(sources)} {verb}"
        for policy, verb in wording.items()
        if (sources := [source for source, actual in policies.items() if actual == policy])
    ]
    return f"With {'; '.join(parts)}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
