from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats as sps

from seedspread.core.recipe import Direction
from seedspread.figures.curves import Centre, Lines, curves, seed_lines
from seedspread.figures.curves_drawing import draw_curves
from seedspread.figures.svg.scales import scale
from seedspread.figures.svg.svg import draw_svg
from seedspread.stats.data.arms import ArmSeries
from tests.figures.drawn import ACCURACY, LOSS, arm_series, checked, of_role

RNG = np.random.default_rng(4)


def test_the_median_and_the_middle_half_are_those_of_numpy() -> None:
    values = RNG.normal(size=(11, 30))
    (curve,) = curves([arm_series(values)], Direction.MAXIMIZE)
    low, middle, high = np.percentile(values, [25, 50, 75], axis=0)
    np.testing.assert_allclose(curve.centre, middle, rtol=1e-12)
    np.testing.assert_allclose(curve.low, low, rtol=1e-12)
    np.testing.assert_allclose(curve.high, high, rtol=1e-12)
    assert curve.n.tolist() == [11] * 30


def test_the_mean_and_its_t_interval_are_those_of_scipy() -> None:
    values = RNG.normal(size=(8, 5))
    (curve,) = curves([arm_series(values)], Direction.MAXIMIZE, centre="mean", level=0.9)
    low, high = sps.t.interval(0.9, 7, values.mean(axis=0), sps.sem(values, axis=0))
    np.testing.assert_allclose(curve.low, low)
    np.testing.assert_allclose(curve.high, high)


def test_n_counts_the_runs_that_reached_each_step() -> None:
    steps = np.arange(1, 5)
    series = [(steps[:length], np.linspace(0, 1, length)) for length in (4, 4, 3, 1)]
    arm = ArmSeries(0, "base", np.arange(4), np.arange(4), series)
    (curve,) = curves([arm], Direction.MAXIMIZE)
    assert curve.n.tolist() == [4, 3, 3, 2]
    assert np.isnan(curve.low).tolist() == [False, False, False, True]  # no band below 3 runs
    assert np.isfinite(curve.centre).all()


def test_steps_that_differ_between_runs_are_joined() -> None:
    series = [(np.array([1, 3]), np.array([1.0, 3.0])), (np.array([2, 3]), np.array([20.0, 5.0]))]
    (curve,) = curves([ArmSeries(0, "base", np.arange(2), np.arange(2), series)], Direction.MAXIMIZE)
    assert curve.steps.tolist() == [1, 2, 3]
    assert curve.n.tolist() == [1, 1, 2]
    assert curve.centre.tolist() == [1.0, 20.0, 4.0]


@pytest.mark.parametrize("direction", list(Direction))
def test_a_diverged_seed_counts_as_the_worst_and_is_flagged(direction: Direction) -> None:
    values = np.tile(np.array([[1.0], [2.0], [3.0], [4.0], [5.0]]), (1, 3))
    values[0, 1:] = np.nan
    values[4, 2] = np.inf
    (curve,) = curves([arm_series(values)], direction)
    assert curve.n.tolist() == [5, 4, 3]
    assert curve.reached.tolist() == [5, 5, 5]
    worst = 3.0 if direction is Direction.MAXIMIZE else 4.0
    assert curve.centre[1] == worst
    assert curve.broken_seeds.tolist() == [0, 4]
    assert curve.broken_steps.tolist() == [2, 3]


def test_where_half_of_the_seeds_diverged_there_is_no_median() -> None:
    values = np.array([[1.0, np.nan], [2.0, np.nan], [3.0, np.nan], [4.0, 4.0]])
    (curve,) = curves([arm_series(values)], Direction.MINIMIZE)
    assert np.isnan(curve.centre[1])
    assert curve.n.tolist() == [4, 1]


def test_thinning_keeps_ends_and_extremes_and_leaves_n_alone() -> None:
    values = RNG.normal(size=(40, 5000))
    values[7, 2345] = 99.0
    arm = arm_series(values)
    lines = seed_lines(arm.series, 100)
    assert lines.values.size <= 40 * 101
    own = lines.values[lines.starts[7] : lines.starts[8] - 1]
    assert own.max() == 99.0
    assert own.min() == values[7].min()
    assert (own[0], own[-1]) == (values[7, 0], values[7, -1])
    assert np.isnan(lines.values[lines.starts[1:] - 1]).all()
    (curve,) = curves([arm], Direction.MAXIMIZE)
    assert set(curve.n.tolist()) == {40}
    assert curve.steps[[0, -1]].tolist() == [1, 5000]


