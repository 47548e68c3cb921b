"""Ratios and their intervals."""

import pytest

from benchmarks.intervals import paired_ratio, percentile, unpaired_ratio


def test_paired_ratio_of_a_constant_factor_is_exact() -> None:
    ratio = paired_ratio([30.0, 3.0, 300.0], [10.0, 1.0, 100.0])
    assert (ratio.value, ratio.low, ratio.high) == (3.0, 3.0, 3.0)


def test_interval_holds_the_value_and_widens_with_scatter() -> None:
    calm, wild = paired_ratio([2.0, 2.1, 1.9], [1.0, 1.0, 1.0]), paired_ratio([1.0, 2.0, 8.0], [1.0, 1.0, 1.0])
    assert calm.low <= calm.value <= calm.high
    assert wild.high / wild.low > calm.high / calm.low


def test_unpaired_ratio_does_not_need_equal_counts() -> None:
    assert unpaired_ratio([4.0, 4.0], [2.0, 2.0, 2.0]).value == 2.0


def test_nothing_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="no measurements"):
        paired_ratio([], [])
    with pytest.raises(ValueError, match="no measurements"):
        unpaired_ratio([1.0], [])


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.0, 1)])
def test_percentile(share: float, value: int) -> None:
    assert percentile(range(100, 0, -1), share) == value
