from __future__ import annotations

import itertools
import threading
from functools import partial

from seedspread.cache import Answers


def test_an_answer_is_kept_until_its_revision_moves() -> None:
    answers, numbers = Answers(), itertools.count()
    found = [answers.get("how many?", lambda: next(numbers), of=revision) for revision in "aabba"]
    assert found == [0, 0, 1, 1, 2]


def test_the_answers_asked_for_longest_ago_make_room() -> None:
    answers, worked_out = Answers(most=2), []

    def ask(question: str) -> None:
        answers.get(question, lambda: worked_out.append(question))

    for question in ("a", "b", "a", "c", "a", "b"):
        ask(question)
    assert worked_out == ["a", "b", "c", "b"]


def test_a_moving_study_takes_no_more_room_than_one_that_stands_still() -> None:
    answers, worked_out = Answers(most=2), []
    answers.get("still", lambda: worked_out.append("still"))
    for revision in range(10):
        answers.get("moving", lambda: None, of=revision)
    answers.get("still", lambda: worked_out.append("again"))
    assert worked_out == ["still"]


def test_threads_may_share_the_answers() -> None:
    answers = Answers(most=5)
    wrong: list[int] = []

    def ask(start: int) -> None:
        questions = [number % 7 for number in range(start, start + 500)]
        wrong.extend(asked for asked in questions if answers.get(asked, partial(int, asked)) != asked)

    threads = [threading.Thread(target=ask, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
