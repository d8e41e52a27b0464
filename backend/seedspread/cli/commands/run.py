"""`seedspread run`: any command under many seeds, to a verdict.

It needs no server, no account and no change to the script.
"""

from __future__ import annotations

import math
import os
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from seedspread.cli.console import output
from seedspread.cli.console.file_options import Summary
from seedspread.cli.console.options import AtMost, Capture, Claims, Deciding, Json, SeedEverything, Until
from seedspread.cli.console.run_table import RunTable
from seedspread.errors import InvalidInput, SeedspreadError
from seedspread.recording import is_study_folder, open_study
from seedspread.recording.files import non_finite
from seedspread.recording.logger import FOLDER
from seedspread.recording.sentences import LOOK_COUNTS, more_seeds
from seedspread.running import sentences
from seedspread.running.checks import Finding, failure_line, metric_of, script_findings
from seedspread.running.engine import Engine
from seedspread.running.plan import ONLY_ARM, Arm, Plan, adaptive_seeds, chosen_summary, parse_arm, parse_seeds
from seedspread.summaries import LAST

BROKEN, INTERRUPTED = 2, 130  # 130 is what shells report for a program that Ctrl-C ended
MOST_SHOWN = 6
FEWEST_AT_MOST = 5
"""Fewest seeds of a study that stops early: its first look needs as many."""
_PAUSES_S = (0.5, 1.0)  # the study is stored in its folder anyway, so nobody waits long for a service

RUN_EXAMPLES = """Examples:

- `seedspread run --seeds 20 --maximize val_acc -- python train.py --seed {seed}` says how far the seeds spread
- `seedspread run --arm base --arm wide="--hidden 64" --maximize val_acc -- python train.py --seed {seed} {arm}`
- `seedspread run --seeds 10 --arm main=git:main --arm mine=. --maximize val_acc -- python train.py --seed {seed}`
- `seedspread run --until decided --within 0.005 --at-most 40 …` stops as soon as the answer is in
- `seedspread run --assert "wide >= base - 0.005" …` ends with 0 (holds), 3 (does not), 4 (undecided) or 2 (broken)

Metrics are read from what the command prints (`val_acc: 0.91`, `val_acc=0.91`, JSON lines, progress bars), from result
files (`--results`), and with `--capture` from calls to wandb, mlflow, TensorBoard and others. The same line again
resumes. With SEEDSPREAD_API and SEEDSPREAD_TOKEN set, the study is sent to that service as it ends.
"""


def add_run(app: typer.Typer) -> None:
    """Register the command."""
    app.command("run", epilog=RUN_EXAMPLES, context_settings={"ignore_unknown_options": False})(run)


