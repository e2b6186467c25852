"""Numbered things: forms, and check characters by formulas written independently."""

# ruff: noqa: S311 - a seeded chance is what is tested

import re
from collections.abc import Callable
from random import Random

import pytest

from mockserver.sample import values

COUNT = 300


def many(maker: Callable[[Random], str]) -> list[str]:
    return [maker(Random(seed)) for seed in range(COUNT)]


def luhn_holds(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit)
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def nif_letter(number: int) -> str:
    """By looking for the letter in the published table, written as pairs of rest and letter."""
    pairs = "0T 1R 2W 3A 4G 5M 6Y 7F 8P 9D 10X 11B 12N 13J 14Z 15S 16Q 17V 18H 19L 20C 21K 22E"
    table = {int(pair[:-1]): pair[-1] for pair in pairs.split(" ")}
    return table[number - 23 * (number // 23)]


def cif_control(seven: str) -> int:
    odd = sum(sum(map(int, str(int(digit) * 2))) for digit in seven[0::2])
    even = sum(map(int, seven[1::2]))
    return (10 - (odd + even) % 10) % 10


def iban_holds(iban: str) -> bool:
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def ccc_holds(account: str) -> bool:
    def digit(ten: str) -> int:
        total = sum(int(d) * (2**place % 11) for place, d in enumerate(ten))
        rest = 11 - total % 11
        return 0 if rest == 11 else 1 if rest == 10 else rest

    return account[8:10] == f"{digit('00' + account[:8])}{digit(account[10:])}"


def test_the_independent_formulas_know_published_numbers() -> None:
    assert nif_letter(12345678) == "Z"
    assert cif_control("5881850") == 1
    assert iban_holds("ES9121000418450200051332")
    assert ccc_holds("21000418450200051332")
    assert luhn_holds("4111111111111111")


def test_a_nif_has_the_letter_of_its_number() -> None:
    for nif in many(values.nif):
        assert re.fullmatch(r"\d{8}[A-Z]", nif)
        assert nif[-1] == nif_letter(int(nif[:-1]))


def test_a_nie_has_the_letter_of_its_number_with_its_first_letter_as_a_digit() -> None:
    drawn = many(values.nie)
    assert {nie[0] for nie in drawn} == {"X", "Y", "Z"}
    for nie in drawn:
        assert re.fullmatch(r"[XYZ]\d{7}[A-Z]", nie)
        assert nie[-1] == nif_letter(int(str("XYZ".index(nie[0])) + nie[1:-1]))


def test_a_cif_has_the_control_that_its_kind_of_company_asks_for() -> None:
    drawn = many(values.cif)
    assert {cif[-1].isdecimal() for cif in drawn} == {True, False}
    for cif in drawn:
        control = cif_control(cif[1:8])
        assert cif[-1] == ("JABCDEFGHI"[control] if cif[0] in "KNPQRSW" else str(control))


def test_a_passport_has_three_letters_and_six_digits() -> None:
    assert all(re.fullmatch(r"[A-Z]{3}\d{6}", text) for text in many(values.passport))


def test_an_iban_and_the_account_in_it_have_right_check_digits() -> None:
    for iban in many(values.iban):
        assert re.fullmatch(r"ES\d{22}", iban)
        assert iban_holds(iban)
        assert ccc_holds(iban[4:])


def test_a_known_account_gets_its_known_check_digits() -> None:
    assert values.ccc_check_digits("2100", "0418", "0200051332") == "45"


@pytest.mark.parametrize(("maker", "size"), [(values.iccid, 19), (values.iccid20, 20)])
def test_an_iccid_is_spanish_and_ends_in_the_luhn_digit(
    maker: Callable[[Random], str], size: int
) -> None:
    for iccid in many(maker):
        assert re.fullmatch(rf"8934\d{{{size - 4}}}", iccid)
        assert luhn_holds(iccid)


def test_an_imei_ends_in_the_luhn_digit() -> None:
    assert all(re.fullmatch(r"\d{15}", imei) and luhn_holds(imei) for imei in many(values.imei))


def test_numbers_of_lines_obey_the_numbering_plan() -> None:
    assert all(re.fullmatch(r"[89][1-8]\d{7}", text) for text in many(values.fixed_number))
    assert all(re.fullmatch(r"(6\d|7[1-4])\d{7}", text) for text in many(values.mobile_number))
    for maker in (values.e164_fixed_number, values.e164_mobile_number):
        assert all(re.fullmatch(r"\+34[6-9]\d{8}", text) for text in many(maker))


@pytest.mark.parametrize(
    ("maker", "form"),
    [
        (values.imsi, r"214\d{12}"),
        (values.ki, r"[0-9A-F]{32}"),
        (values.iua, r"V\d{5}[A-Z]{3}\d{3}"),
        (values.cto, r"CTO-\d{7}-\d{4}"),
        (values.work_order, r"MYSIM_\d{6}"),
        (values.account_id, r"ACC_\d{6}"),
        (values.reference_id, r"TESA-\d{12}"),
        (values.entitlement, r"ENT\d{13}"),
        (values.contract_code, r"00\d{9}"),
        (values.policy_number, r"\d{16}"),
        (values.seller_code, r"AW\d{6}"),
        (values.operator_code, r"\d{5}"),
        (values.short_operator_code, r"\d{4}"),
        (values.bandwidth, r"(\d+M)_\1"),
        (values.mac_address, r"02(:[0-9A-F]{2}){5}"),
        (values.stb_serial, r"ATV4K\d{10}"),
        (values.uuid, r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        (values.workflow_id, r"workflow-[0-9a-f]{4}-[0-9a-f]{12}"),
        (values.issue_code, r"I\d{3}"),
    ],
)
def test_an_identifier_has_its_form(maker: Callable[[Random], str], form: str) -> None:
    assert all(re.fullmatch(form, text) for text in many(maker))


def test_ports_are_those_of_a_terminal_box() -> None:
    assert set(many(values.port)) == {str(port) for port in range(1, 17)}


def test_long_numbers_are_exact_in_every_reader_of_json() -> None:
    assert all(int(text) < 2**53 and len(text) == 16 for text in many(values.long_number))