def test_very_many_runs_are_drawn_as_whole_curves_of_a_sample_and_the_median_is_of_all() -> None:
    steps = 40
    rise = 1 - np.exp(-np.arange(1, steps + 1) / 5)
    values = rise * RNG.uniform(0.8, 0.9, size=(5000, 1)) + RNG.normal(0, 0.002, size=(5000, steps))
    values[17, 20], values[18, 3], values[19, -1] = 2.0, -1.0, np.nan
    few = arm_series(values[:8], position=1, name="few")
    arms = [arm_series(values), few]
    many, small = curves(arms, Direction.MAXIMIZE)
    # What the small arm does not need, the large one gets.
    assert small.lines.runs.tolist() == list(range(8))
    assert many.lines.runs.size == 292
    # Every step of each: straight lines between a few points of a concave curve would lie below their own median.
    assert np.diff(many.lines.starts).tolist() == [steps + 1] * many.lines.runs.size
    finals = np.where(np.isfinite(values[:, -1]), values[:, -1], -np.inf)
    assert {int(finals.argmax()), 17, 18, 19} <= set(many.lines.runs.tolist())
    ranks = np.sort(finals.argsort().argsort()[many.lines.runs])
    assert np.diff(ranks).max() <= 2 * 5000 / many.lines.runs.size
    np.testing.assert_allclose(many.centre[:-1], np.median(values, axis=0)[:-1], rtol=1e-12)
    assert many.n.tolist() == [5000] * (steps - 1) + [4999]
    figure = draw_curves([many, small], ACCURACY, step_name="epoch")
    checked(figure)
    assert figure.notes[1].startswith("300 of 5,008 runs drawn")
    assert figure.layout["meta"]["arms"][0]["runs"] == arms[0].runs[many.lines.runs].tolist()
    assert len(draw_curves([many, small], ACCURACY, every_run=True).table["run"]) == 5008 * steps