def run(
    command: Annotated[
        list[str], typer.Argument(metavar="-- COMMAND…", help="With {seed}, {seed:NAME}, {arm}, {arm:name}, {run}.")
    ],
    seeds: Annotated[str | None, typer.Option(help="20 (0 to 19), 5-9, or 1,4,7-9. [default: 10]")] = None,
    arm: Annotated[
        list[str] | None,
        typer.Option(help='NAME or NAME="ARGUMENTS"; git:REF, a folder, and env:VAR=VALUE are understood.'),
    ] = None,
    maximize: Annotated[str | None, typer.Option(help="The metric that decides, if more is better.")] = None,
    minimize: Annotated[str | None, typer.Option(help="The metric that decides, if less is better.")] = None,
    summary: Summary = None,
    best: Annotated[bool, typer.Option("--best/--last", help="Use each run's best value, or its last.")] = False,
    within: Annotated[
        float | None, typer.Option(help="Smallest difference that matters, in the metric's units.")
    ] = None,
    level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.95,
    centre: Deciding = "mean",
    until: Until = None,
    at_most: AtMost = None,
    paired: Annotated[
        bool | None, typer.Option("--paired/--separate", help="Compare seed by seed. [default: if the script repeats]")
    ] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="Runs at the same time.")] = 1,
    gpus: Annotated[str | None, typer.Option(help="Devices to spread runs over: 0,1.")] = None,
    per_gpu: Annotated[int, typer.Option(help="Runs at the same time on each device.")] = 1,
    timeout: Annotated[float | None, typer.Option(help="Seconds after which a run has failed.")] = None,
    results: Annotated[
        list[str] | None, typer.Option(help="File, folder or glob that a run writes: CSV, JSON, TensorBoard.")
    ] = None,
    seed_everything: SeedEverything = False,
    capture: Capture = False,
    hold: Annotated[list[str] | None, typer.Option(help="Hold {seed:NAME} at seed 0's value in all runs.")] = None,
    link: Annotated[list[str] | None, typer.Option(help="Path that git does not hold, for arms from git.")] = None,
    claim: Claims = None,
    name: Annotated[str | None, typer.Option(help="Name of the study. [default: the script's]")] = None,
    folder: Annotated[Path | None, typer.Option(help="Study folder. [default: one in seedspread-runs]")] = None,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Run the first seed twice: does it repeat?")] = True,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Train all seeds even if all fail or agree.")
    ] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Train failed runs again.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")] = False,
    as_json: Json = False,
) -> None:
    """Run a command under many seeds, to a verdict.

    The verdict says whether the difference between its arms is real or seed luck.
    """
    metric, direction = _metric(maximize, minimize)
    if until is not None and until != "decided":
        raise InvalidInput("--until", until, "decided")
    if at_most is not None and until is None:
        raise InvalidInput("--at-most", at_most, "--until decided with it; without, --seeds says how many")
    _check_numbers(within, level, until, at_most)
    chosen = parse_seeds(seeds) if seeds is not None else ()
    if until and at_most is None and 0 < len(chosen) < FEWEST_AT_MOST:
        raise InvalidInput("--seeds", seeds, f"{FEWEST_AT_MOST} seeds or more with --until; --at-most says how many")
    plan = Plan(
        command=tuple(command),
        arms=tuple(parse_arm(text) for text in arm or ()) or (Arm(ONLY_ARM),),
        seeds=adaptive_seeds(chosen, at_most or len(chosen) or 40) if until else (chosen or parse_seeds("10")),
        metric=metric,
        direction=direction,
        summary=chosen_summary(summary, best=best, option="--") or LAST,
        within=within,
        level=level,
        centre=centre,
        until=until or "",
        paired=paired,
        jobs=jobs,
        gpus=_gpus(gpus),
        per_gpu=per_gpu,
        timeout=timeout,
        results=tuple(results or ()),
        seed_everything=seed_everything,
        capture=capture,
        link=tuple(link or ()),
        hold=tuple(hold or ()),
        check=check,
        keep_going=keep_going,
        retry_failed=retry_failed,
        name=name or "",
        claims=tuple(claim or ()),
    )
    study_folder = folder or Path(FOLDER) / f"{name or plan.script_name()}-{plan.identity()}"
    with RunTable(quiet=quiet or as_json) as table:
        engine = Engine(plan, study_folder, Path.cwd(), table)
        if not quiet:
            _announce(plan, study_folder)
        study = engine.run()
    raise typer.Exit(_conclude(engine, study, as_json=as_json))


def _announce(plan: Plan, folder: Path) -> None:
    arms = f"{len(plan.arms)} arms × " if len(plan.arms) > 1 else ""
    at_most = "up to " if plan.until else ""
    output.beside().print(f"{arms}{at_most}{len(plan.seeds)} seeds, recorded in {folder}", markup=False, soft_wrap=True)
    if is_study_folder(folder) and not plan.until:
        others = {run.record.seed for run in open_study(folder).counted() if run.state in {"finished", "failed"}}
        others -= {None, *plan.seeds}
        if others:
            output.beside().print(more_seeds(folder, len(others), len(plan.seeds)), markup=False, soft_wrap=True)


