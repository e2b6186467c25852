"""Values with a form: documents, bank accounts, telephone lines, equipment, orders.

Each function takes the chance it may use and returns one well-formed value; check characters are
computed, with the rule named beside them. Which member gets which value stands in `telecom`.
"""

from random import Random
from typing import Final

from mockserver.sample.chance import (
    ALPHANUMERIC,
    CONSONANTS,
    HEX,
    UPPER,
    UPPER_HEX,
    below,
    between,
    characters,
    digits,
    pick,
)

# --- documents ---------------------------------------------------------------------------------

# Real Decreto 1553/2005, article 11: the letter is that of the number modulo 23.
NIF_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
NIE_LETTERS: Final = "XYZ"
CIF_LETTERS: Final = "JABCDEFGHI"
CIF_KINDS_WITH_DIGIT: Final = "AABBBBBCDEFGHJUV"  # companies of the forms A and B are the commonest
CIF_KINDS_WITH_LETTER: Final = "NPQRSW"


def nif(rng: Random) -> str:
    """Tax number of a Spaniard, 8 digits and a letter: `12345678Z` (RD 1553/2005, art. 11)."""
    number = between(rng, 1_000_000, 99_999_999)
    return f"{number:08d}{NIF_LETTERS[number % 23]}"


def nie(rng: Random) -> str:
    """Number of a foreigner, `X1234567L`.

    X, Y, Z stand for a leading 0, 1, 2, then the rule of the NIF (Orden INT/2058/2008).
    """
    number = below(rng, 30_000_000)
    first, rest = divmod(number, 10_000_000)
    return f"{NIE_LETTERS[first]}{rest:07d}{NIF_LETTERS[number % 23]}"


