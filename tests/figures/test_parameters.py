"""Figures of parameters, tested as numbers and as drawings."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as sps

from seedspread.figures.kit.figure import Figure
from seedspread.figures.parameters.against import draw_against, means_by_value
from seedspread.figures.parameters.importance import draw_importance, importance
from seedspread.figures.parameters.parallel import draw_parallel
from seedspread.figures.parameters.values import ParameterRuns, parameter_runs
from seedspread.figures.svg.svg import draw_svg
from seedspread.stats.data.arms import arm_values
from tests.figures.drawn import ACCURACY, checked, of_role

RNG = np.random.default_rng(3)
SETTINGS = [
    {"hidden": hidden, "activation": activation, "epochs": 3}
    for hidden in (8, 16, 32)
    for activation in ("relu", "tanh")
]


def grid(effect: float = 0.1) -> ParameterRuns:
    """Six arms of five seeds; the value grows with the width alone."""
    arms = [
        arm_values(
            at,
            f"arm {at}",
            0.5 + effect * (at // 2) + RNG.normal(0, 0.01, 5),
            runs=[100 * at + seed for seed in range(5)],
        )
        for at in range(6)
    ]
    return parameter_runs(arms, SETTINGS)


def test_only_what_differs_is_a_parameter_and_every_run_has_its_own() -> None:
    runs = grid()
    assert [item.name for item in runs.parameters] == ["hidden", "activation"]
    hidden, activation = runs.parameters
    assert hidden.numeric
    assert hidden.geometric
    assert not activation.numeric
    assert activation.text(1.0) == "tanh"
    assert runs.places(hidden).tolist() == np.repeat([8, 8, 16, 16, 32, 32], 5).tolist()
    assert runs.runs[-1] == 504


def test_what_varies_with_the_value_is_the_most_important() -> None:
    runs = grid()
    first, second = importance(runs)
    assert first.parameter.name == "hidden"
    assert first.explained.share is not None
    assert first.explained.share > 0.9
    assert second.explained.share == pytest.approx(0, abs=0.05)
    rho = sps.spearmanr(runs.places(first.parameter), runs.values).statistic
    assert first.explained.rank == pytest.approx(rho)
    figure = draw_importance((first, second), runs, ACCURACY)
    checked(figure)
    assert figure.table["parameter"] == ["hidden", "activation"]
    assert any("one by one" in note for note in figure.notes)
    assert draw_svg(figure).startswith("<svg")


def test_means_are_over_all_runs_of_a_value() -> None:
    runs = grid()
    means = means_by_value(runs, runs.parameters[0], 0.95)
    assert [mean.setting for mean in means] == [8, 16, 32]
    assert means[0].summary.mean == pytest.approx(runs.values[:10].mean())
    figure = draw_against(runs, runs.parameters[0], ACCURACY)
    served = checked(figure)
    assert served["layout"]["xaxis"]["type"] == "log"
    assert sum(len(trace["x"]) for trace in of_role(figure, "points")) == 30
    texts = draw_against(runs, runs.parameters[1], ACCURACY)
    assert texts.layout["xaxis"]["ticktext"] == ["relu", "tanh"]
    assert draw_svg(texts).startswith("<svg")


def test_every_run_is_a_line_over_all_parameters() -> None:
    runs = grid()
    figure = draw_parallel(runs, ACCURACY)
    checked(figure)
    lines = of_role(figure, "seeds")
    assert len(lines) == 6
    assert len(lines[0]["x"]) == 5 * 4  # three axes and a gap a run
    last = [height for line in lines for height in np.array(line["y"], dtype=float).reshape(-1, 4)[:, 2]]
    assert (min(last), max(last)) == (0.0, 1.0)
    assert list(figure.table) == ["arm", "run", "seed", "hidden", "activation", "value"]
    assert draw_svg(figure).startswith("<svg")


def test_of_many_arms_the_best_runs_stand_out() -> None:
    arms = [arm_values(at, f"arm {at}", [float(at), at + 0.5], runs=[2 * at, 2 * at + 1]) for at in range(20)]
    figure = draw_parallel(parameter_runs(arms, [{"width": at} for at in range(20)]), ACCURACY)
    checked(figure)
    rest, best = of_role(figure, "seeds")
    assert rest["line"]["color"] == "role:muted"
    assert sorted({row[0] for row in best["customdata"]}) == [36, 37, 38, 39]
    assert figure.notes[0] == "In colour: the 4 runs with the best values. Every line is one run."


def drawings(runs: ParameterRuns) -> list[Figure]:
    first = runs.parameters[0] if runs.parameters else None
    return [
        draw_against(runs, first, ACCURACY),
        draw_parallel(runs, ACCURACY),
        draw_importance(importance(runs), runs, ACCURACY),
    ]


@pytest.mark.parametrize(
    "values", [[[], []], [[0.5], [np.nan]], [[np.nan], [np.inf]], [[0.5, 0.5], [0.5, 0.5]], [[0.1], [0.2]]]
)
def test_poor_data_give_a_figure_each(values: list[list[float]]) -> None:
    arms = [arm_values(at, f"arm {at}", numbers) for at, numbers in enumerate(values)]
    for figure in drawings(parameter_runs(arms, [{"a": 1}, {"a": "x"}])):
        checked(figure)
        draw_svg(figure)
    for figure in drawings(parameter_runs(arms, [{"a": 1}, {"a": 1}])):
        assert figure.empty
        assert "do not differ" in str(figure.layout["annotations"]).replace("<br>", " ")