def _conclude(engine: Engine, study: Any, *, as_json: bool) -> int:
    """Print the verdict and everything that qualifies it; return the exit code."""
    # Imported only now: the statistics take a second to load, which the first runs need not wait for.
    from seedspread.running.judge import check_assertion, judge, note_look
    from seedspread.running.page import write_page

    if failed := failure_line(study):
        output.beside().print(failed, markup=False, soft_wrap=True)
    for problem in study.problems:
        output.beside().print(f"warning: {problem}", markup=False, soft_wrap=True)
    if engine.unattended:
        # A verdict that nobody reads would cost a look, and a batch system that ends the runner does not wait for it.
        return _without_verdict(engine, study, "interrupted", as_json=as_json)
    try:
        metric = metric_of(study)
    except InvalidInput:
        if engine.interrupted or not any(tally.finished for tally in engine.tallies.values()):
            state = "interrupted" if engine.interrupted else "no_finished_run"
            return _without_verdict(engine, study, state, as_json=as_json)
        for line in filter(None, (engine.stopped, *(finding.message for finding in script_findings(study)))):
            output.beside().print(line, markup=False, soft_wrap=True)
        raise
    findings = engine.closing_findings(study, metric)
    judgement = judge(study, metric)
    claims = [
        check_assertion(text, judgement.arms, study.study, judgement.conditions.metrics) for text in engine.plan.claims
    ]
    page = write_page(study, judgement, findings)
    noted = judgement.family is not None and note_look(study.folder, judgement.arms)
    sent = None if engine.interrupted else _send(study.folder)
    alike = any(finding.code == "seed_without_effect" and finding.weight == "problem" for finding in findings)
    broken = not judgement.usable or bool(judgement.never_ran) or alike
    if as_json:
        output.print_json(_document(engine, study, judgement, findings, claims, page, broken=broken) | {"sent": sent})
    else:
        _show(engine, judgement, findings, claims, page, alike=alike)
        if engine.interrupted and noted and judgement.conditions.peeked:
            output.for_people().print(LOOK_COUNTS, markup=False, soft_wrap=True)
        if sent is not None:
            output.for_people().print(f"Sent to {sent}", markup=False, soft_wrap=True)
    if engine.interrupted:
        return INTERRUPTED
    if broken:
        return BROKEN
    codes = [result.exit_code for result in claims]
    return next((code for code in (2, 3, 4) if code in codes), 0)


def _without_verdict(engine: Engine, study: Any, state: str, *, as_json: bool) -> int:
    """Say why there is no verdict; return the exit code."""
    from seedspread.running.judge import numbers_of

    why = engine.stopped or "No run finished."
    output.beside().print(why, markup=False, soft_wrap=True)
    broken = [sentences.never_ran(arm.name, arm.reason) for arm in numbers_of(study, "") if arm.never_ran]
    for sentence in broken:
        output.beside().print(sentence, markup=False, soft_wrap=True)
    if as_json:
        output.print_json(
            {
                "folder": str(study.folder),
                "metric": engine.plan.metric or None,
                "state": state,
                "reason": " ".join((why, *broken)),
                "stopped": engine.stopped,
                "interrupted": engine.interrupted,
                "broken": state != "interrupted",
                "sentences": broken,
                "arms": [
                    {"name": name, "finished": tally.finished, "failures": tally.failed}
                    for name, tally in engine.tallies.items()
                ],
                "comparison": None,
                "claims": [],
                "findings": [],
                "page": None,
                "sent": None,
            }
        )
    return INTERRUPTED if engine.interrupted else BROKEN


def _send(folder: Path) -> str | None:
    """Send the study to the service that the environment names.

    Return its address there, or None.

    Nothing is sent without both an address and a token. If the service is away, what is recorded stays, and a line says
    how to send it later.
    """
    api, token = os.environ.get("SEEDSPREAD_API"), os.environ.get("SEEDSPREAD_TOKEN", "").strip()
    if not api or not token:
        return None
    from seedspread.cli.console.options import connect
    from seedspread.sending.push import push
    from seedspread.sending.studies import from_folder

    try:
        with connect(api, token=token) as client:
            return client.page(push(from_folder(open_study(folder)), client, pauses_s=_PAUSES_S).study_id)
    except SeedspreadError as error:
        later = f"`seedspread push {shlex.quote(str(folder))} --api {shlex.quote(api)}` sends it later"
        output.beside().print(f"warning: not sent: {error.message}; {later}", markup=False, soft_wrap=True)
        return None


