"""What a name says: the look-up, and the table of the trade."""

# ruff: noqa: S311 - a seeded chance is what is tested

import re
from random import Random

import pytest

from mockserver.sample import names, telecom
from mockserver.sample.chance import Maker

# What each name must look like; the forms are those of the contracts' samples.
FORMS = {
    "phoneNumber": r"\d{9}",
    "number": r"\d{9}",
    "originNumber": r"[89]\d{8}",
    "msisdn": r"[67]\d{8}",
    "documentNumber": r"[A-Z0-9]{9}",
    "document_id": r"[A-Z0-9]{9}",
    "gescal": r"\d{17} {9}\d{3}[A-Z]{1,4} +",
    "gescal37": r".{37}",
    "technicalId": r".{37}",
    "addressId": r"[A-Z]\d{37}",
    "iua": r"V\d{5}[A-Z]{3}\d{3}",
    "iccid": r"8934\d{15}",
    "imsi": r"214\d{12}",
    "imei": r"\d{15}",
    "ki": r"[0-9A-F]{32}",
    "macAddress": r"[0-9A-F]{2}(:[0-9A-F]{2}){5}",
    "serialNumber": r"ATV4K\d{10}",
    "postalCode": r"\d{5}",
    "zipCode": r"\d{5}",
    "código_postal": r"\d{5}",
    "netflix_email": r".+@example\.(com|net|org)",
    "clientPostalCode": r"\d{5}",
    "AmazonMSISDN": r"[67]\d{8}",
    "brand": r"[A-Z]+",
    "cto": r"CTO-\d{7}-\d{4}",
    "ctoPort": r"\d{1,2}",
    "cto_port": r"\d{1,2}",
    "externalReference": r"MYSIM_\d{6}",
    "external_reference": r"MYSIM_\d{6}",
    "ftthWorkOrderId": r"MYSIM_\d{6}",
    "service_id": r"ACC_\d{6}",
    "serviceId": r"ACC_\d{6}",
    "referenceId": r"TESA-\d{12}",
    "reference_ids": r"TESA-\d{12}",
    "bandwidth": r"(\d+M)_\1",
    "sfid": r"AW\d{6}",
    "entity": r"\d{4}",
    "officeCode": r"\d{4}",
    "dc": r"\d{2}",
    "accountNumber": r"\d{10}",
    "iban": r"ES\d{22}",
    "activation_url": r"https://\S+",
    "firstName": r"\D+",
    "apellidos": r"\D+ \D+",
    "clientName": r"\D+ \D+ \D+",
    "teléfono": r"\d{9}",
    "provincia": r"\D+",
}


@pytest.mark.parametrize(("name", "form"), FORMS.items())
def test_a_known_name_gives_values_of_its_form(name: str, form: str) -> None:
    maker = names.named(name, "")[0]
    assert all(re.fullmatch(form, maker(Random(seed))) for seed in range(30))


@pytest.mark.parametrize(
    ("parent", "name", "form"),
    [
        ("operator", "code", r"\d{5}"),
        ("operator", "name", r"[A-Z]+"),
        ("msisdn", "number", r"[67]\d{8}"),
        ("donor", "operator", r"\d{4}"),
        ("documentId", "value", r"[A-Z0-9]{9}"),
        ("products", "id", r"[A-Z_]+"),
        ("productsToAdd", "id", r"[A-Z_]+"),
    ],
)
def test_a_member_of_a_known_parent_goes_before_the_member_alone(
    parent: str, name: str, form: str
) -> None:
    maker = names.named(name, parent)[0]
    assert all(re.fullmatch(form, maker(Random(seed))) for seed in range(30))


def test_an_unknown_name_has_no_maker() -> None:
    assert names.named("wibble", "") == ()
    assert names.hinted("wibble") == ()
    assert names.numbered("wibble", "") is None
    assert names.followed("wibble", "") == ()
    assert not names.steers("wibble")


def test_a_name_is_matched_without_case_accents_and_separators() -> None:
    assert names.named("Dirección-", "") is names.named("direccion", "")


TABLES = (telecom.NAMES, telecom.ENDINGS, telecom.HINTS, telecom.NUMBERS, telecom.FOLLOWERS)


def test_the_tables_are_written_in_normalised_names() -> None:
    for table in TABLES:
        for key in table:
            assert key == ".".join(names.normalised(part) for part in key.split("."))


ALL = [(key, makers) for table in TABLES[:3] for key, makers in table.items()]


@pytest.mark.parametrize(("key", "makers"), ALL)
def test_every_maker_of_the_tables_gives_text(key: str, makers: tuple[Maker, ...]) -> None:
    for maker in makers:
        text = maker(Random(1))
        assert isinstance(text, str), key
        assert text, key


def test_every_maker_of_numbers_gives_numbers() -> None:
    for key, maker in telecom.NUMBERS.items():
        assert type(maker(Random(1))) in (int, float), key


@pytest.mark.parametrize(("kind", "form"), [("NIF", r"\d{8}[A-Z]"), ("nie", r"[XYZ]\d{7}[A-Z]")])
def test_a_document_follows_its_kind(kind: str, form: str) -> None:
    (rule,) = names.followed("document_number", "customer")
    text = rule.make(Random(1), kind)
    assert isinstance(text, str)
    assert re.fullmatch(form, text)


def test_a_document_of_an_unknown_kind_is_left_as_it_is() -> None:
    (rule,) = names.followed("documentNumber", "")
    assert rule.make(Random(1), "LIBRARY_CARD") is None


def test_check_digits_follow_the_other_parts_of_the_account() -> None:
    (rule,) = names.followed("dc", "")
    assert rule.make(Random(1), "2100", "0418", "0200051332") == "45"
    assert rule.make(Random(1), "2100", "418", "0200051332") is None


def test_what_is_left_of_a_limit_follows_from_it() -> None:
    (rule,) = names.followed("subscriptions_allowed", "specific_limits")
    assert rule.make(Random(1), 3, 2) == 1
    assert rule.make(Random(1), 1, 2) == 0
