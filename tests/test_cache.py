from __future__ import annotations

import asyncio
import itertools
import threading
import time
from functools import partial

from seedspread.cache import RevisionCache, Rounds


def test_a_result_is_cached_until_its_revision_changes() -> None:
    cache, numbers = RevisionCache(), itertools.count()
    results = [cache.get("how many?", lambda: next(numbers), of=revision) for revision in "aabba"]
    assert results == [0, 0, 1, 1, 2]


def test_the_least_recently_used_results_make_room() -> None:
    cache, computed = RevisionCache(size=2), []

    def look_up(key: str) -> None:
        cache.get(key, lambda: computed.append(key))

    for key in ("a", "b", "a", "c", "a", "b"):
        look_up(key)
    assert computed == ["a", "b", "c", "b"]


def test_a_moving_study_takes_no_more_room_than_one_at_rest() -> None:
    cache, computed = RevisionCache(size=2), []
    cache.get("still", lambda: computed.append("still"))
    for revision in range(10):
        cache.get("moving", lambda: None, of=revision)
    cache.get("still", lambda: computed.append("again"))
    assert computed == ["still"]


def test_results_that_together_weigh_too_much_make_room() -> None:
    cache, computed = RevisionCache(weigh=len, most=10), []

    def look_up(key: str, size: int) -> None:
        def compute() -> str:
            computed.append(key)
            return size * "x"

        cache.get(key, compute)

    for key, size in (("a", 6), ("b", 4), ("a", 6), ("c", 5), ("b", 4), ("too heavy", 11), ("too heavy", 11)):
        look_up(key, size)
    assert computed == ["a", "b", "c", "b", "too heavy", "too heavy"]


def test_a_result_whose_time_is_over_is_computed_again() -> None:
    cache, numbers = RevisionCache(), itertools.count()
    results = [cache.get("k", lambda: next(numbers), of=1, still=lambda number: number > 1) for _ in range(4)]
    assert results == [0, 1, 2, 2]


def test_threads_may_share_a_cache() -> None:
    cache = RevisionCache(size=5)
    wrong: list[int] = []

    def look_up(start: int) -> None:
        keys = [number % 7 for number in range(start, start + 500)]
        wrong.extend(key for key in keys if cache.get(key, partial(int, key)) != key)

    threads = [threading.Thread(target=look_up, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_whoever_asks_meanwhile_shares_the_next_answer() -> None:
    computed: list[int] = []
    gate = threading.Event()

    def compute() -> int:
        computed.append(len(computed))
        if len(computed) == 1:
            gate.wait(5)
        return computed[-1]

    async def clients() -> list[int]:
        rounds = Rounds()
        first = asyncio.create_task(rounds.get("a", compute))
        while not computed:
            await asyncio.sleep(0.001)
        others = [asyncio.create_task(rounds.get("a", compute)) for _ in range(20)]
        await asyncio.sleep(0)
        others[0].cancel()  # whoever goes away takes nothing from the others
        gate.set()
        answers = [await first, *await asyncio.gather(*others[1:])]
        assert await rounds.get("a", compute) == 2
        assert await rounds.get("b", lambda: "another") == "another"
        assert not rounds._rounds
        return answers

    # Nobody gets what was computed before it asked, and nineteen share one computation.
    assert asyncio.run(clients()) == [0] + [1] * 19


def test_an_error_reaches_all_who_wait_and_no_one_else() -> None:
    async def clients() -> None:
        rounds = Rounds()
        outcomes: list[object] = [ZeroDivisionError("first"), ZeroDivisionError("second"), "fine"]

        def compute() -> object:
            time.sleep(0.01)
            outcome = outcomes.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        asked = [asyncio.create_task(rounds.get("a", compute)) for _ in range(4)]
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert list(map(str, results)) == ["first", "second", "second", "second"]
        assert await rounds.get("a", compute) == "fine"

    asyncio.run(clients())