def cif(rng: Random) -> str:
    """Tax number of a company: kind, 7 digits, control digit or letter: `A58818501`.

    Control (Decreto 2423/1975; kinds by Orden EHA/451/2008): digits in even places plus the digit
    sums of twice those in odd places; the distance to the next ten. The kinds N, P, Q, R, S and W
    write it as a letter.
    """
    with_letter = below(rng, 8) == 0
    kind = pick(rng, CIF_KINDS_WITH_LETTER if with_letter else CIF_KINDS_WITH_DIGIT)
    number = f"{between(rng, 1, 52):02d}{digits(rng, 5)}"
    doubled = [2 * int(digit) for digit in number[::2]]
    total = sum(int(digit) for digit in number[1::2]) + sum(d // 10 + d % 10 for d in doubled)
    control = -total % 10
    return f"{kind}{number}{CIF_LETTERS[control] if with_letter else control}"


def passport(rng: Random) -> str:
    """A Spanish passport, 3 letters and 6 digits: `PAB123456`."""
    return f"{characters(rng, UPPER, 3)}{digits(rng, 6)}"


def document(rng: Random) -> str:
    """A person's or a company's document; a NIF more often than not."""
    return pick(rng, (nif, nif, nif, nif, nie, cif))(rng)


# --- bank accounts -----------------------------------------------------------------------------

BANKS: Final = ("0049", "0075", "0081", "0128", "0182", "1465", "2080", "2085", "2095", "2100")
CCC_WEIGHTS: Final = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
SPAIN_IN_IBAN: Final = "142800"  # E = 14, S = 28, and two zeros for the check digits


def bank(rng: Random) -> str:
    """Code of a Spanish bank, 4 digits."""
    return pick(rng, BANKS)


def bank_office(rng: Random) -> str:
    """Code of a branch, 4 digits."""
    return f"{between(rng, 1, 9999):04d}"


def account_number(rng: Random) -> str:
    """Number of an account within its branch, 10 digits."""
    return digits(rng, 10)


def ccc_digit(ten: str) -> str:
    """Check digit of ten digits of a CCC (Consejo Superior Bancario, norm 19, annex)."""
    rest = 11 - sum(w * int(d) for w, d in zip(CCC_WEIGHTS, ten, strict=True)) % 11
    return {10: "1", 11: "0"}.get(rest, str(rest))


def ccc_check_digits(entity: str, office: str, account: str) -> str:
    """The two check digits of a CCC: of bank and branch, and of the account."""
    return ccc_digit(f"00{entity}{office}") + ccc_digit(account)


def ccc(rng: Random) -> str:
    """A whole Spanish account, 20 digits: bank, branch, check digits, account."""
    entity, office, account = bank(rng), bank_office(rng), account_number(rng)
    return f"{entity}{office}{ccc_check_digits(entity, office, account)}{account}"


def iban(rng: Random) -> str:
    """A Spanish IBAN, `ES` and 22 digits; check digits by ISO 13616 (98 - n mod 97)."""
    account = ccc(rng)
    return f"ES{98 - int(account + SPAIN_IN_IBAN) % 97:02d}{account}"


# --- lines -------------------------------------------------------------------------------------


def fixed_number(rng: Random) -> str:
    """A Spanish fixed number, 9 digits from 8 or 9 (Plan Nacional de Numeración; no 80x, 90x)."""
    return f"{pick(rng, '8999')}{between(rng, 1, 8)}{digits(rng, 7)}"


def mobile_number(rng: Random) -> str:
    """A Spanish mobile number, 9 digits from 6 or 71 to 74 (Plan Nacional de Numeración)."""
    if below(rng, 4):
        return f"6{digits(rng, 8)}"
    return f"7{between(rng, 1, 4)}{digits(rng, 7)}"


def e164_mobile_number(rng: Random) -> str:
    """A mobile number in E.164 with plus: `+34612345678`."""
    return f"+34{mobile_number(rng)}"


def e164_fixed_number(rng: Random) -> str:
    """A fixed number in E.164 with plus: `+34911234567`."""
    return f"+34{fixed_number(rng)}"


def long_mobile_number(rng: Random) -> str:
    """A mobile number with the country code and no plus: `34612345678`."""
    return f"34{mobile_number(rng)}"


def luhn_digit(number: str) -> str:
    """Check digit of decimal digits (ISO/IEC 7812-1, annex B)."""
    doubled = [2 * int(digit) for digit in number[::-2]]
    total = sum(d // 10 + d % 10 for d in doubled) + sum(int(digit) for digit in number[-2::-2])
    return str(-total % 10)


def iccid(rng: Random) -> str:
    """Serial number of a Spanish SIM, 19 digits (ITU-T E.118: 89, country 34, issuer, Luhn)."""
    body = f"8934{digits(rng, 14)}"
    return body + luhn_digit(body)


def iccid20(rng: Random) -> str:
    """Serial number of a Spanish SIM in the form of 20 digits."""
    body = f"8934{digits(rng, 15)}"
    return body + luhn_digit(body)


def imsi(rng: Random) -> str:
    """Identity of a mobile subscriber, 15 digits: Spain is 214 (ITU-T E.212)."""
    return f"214{digits(rng, 12)}"


def imei(rng: Random) -> str:
    """Identity of a mobile device, 15 digits with the Luhn digit (3GPP TS 23.003, annex B)."""
    body = f"35{digits(rng, 12)}"
    return body + luhn_digit(body)


def ki(rng: Random) -> str:
    """Authentication key of a SIM, 128 bits as 32 upper-case hexadecimal digits."""
    return characters(rng, UPPER_HEX, 32)


def operator_code(rng: Random) -> str:
    """Code of an operator in portability, 5 digits from zeros: `00031`."""
    return f"{between(rng, 1, 999):05d}"


def short_operator_code(rng: Random) -> str:
    """Code of an operator as the mobile API writes it, 4 digits: `0031`."""
    return f"{between(rng, 1, 999):04d}"


# --- equipment and fibre -----------------------------------------------------------------------


def mac_address(rng: Random) -> str:
    """A hardware address that no maker owns (locally administered, unicast; IEEE 802)."""
    pairs = [characters(rng, UPPER_HEX, 2) for _ in range(5)]
    return ":".join(["02", *pairs])


def stb_serial(rng: Random) -> str:
    """Serial number of a set-top box: `ATV4K2403001187`."""
    return f"ATV4K{between(rng, 21, 26)}{between(rng, 1, 12):02d}{digits(rng, 6)}"


def iua(rng: Random) -> str:
    """Identifier of a fibre access, in the shape of `V33904AHB202`."""
    return f"V{digits(rng, 5)}{characters(rng, CONSONANTS, 3)}{digits(rng, 3)}"


def cto(rng: Random) -> str:
    """Name of an optical terminal box: `CTO-2800012-0417`."""
    return f"CTO-{between(rng, 1, 52):02d}{digits(rng, 5)}-{digits(rng, 4)}"


def port(rng: Random) -> str:
    """A port of an optical terminal box, "1" to "16"."""
    return str(between(rng, 1, 16))


def bandwidth(rng: Random) -> str:
    """A symmetrical speed, down and up: `600M_600M`."""
    speed = pick(rng, ("100M", "300M", "600M", "1000M"))
    return f"{speed}_{speed}"


# --- orders and identifiers --------------------------------------------------------------------


def work_order(rng: Random) -> str:
    """A work order of the CRM: `MYSIM_123456`."""
    return f"MYSIM_{between(rng, 100_000, 999_999)}"


def account_id(rng: Random) -> str:
    """A subscription: `ACC_123456`."""
    return f"ACC_{between(rng, 100_000, 999_999)}"


def reference_id(rng: Random) -> str:
    """Reference of a request to TESA: `TESA-000000000001`."""
    return f"TESA-{between(rng, 1, 999_999):012d}"


def entitlement(rng: Random) -> str:
    """Entitlement of a partner, from milliseconds of 2022: `ENT1664367665579`."""
    return f"ENT16{digits(rng, 11)}"


def contract_code(rng: Random) -> str:
    """Code of a contract in portability, 11 digits: `00523826771`."""
    return f"00{digits(rng, 9)}"


def policy_number(rng: Random) -> str:
    """Number of an insurance policy, 16 digits: `3500038700026229`."""
    return f"35{digits(rng, 14)}"


def seller_code(rng: Random) -> str:
    """Code of a seller: `AW001200`."""
    return f"AW{digits(rng, 6)}"


def issue_code(rng: Random) -> str:
    """Code of an issue or an incidence: `I001`."""
    return f"I{between(rng, 1, 40):03d}"


def technician_code(rng: Random) -> str:
    """Code of a technician: `TEC04821`."""
    return f"TEC{digits(rng, 5)}"


def long_number(rng: Random) -> str:
    """16 digits from a digit that is not zero; below 2**53, so exact in any JSON reader."""
    return f"{between(rng, 1, 8)}{digits(rng, 15)}"


def short_number(rng: Random) -> str:
    """7 digits from a digit that is not zero."""
    return f"{between(rng, 1, 9)}{digits(rng, 6)}"


def uuid(rng: Random) -> str:
    """A random UUID, version 4 (RFC 9562, section 5.4)."""
    text = characters(rng, HEX, 30)
    variant = pick(rng, "89ab")
    return f"{text[:8]}-{text[8:12]}-4{text[12:15]}-{variant}{text[15:18]}-{text[18:]}"


def workflow_id(rng: Random) -> str:
    """A workflow, ending like a trace id: `workflow-bf37-f1f7fa04776b`."""
    return f"workflow-{characters(rng, HEX, 4)}-{characters(rng, HEX, 12)}"


def token(rng: Random) -> str:
    """An opaque token, 24 letters and digits."""
    return characters(rng, ALPHANUMERIC, 24)


def coupon(rng: Random) -> str:
    """A short identifier of no known form: two letters and six digits."""
    return f"{characters(rng, CONSONANTS, 2)}{digits(rng, 6)}"
