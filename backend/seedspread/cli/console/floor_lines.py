"""Print noise floors, and judgements against them."""

from __future__ import annotations

from seedspread import words
from seedspread.cli.text import sentences
from seedspread.views.floors import FloorJudgement, FloorView

_MOST_CONDITIONS = 12


def floor_lines(view: FloorView) -> list[str]:
    """Return a floor's numbers, conditions and candidates, line by line."""
    summary = view.values
    half = None if summary.mean_interval is None else summary.mean_interval.width() / 2
    numbers = f"{words.counted(summary.n, 'seed')}, mean {words.mean(summary.mean, half)}, SD {words.sd(summary.std)}"
    age = words.counted(view.age_days, "day")
    better = "higher" if view.direction.value == "maximize" else "lower"
    kept = sum(item.state == "better" for item in view.judged)
    judged = f"{words.counted(len(view.judged), 'candidate')} judged, {words.count(kept)} better"
    planned = words.counted(view.candidates, "candidate")
    spent = sentences.error_spent(words.percent(view.spent / view.error), words.exact(view.error))
    next_one = sentences.next_candidate(planned, words.counted(view.seeds_to_decide, "seed"))
    lines = [
        f"{view.name}: {words.name(view.metric)} ({better} is better), {numbers}, {age} old; {judged}.",
        f"  From {view.origin}; {spent}; {next_one}.",
    ]
    conditions = [f"{key} {value}" for key, value in view.conditions.items()]
    if conditions:
        lines.append(f"  Conditions: {words.listing(conditions, _MOST_CONDITIONS)}.")
    for item in view.judged:
        lines += [f"  {sentences.judged_at(look.at, look.alpha, look.headline)}" for look in item.judgements]
    return lines


def judgement_lines(judged: FloorJudgement) -> list[str]:
    """Return a judgement in lines, with what was not compared."""
    lines = [judged.headline]
    floor = judged.floor
    lines.append(f"  {sentences.candidate_number(judged.number, floor.candidates, floor.error, judged.look)}")
    if judged.alpha is None:
        lines.append(f"  {sentences.NOTHING_SPENT}")
    if judged.conditions_unchecked:
        listed = words.listing(judged.conditions_unchecked, _MOST_CONDITIONS)
        lines.append(f"  {sentences.unchecked_conditions(listed)}")
    return lines
