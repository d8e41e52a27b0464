"""Lines that commands print beside tables and JSON.

Help texts and examples stay with their commands, since typer reads them from the declaration of an option.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from seedspread import words

NO_RECIPES: Final = "no recipes yet: a worker publishes them when it starts"
NO_DATA_FILES: Final = "no study has trained on a file yet"
OWN_DATA: Final = "its own data"
OWN_RECIPE: Final = "(add --recipes FILE for a recipe of your own)"
NO_WORKER: Final = "No worker is running. Start one with `seedspread worker`."
STARTING_WORKER: Final = "starting, not heard from yet"
NO_TOKENS: Final = "There are no tokens. Create one: seedspread token create NAME."
NO_SHARES: Final = "no links yet"
NO_FLOORS: Final = "No noise floors yet. Save one: seedspread floor save NAME INPUT."
NO_STUDIES: Final = "no studies yet; submit one with `seedspread submit FILE`"
NOTHING_TO_CANCEL: Final = "no runs left to cancel"
NOTHING_TO_RETRY: Final = "no failed or cancelled runs"
SAME_CELLS: Final = "The same cells ran in the same order."
TOKENS_ONLY: Final = "requests need a token"
SCHEMA_CURRENT: Final = "the database schema is up to date"
SEEDS_PER_ARM: Final = "seeds per arm"
DEMO_NAME: Final = "demo: do 64 hidden units beat 32?"
NO_MORE_LOOKS: Final = "no more looks"
NOTHING_SPENT: Final = "Not counted: nothing of the error rate is spent."
NO_REASON: Final = "no reason was recorded"


def exported(run: int, path: Path) -> str:
    """Say where a run's record is, and how to repeat the run."""
    return f"saved run {run} to {path}; repeat it with: seedspread replay {path}"


def written(runs: int, folder: Path) -> str:
    """Say where imported runs were written."""
    return f"wrote {words.counted(runs, 'run')} to {folder}"


def edited_runs(runs: Sequence[str]) -> str:
    """Say that values of ended runs changed, which sends nothing again."""
    where = words.listing(runs, 3)
    return f"Warning: values were edited after the run had ended: {where}. Runs that were sent before stay as sent."


def guessed_metric(guess: str) -> str:
    """Add to a guess how to name another metric."""
    return f"{guess} --metric names another."


def assumed_direction(*, minimize: bool) -> str:
    """Say which value counts as best, and how to change it."""
    return f"best means {'lowest' if minimize else 'highest'}; use --direction to change it"


def stored(runs: int, points: int, files: int, skipped: int) -> str:
    """Say what a service stored of the runs that were sent."""
    with_files = f" and {words.counted(files, 'file')}" if files else ""
    before = f" ({words.count(skipped)} stored before)" if skipped else ""
    return f"{words.counted(runs, 'run')} with {words.counted(points, 'point')}{with_files} stored{before}"


def trained_on_file(study: int, name: str) -> str:
    """Say which study trained on a file with these contents."""
    return f"study {study} trained on this file: {name}"


def trained_on_path(study: int, name: str) -> str:
    """Say which study trained on a file that has changed since."""
    return f"study {study} trained on this path when its contents were different: {name}"


def replay_advice(study: int) -> str:
    """Say which command replays a run and audits the study again."""
    return f"`seedspread audit {study} --replay` replays a run and audits again."


def no_problems(study: int) -> str:
    """Say that an audit made every check and found nothing."""
    return f"study {study}: no problems found; every check was made"


def cells_title(run: str) -> str:
    """Return the title of a notebook made of a run's cells."""
    return f"Cells of {run}, in the order in which they ran."


def cell_position(position: int) -> str:
    """Say where in its notebook a cell stands."""
    return f"(cell {position} of the notebook)"


def sources(listed: str) -> str:
    """Return the line of a recipe's randomness sources."""
    return f"randomness sources: {listed}"


def data_type(kind: str) -> str:
    """Return the type of a parameter that takes data."""
    return f"name or file ({kind})"


def left_behind(what: str) -> str:
    """Say what a run left in its process."""
    return f"left behind in its process: {what}"


def reachable(host: str, port: int) -> str:
    """Say that the service can be reached from other machines."""
    return f"listens on {host}, port {port}: other machines can connect with a token"


def answers_at(url: str) -> str:
    """Return the service's address."""
    return f"Seedspread is at {url}"


def token_shown_once(variable: str) -> str:
    """Say that a token is shown once, and where to put it."""
    return f"It cannot be shown again. Sign in with it on the page, or set {variable}."


def share_shown_once(study: int, until: datetime) -> str:
    """Say what a link shows, until when, and only once."""
    scope = f"Where the service requires a token, whoever has it reads study {study} without one until {_minute(until)}"
    return f"It cannot be shown again. {scope}, and nothing else."


def share_state(number: int, revoked_at: datetime | None, expires_at: datetime) -> str:
    """Say until when a link is valid, or that it was revoked."""
    return f"link {number}: {f'revoked {_minute(revoked_at)}' if revoked_at else f'until {_minute(expires_at)}'}"