def test_the_lines_of_very_many_runs_stay_the_same_while_runs_are_to_come() -> None:
    planned = arm_series(np.zeros((500, 1))).runs

    def live(started: int, grown: int) -> Lines:
        arm = replace(arm_series(RNG.normal(size=(started, grown))), planned=planned, running=started // 2)
        (curve,) = curves([arm], Direction.MAXIMIZE)
        assert sum("first seeds until all runs have ended" in note for note in draw_curves([curve], LOSS).notes) == (
            started > 300
        )
        return curve.lines

    drawn = [live(*moment).runs.tolist() for moment in ((200, 1), (350, 4), (500, 9))]
    assert drawn[1] == drawn[2] == list(range(300))
    assert drawn[0] == drawn[2][:200]


def test_a_step_alone_stands_in_the_middle_of_its_axis() -> None:
    figure = draw_curves(curves([arm_series(RNG.normal(size=(3, 1)))], Direction.MAXIMIZE), LOSS)
    checked(figure)
    assert figure.layout["xaxis"]["range"] == [0.5, 1.5]
    assert figure.layout["xaxis"]["ticktext"] == ["1"]


def test_fewer_runs_than_lines_are_all_drawn_and_nothing_is_said() -> None:
    arm = arm_series(RNG.normal(size=(300, 3)))
    (curve,) = curves([arm], Direction.MINIMIZE)
    assert curve.lines.runs.tolist() == list(range(300))
    assert not any("drawn" in note for note in draw_curves([curve], LOSS).notes)
    (sampled,) = curves([arm], Direction.MINIMIZE, most_lines=20)
    finals = np.array([values[-1] for _, values in arm.series])
    assert {int(finals.argmin()), int(finals.argmax())} <= set(sampled.lines.runs.tolist())
    assert sampled.lines.runs.size == 20


def test_the_lines_of_an_arm_can_be_told_apart_by_run() -> None:
    arm = arm_series(RNG.normal(size=(3, 4)))
    figure = draw_curves(curves([arm], Direction.MAXIMIZE), ACCURACY)
    checked(figure)
    (seeds,) = of_role(figure, "seeds")
    starts = figure.layout["meta"]["arms"][0]["starts"]
    for index, run in enumerate(arm.runs):
        span = slice(starts[index], starts[index + 1] - 1)
        assert {row[0] for row in seeds["customdata"][span]} == {run}
        assert seeds["y"][span] == arm.series[index][1].tolist()


def test_the_axis_says_n_where_it_is_the_same_and_draws_it_where_it_is_not() -> None:
    values = RNG.normal(size=(5, 4))
    even = draw_curves(curves([arm_series(values)], Direction.MAXIMIZE), ACCURACY, step_name="epoch")
    assert even.layout["xaxis"]["title"]["text"] == "epoch, n = 5 at every epoch"
    # An upright title in one line would be cut at the height of a card; the higher figure of a report has room for it.
    assert even.layout["yaxis"]["title"]["text"] == "validation accuracy (share),<br>↑ better"
    assert "validation accuracy (share), ↑ better" in draw_svg(even)
    values[0, 3] = np.nan
    uneven = draw_curves(curves([arm_series(values)], Direction.MAXIMIZE), ACCURACY)
    checked(uneven)
    assert of_role(uneven, "n")[0]["y"] == [5, 5, 5, 4]
    assert of_role(uneven, "non_finite")[0]["customdata"] == [[100, 0]]
    assert any("1 run of 5" in note for note in uneven.notes)


@pytest.mark.parametrize(
    "values",
    [
        np.empty((0, 0)),
        np.full((1, 1), 0.5),
        np.full((4, 3), 0.5),
        np.full((3, 3), np.nan),
        np.full((2, 2), np.inf),
        np.array([[1e300, -1e300], [1e300, 0.0], [1e300, 5.0]]),
    ],
    ids=["nothing", "one point", "constant", "nan", "infinite", "huge"],
)
@pytest.mark.parametrize("centre", ["median", "mean"])
def test_poor_data_give_a_figure_that_helps(values: NDArray[np.float64], centre: Centre) -> None:
    figure = draw_curves(curves([arm_series(values)], Direction.MINIMIZE, centre=centre), LOSS, centre=centre)
    checked(figure)
    assert figure.empty == (values.size == 0)


def test_names_with_markup_stay_text() -> None:
    arm = arm_series(RNG.normal(size=(3, 2)), name="<a href='x'>%{y}</a>" + "x" * 300)
    figure = draw_curves(curves([arm], Direction.MAXIMIZE), ACCURACY)
    checked(figure)
    (centre,) = of_role(figure, "centre")
    assert "<a" not in centre["name"]
    assert "%{y}<" not in centre["hovertemplate"]
    assert len(centre["name"]) < 80


def test_an_arm_of_fewer_steps_and_runs_that_end_early_have_their_n_told() -> None:
    long, early = RNG.normal(size=(12, 10)), RNG.normal(size=(12, 10))
    short = arm_series(long[:, :5])
    figure = draw_curves(curves([arm_series(long), short], Direction.MAXIMIZE), ACCURACY, step_name="epoch")
    checked(figure)
    assert figure.layout["xaxis"]["title"]["text"] == "epoch (strip above: n)"
    assert [len(trace["x"]) for trace in of_role(figure, "n")] == [10, 5]
    assert figure.notes[0] == f"n by epoch: {short.name} 12, up to epoch 10; {short.name} 12, up to epoch 5."
    arm = arm_series(early)
    cut = [(steps[:7], values[:7]) for steps, values in arm.series[:3]] + list(arm.series[3:])
    figure = draw_curves(curves([replace(arm, series=cut)], Direction.MAXIMIZE), ACCURACY, step_name="epoch")
    assert figure.notes[0] == f"n by epoch: {arm.name} 9 to 12."
    assert of_role(figure, "n")[0]["y"] == [12] * 7 + [9] * 3


def test_few_steps_have_a_tick_each_and_none_between() -> None:
    few, many = (
        draw_curves(curves([arm_series(RNG.normal(size=(3, steps)))], Direction.MAXIMIZE), ACCURACY)
        for steps in (3, 40)
    )
    assert few.layout["xaxis"]["dtick"] == 1
    assert "dtick" not in many.layout["xaxis"]
    drawn = scale(few.layout["xaxis"], [np.array([1.0, 3.0])], 0, 100)
    assert [text for _, text in drawn.ticks] == ["1", "2", "3"]


def test_running_runs_are_named_beside_the_seeds_and_not_among_them() -> None:
    series = [(np.arange(1, 4), np.array([0.1, 0.2, 0.3]))] * 5
    arm = ArmSeries(0, "base", np.arange(5), np.arange(5), series, running=2)
    drawn = draw_curves(curves([arm], Direction.MAXIMIZE), ACCURACY)
    assert drawn.title.endswith("3 seeds, 2 running")
    assert [trace["name"] for trace in drawn.data if trace["meta"]["role"] == "centre"] == ["base (n = 3, 2 running)"]
    first = ArmSeries(0, "base", np.arange(1), np.arange(1), series[:1], running=1)
    assert draw_curves(curves([first], Direction.MAXIMIZE), ACCURACY).title.endswith("no run finished, 1 running")


def test_the_table_may_hold_every_value_of_every_run() -> None:
    series = [(np.array([1, 3]), np.array([1.0, np.nan])), (np.array([2, 3]), np.array([20.0, 5.0]))]
    numbers = curves([ArmSeries(0, "base", np.array([7, 8]), np.array([0, 1]), series)], Direction.MAXIMIZE)
    table = draw_curves(numbers, ACCURACY, every_run=True).table
    rows = list(zip(*(table[name] for name in ("arm", "run", "seed", "step")), strict=True))
    assert rows == [("base", 7, 0, 1), ("base", 7, 0, 3), ("base", 8, 1, 2), ("base", 8, 1, 3)]
    np.testing.assert_array_equal(table["value"], [1.0, np.nan, 20.0, 5.0])
    np.testing.assert_array_equal(table["n"], [1, 1, 1, 1])


def test_a_value_between_drawn_steps_is_in_the_table_too() -> None:
    steps = np.arange(1000)
    (curve,) = curves([ArmSeries(0, "base", np.arange(1), np.arange(1), [(steps, steps / 7)])], Direction.MAXIMIZE)
    table = draw_curves([curve], ACCURACY, every_run=True).table
    np.testing.assert_array_equal(table["value"], steps / 7)
    assert np.isfinite(table["centre"]).sum() == curve.steps.size < 1000
