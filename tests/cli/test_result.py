"""What a study comes to in sentences: every comparison counted, the design's question answered, failures explained."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seedspread.cli.app import run
from seedspread.cli.console.comparison_lines import answer_lines
from seedspread.cli.console.progress import looks
from seedspread.cli.console.result_lines import MOST_SHOWN, arm_lines, failures, result, verdict_lines
from seedspread.client import Client
from seedspread.core.presets import expand
from seedspread.core.sources import Source
from seedspread.core.study import AdaptivePlan, Preset, RuleSpec
from seedspread.studies.adaptive import look_after
from tests.builders import NOW, spec, store
from tests.cli.conftest import Api
from tests.support.studies import context_of, measured_study

STILL, WIDE, NARROW = [0.9] * 6, [0.88, 0.92, 0.9, 0.91, 0.87, 0.93], [0.9, 0.902, 0.899, 0.901, 0.898, 0.9]


@pytest.fixture
def client(api: Api) -> Iterator[Client]:
    with Client(api.url) as known:
        yield known


def test_comparisons_beyond_the_told_ones_are_counted_and_all_are_in_the_document(api: Api, client: Client) -> None:
    study_id = measured_study(
        api.database, {f"arm {place}": [value + place / 50 for value in WIDE] for place in range(7)}
    )
    found = result(client, client.study(study_id))
    lines = verdict_lines(found)
    assert lines[-1] == f"and 2 more: seedspread compare {study_id}"
    assert len([line for line in lines[7:] if not line.startswith(("  ", "Caveat: "))]) == MOST_SHOWN + 1
    caveats = [line.removeprefix("Caveat: ") for line in lines if line.startswith("Caveat: ")]
    shown = [{caveat["text"] for caveat in view["caveats"]} for view in found.document()["comparisons"][:MOST_SHOWN]]
    assert caveats
    assert set(caveats) == set().union(*shown)
    assert len(set(caveats)) == len(caveats)
    assert [one["b"]["name"] for one in found.document()["comparisons"]] == [f"arm {place}" for place in range(1, 7)]
    assert found.document()["answers"] == []


def test_a_study_of_sources_answers_where_the_spread_comes_from(api: Api, client: Client) -> None:
    specs = expand(spec(arms=(), preset=Preset.SOURCES), (Source.SPLIT, Source.INIT)).arms
    arms = {"nothing varies": STILL, "split varies": WIDE, "init varies": NARROW, "all vary": WIDE}
    found = result(client, client.study(measured_study(api.database, arms, specs=specs)))
    assert found.document()["asks"] == "sources"
    assert len(found.answers) == 1
    assert verdict_lines(found)[len(arms) :] == answer_lines(found.answers)
    assert found.answers[0].headline.startswith("Split alone spreads accuracy most: SD 2.3 points")


def test_crossed_sources_answer_with_their_shares(api: Api, client: Client) -> None:
    request = spec(arms=(), preset=Preset.FACTORIAL, cross={Source.SPLIT: 3, Source.INIT: 2}, seeds=6)
    specs = expand(request, (Source.SPLIT, Source.INIT)).arms
    found = result(client, client.study(measured_study(api.database, {"base": WIDE}, specs=specs)))
    assert len(found.answers) == 1
    assert verdict_lines(found)[1:] == answer_lines(found.answers)


def test_why_runs_failed_is_told_once_and_nothing_is_awaited_any_more(
    api: Api, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    study_id = measured_study(api.database, {"base": [None] * 2, "wide": [None] * 2})
    study = client.study(study_id)
    told = failures(client, study)
    assert told == "run 1 failed: it broke (all 4 for this reason)"
    assert arm_lines(study)[0] == "base: accuracy has no value (n = 0 of 2)"
    assert told in verdict_lines(result(client, study))
    assert run(["status", str(study_id)]) == 0
    shown = capsys.readouterr().out
    assert told in shown
    assert shown.count("4 failed") == 1
    assert run(["status"]) == 0
    assert "finished, 4 failed" in capsys.readouterr().out


def test_an_adaptive_study_says_that_it_goes_on_and_when_it_is_looked_at(api: Api, client: Client) -> None:
    plan = AdaptivePlan(batch=5, max_seeds=20)
    study_id = store(api.database, spec(seeds=5, rule=RuleSpec(adaptive=plan)))
    look_after(context_of(api.database), NOW)
    told = "adaptive (batches of 5 seeds, at most 20 per arm): "
    assert looks(client.study(study_id)) == f"{told}goes on; the next look is at 10 seeds per arm"
    client.cancel(study_id)
    assert looks(client.study(study_id)) == f"{told}no more looks"
    assert looks(client.study(store(api.database))) is None
