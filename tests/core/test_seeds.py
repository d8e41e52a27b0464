"""Derivation of seeds: pinned, independent by name, in range."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedspread.core.plan import seed_values
from seedspread.core.seeds import MAX_SEED, collisions, derive, derive_bits
from seedspread.core.sources import Source
from seedspread.core.study import SeedRange
from seedspread.errors import InvalidInput

SEEDS = st.integers(0, MAX_SEED)


@pytest.mark.parametrize(
    ("seed", "name", "value"),
    [
        (0, "split", 1118804458),
        (0, "init", 252326672),
        (1, "init", 1897036991),
        (42, "shuffle", 1163397753),
        (MAX_SEED, "dropout", 498167823),
    ],
)
def test_values_are_pinned_for_ever(seed: int, name: str, value: int) -> None:
    assert derive(seed, name) == value


@given(SEEDS, st.text(min_size=1))
def test_values_fit_every_framework(seed: int, name: str) -> None:
    assert 0 <= derive(seed, name) < 2**31


@given(SEEDS)
def test_sources_get_values_of_their_own(seed: int) -> None:
    assert len({derive(seed, source) for source in Source}) == len(Source)


@given(SEEDS, st.integers(1, 256))
def test_wide_values_have_the_bits_asked_for(seed: int, bits: int) -> None:
    assert 0 <= derive_bits(seed, "init", bits) < 2**bits


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="a seed lies in"):
        derive(seed, "init")


def test_a_stream_needs_a_name() -> None:
    with pytest.raises(ValueError, match="name"):
        derive(1, "")


# The first collision among the seeds from 0 on for `init`, found by search.
EARLIER, LATER = 26588, 26989


def test_the_known_collision_is_found() -> None:
    assert derive(EARLIER, Source.INIT) == derive(LATER, Source.INIT)
    assert (EARLIER, LATER) in collisions(range(LATER + 1), Source.INIT)


def test_a_list_with_a_collision_is_refused() -> None:
    with pytest.raises(InvalidInput, match="different values to 'init'"):
        seed_values((EARLIER, 3, LATER), [Source.INIT])


def test_a_range_passes_over_a_collision() -> None:
    seeds = seed_values(SeedRange(count=LATER + 1 - EARLIER, base=EARLIER), [Source.INIT])
    assert LATER not in seeds
    assert seeds[-1] == LATER + 1
