from hypothesis import given
from hypothesis import strategies as st

from translator.batching import batches


@given(st.lists(st.integers(0, 300)), st.integers(1, 2000))
def test_every_segment_is_in_one_batch_of_its_own_width(widths: list[int], max_tokens: int) -> None:
    groups = batches(widths, max_tokens=max_tokens)

    assert sorted(index for group in groups for index in group) == list(range(len(widths)))
    for group in groups:
        assert len({widths[index] for index in group}) == 1
        assert len(group) == 1 or sum(widths[index] for index in group) <= max_tokens


def test_long_segments_go_first() -> None:
    assert batches([3, 9, 3, 5], max_tokens=6) == [[1], [3], [0, 2]]