def _show(
    engine: Engine, judgement: Any, findings: list[Finding], claims: list[Any], page: Path, *, alike: bool
) -> None:
    from seedspread.cli.console.comparison_lines import show_family

    console = output.for_people()
    if engine.stopped:
        console.print(engine.stopped, markup=False, soft_wrap=True)
    problems = [finding for finding in findings if finding.weight == "problem"]
    for finding in problems:
        console.print(f"Problem: {finding.message}", markup=False, soft_wrap=True)
    if alike and judgement.usable:
        console.print("No verdict: the runs do not differ by their seeds.", markup=False, soft_wrap=True)
    elif judgement.family is None:
        for sentence in judgement.sentences:
            console.print(sentence, markup=False, soft_wrap=True)
    else:
        finite = {
            arm.name: [value for value in arm.values.values() if value is not None and math.isfinite(value)]
            for arm in judgement.arms
        }
        show_family(console, judgement.family, finite)
        for arm in (arm for arm in judgement.arms if arm.never_ran):
            console.print(sentences.never_ran(arm.name, arm.reason), markup=False, soft_wrap=True)
    for result in claims:
        console.print(result.sentence, markup=False, soft_wrap=True)
    warnings = [finding for finding in findings if finding.weight != "problem"]
    warnings.sort(key=lambda finding: finding.code != "metric_name")  # which metric was judged comes first
    for finding in warnings[:MOST_SHOWN]:
        console.print(f"- {finding.message}", style="dim", markup=False, soft_wrap=True)
    console.print(f"Figures: {page}", markup=False, soft_wrap=True)


def _document(
    engine: Engine, study: Any, judgement: Any, findings: list[Finding], claims: list[Any], page: Path, *, broken: bool
) -> dict[str, Any]:
    family = judgement.family
    return {
        "folder": str(study.folder),
        "metric": judgement.metric,
        "state": "interrupted" if engine.interrupted else ("broken" if broken else "judged"),
        "reason": engine.stopped,
        "stopped": engine.stopped,
        "interrupted": engine.interrupted,
        "broken": broken,
        "sentences": list(judgement.sentences),
        "arms": [
            {"name": arm.name, "failures": arm.failures, "values": {str(s): _plain(v) for s, v in arm.values.items()}}
            for arm in judgement.arms
        ],
        "comparison": None if family is None else family.model_dump(mode="json"),
        "claims": [
            {"claim": text, "outcome": result.answer, "sentence": result.sentence}
            for text, result in zip(engine.plan.claims, claims, strict=True)
        ],
        "findings": [{"code": f.code, "weight": f.weight, "message": f.message} for f in findings],
        "page": str(page),
    }


def _plain(value: float | None) -> float | str | None:
    if value is None or math.isfinite(value):
        return value
    return non_finite(value)


def _metric(maximize: str | None, minimize: str | None) -> tuple[str, str]:
    if maximize is not None and minimize is not None:
        raise InvalidInput("--minimize", minimize, "one of --maximize and --minimize")
    name = maximize if maximize is not None else minimize
    if name is not None and not name.strip():
        raise InvalidInput("--maximize/--minimize", name, "the name of a metric")
    return (name or "").strip(), "maximize" if maximize else ("minimize" if minimize else "")


def _check_numbers(within: float | None, level: float, until: str | None, at_most: int | None) -> None:
    if within is not None and not (math.isfinite(within) and within > 0):
        raise InvalidInput("--within", within, "a number above 0")
    if not 0.5 <= level < 1:
        raise InvalidInput("--level", level, "a number from 0.5 to below 1")
    if until is not None and at_most is not None and at_most < FEWEST_AT_MOST:
        raise InvalidInput("--at-most", at_most, f"{FEWEST_AT_MOST} seeds or more")


def _gpus(text: str | None) -> tuple[str, ...]:
    devices = tuple(part.strip() for part in (text or "").split(",") if part.strip())
    if text is not None and not devices:
        raise InvalidInput("--gpus", text, "devices such as 0,1")
    if len(set(devices)) < len(devices):
        raise InvalidInput("--gpus", text, "each device once; --per-gpu says how many runs share it")
    return devices