def share_revoked(study: int, number: int) -> str:
    """Say that a link was revoked."""
    return f"link {number} of study {study} is revoked"


def _minute(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes", sep=" ")


def correlation(source: str, icc1: str) -> str:
    """Return the first part of the line on intraclass correlations."""
    return f"Intraclass correlation within a level of {source}: ICC1 {icc1}"


def floor_deleted(name: str) -> str:
    """Say that a noise floor was deleted."""
    return f"Deleted the noise floor {name}."


def cancels(runs: int) -> str:
    """Say how many runs were asked to stop; some may finish before."""
    if not runs:
        return NOTHING_TO_CANCEL
    return f"cancels {'1 run' if runs == 1 else f'up to {words.count(runs)} runs'}; runs that finish first are kept"


def run_requeued(run: int | None) -> str:
    """Say that a run was put back into the queue."""
    return f"run {run} is queued again"


def requeued(runs: int) -> str:
    """Say how many runs were put back into the queue."""
    if not runs:
        return NOTHING_TO_RETRY
    return f"{words.counted(runs, 'run')} queued again"


def queued(runs: int, seeds: Iterable[int]) -> str:
    """Say how many runs were added, and under which seeds."""
    count = "1 run is queued" if runs == 1 else f"{words.count(runs)} runs are queued"
    return f"{count}, seeds {', '.join(map(str, seeds))}"


def waits(blocked: str) -> str:
    """Say why the queued runs of a study do not start."""
    return f"waits: {blocked}"


def waiting_for_recipes(seconds: int) -> str:
    """Say that a submission waits for a worker with its recipe."""
    return f"waiting up to {seconds} s for workers to publish their recipes"


def watching(folder: Path) -> str:
    """Say that studies of a folder are shown while they run."""
    return f"shows studies in {folder} as they run"


def unusable_recipes(problem: str) -> str:
    """Say why recipes cannot be used."""
    return f"recipes that cannot be used: {problem}"


def watch_at(address: str) -> str:
    """Say where the page shows a study."""
    return f"watch it at {address}"


def worse_than_best(pairs: int) -> str:
    """Return the head of the ranking's column of p-values."""
    return f"worse than the best (p, {words.counted(pairs, 'pair')})"


def maybe_best(p: str) -> str:
    """Add to a p-value that the arm may be the best."""
    return f"{p} not distinguishable from the best"


def first_fingerprint(kind: str, epoch: int | None, a: str, b: str) -> str:
    """Say at which fingerprint a replay first differs."""
    return f"first different fingerprint: {kind}{f', epoch {epoch}' if epoch else ''}: {a} | {b}"


def differing(values: tuple[int, int], fingerprints: tuple[int, int], farthest: str) -> str:
    """Say how many of all values and fingerprints of a replay differ."""
    return (
        f"{words.count(values[0])} of {words.count(values[1])} metric values and {words.count(fingerprints[0])} of "
        f"{words.count(fingerprints[1])} fingerprints differ, by at most {farthest}"
    )


def error_spent(share: str, rate: str) -> str:
    """Say how much of a noise floor's error rate is spent."""
    return f"{share} of the error rate of {rate} spent"


def judged_at(at: datetime, share: float, headline: str) -> str:
    """Say when a candidate was judged, and with which result."""
    return f"{at.date().isoformat()}, spent {words.number(share)}: {headline}"


def next_candidate(planned: str, seeds: str) -> str:
    """Say what a noise floor needs of the next candidate."""
    return f"shared among {planned} as planned; the next one needs {seeds} or more"


def candidate_number(number: int, planned: int, error: float, look: int) -> str:
    """Return a candidate's number, with what the plan is for."""
    share = f"the error rate of {words.exact(error)} is shared among {words.counted(planned, 'planned candidate')}"
    beyond = ", and a rest among any that follow" if number > planned else ""
    again = f" (its judgement {words.count(look)})" if look > 1 else ""
    return f"Candidate {words.count(number)}{again}: {share}{beyond}."


def unchecked_conditions(listed: str) -> str:
    """Say which conditions a candidate does not state."""
    return f"Not compared, as the candidate does not state them: {listed}."


def next_look(seeds: int | None) -> str:
    """Say that an adaptive study goes on, and until when."""
    return "goes on" if seeds is None else f"goes on; the next look is at {seeds} seeds per arm"


def failure(run: int, reason: str) -> str:
    """Say why a run failed."""
    return f"run {run} failed: {reason or NO_REASON}"


def shared_reason(shared: int, failed: int) -> str:
    """Say how many failed runs have the same reason."""
    if shared == failed:
        return f"all {words.count(shared)} for this reason"
    return f"{words.count(shared)} of {words.counted(failed, 'failed run')} for this reason"


def no_value(label: str, runs: int, *, over: bool) -> str:
    """Say that an arm has no value, or none yet."""
    return f"{label} has no value{'' if over else ' yet'} (n = 0 of {words.count(runs)})"
