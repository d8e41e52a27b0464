from __future__ import annotations

import itertools
import threading
from functools import partial

from seedspread.cache import RevisionCache


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
