"""Records: what identifies them."""

from hypothesis import given
from hypothesis import strategies as st

from mockserver.record import identified


def test_an_id_is_the_values_of_its_identity() -> None:
    assert identified("masmovil", "ACC_123456") == "masmovil:ACC_123456"
    assert identified("masmovil", 5) == "masmovil:5"


def test_what_divides_an_id_is_encoded_inside_a_value() -> None:
    assert identified("a:b", "50%") == "a%3Ab:50%25"


PART = st.lists(st.sampled_from(["a", ":", "%", "%3A", "%25"]), max_size=3).map("".join)


@given(
    st.integers(1, 3).flatmap(
        lambda size: st.tuples(*[st.lists(PART, min_size=size, max_size=size)] * 2)
    )
)
def test_no_two_identities_make_the_same_id(both: tuple[list[str], list[str]]) -> None:
    one, other = both

    assert (identified(*one) == identified(*other)) == (one == other)
