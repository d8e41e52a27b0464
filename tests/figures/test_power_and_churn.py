from __future__ import annotations

import numpy as np
import pytest

from seedspread.figures.churn import churn, draw_churn
from seedspread.figures.pairs.power import draw_planner, planner
from tests.figures.drawn import ACCURACY, checked, of_role


def test_the_planner_agrees_with_the_textbook() -> None:
    found = planner(2.0, paired=False, difference=2.0, now=10)
    assert found.needed == 17  # one standard deviation, power 0.8, 5 %
    at_ten = float(found.detectable[found.sizes == 10][0])
    assert at_ten == pytest.approx(2 * 1.32, abs=0.01)
    figure = draw_planner(found, ACCURACY)
    checked(figure)
    assert of_role(figure, "needed")[0]["x"] == [17]
    assert figure.title.startswith("17 seeds per arm")


def test_the_planner_without_a_spread_says_what_it_needs() -> None:
    figure = draw_planner(None, ACCURACY)
    checked(figure)
    assert figure.empty


def test_a_difference_that_needs_a_million_seeds_is_still_drawn() -> None:
    found = planner(1.0, paired=True, difference=1e-5)
    assert found.needed is None
    checked(draw_planner(found, ACCURACY))


def test_churn_counts_examples_by_how_many_seeds_get_them_right() -> None:
    correct = np.array([[1, 1, 0, 0], [1, 0, 0, 1], [1, 1, 0, 0], [1, 1, 0, 0]], dtype=bool)
    found = churn(0, "base", correct)
    assert (found.always, found.never, int(found.counts.sum())) == (1, 1, 4)
    assert found.counts.tolist() == [1, 1, 0, 1, 1]  # right under none, one, two, three, four of the seeds
    pairs = [(i, j) for i in range(4) for j in range(i)]
    assert found.disagreement == pytest.approx(np.mean([(correct[i] != correct[j]).mean() for i, j in pairs]))
    checked(draw_churn([found]))
    assert draw_churn([]).empty
    assert churn(0, "base", correct[:1]).disagreement is None
