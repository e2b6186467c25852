"""Places: real prefixes, names that agree, address codes of the right width."""

# ruff: noqa: S311 - a seeded chance is what is tested

import re
from random import Random

from mockserver.sample import places

COUNT = 300


def test_there_are_52_provinces_in_order() -> None:
    assert [province.prefix for province in places.PROVINCES] == [f"{n:02d}" for n in range(1, 53)]


def test_postal_codes_lie_in_a_province() -> None:
    codes = [places.postal_code(Random(seed)) for seed in range(COUNT)]
    assert all(re.fullmatch(r"\d{5}", code) and 1000 < int(code) < 53000 for code in codes)
    assert len({code[:2] for code in codes}) > 40


def test_the_province_of_a_postal_code_is_found_from_text_and_number() -> None:
    assert places.province_at(Random(0), "28046") == "Madrid"
    assert places.province_at(Random(0), 1005) == "Álava"
    assert places.locality_at(Random(0), "51001") == "Ceuta"


def test_the_localities_of_a_province_are_found_by_its_name() -> None:
    assert places.locality_in(Random(0), "Melilla") == "Melilla"
    assert places.locality_in(Random(0), "Atlantis") is None


def test_a_postal_code_of_no_province_leads_to_no_name() -> None:
    assert places.province_at(Random(0), "99999") is None
    assert places.locality_at(Random(0), None) is None


def test_a_dwelling_has_37_characters_and_begins_with_its_building() -> None:
    for seed in range(COUNT):
        code = places.gescal37(Random(seed))
        assert len(code) == 37
        assert re.fullmatch(r"\d{17} {9}\d{3}[A-Z]{1,4} +", code)
        assert 1 <= int(code[:2]) <= 52


def test_the_documented_dwelling_has_the_same_form() -> None:
    assert re.fullmatch(r"\d{17} {9}\d{3}[A-Z]{1,4} +", "28000010276800007         006DCHA    ")


def test_a_building_has_17_digits() -> None:
    assert all(re.fullmatch(r"\d{17}", places.gescal17(Random(n))) for n in range(COUNT))


def test_an_address_has_a_letter_and_37_digits() -> None:
    assert all(re.fullmatch(r"[A-Z]\d{37}", places.address_id(Random(n))) for n in range(COUNT))
