"""Which member gets which value: the names of Spanish telecom, in English and Spanish. Data only.

The walk over schemas knows nothing of this vocabulary, it asks `names`, which reads these tables;
another trade is another table. Keys are names without case, accents and separators; one with a dot
is the member of a parent. The names come from the contracts (`x-provenance` there says how sure
each is) and from common usage.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final, NamedTuple

from mockserver.message import Json
from mockserver.sample import formats, people, places, values
from mockserver.sample.chance import Maker, between, either, one_of

NumberMaker = Callable[[Random], int | float]


def count(low: int, high: int) -> NumberMaker:
    """A maker of integers from `low` to `high`."""
    return lambda rng: between(rng, low, high)


def cents(low: int, high: int) -> NumberMaker:
    """A maker of amounts with two decimals, from `low` to `high` hundredths."""
    return lambda rng: between(rng, low, high) / 100


BRANDS: Final = one_of("MASMOVIL", "YOIGO", "ORANGE", "PEPEPHONE", "EUSKALTEL", "JAZZTEL", "SIMYO")
CARRIERS: Final = one_of("MASMOVIL", "XTRA", "ORANGE", "TELEFONICA", "VODAFONE", "DIGI", "AVATEL")
TENANTS: Final = one_of("masmovil", "yoigo", "pepephone", "euskaltel", "telecable", "racctel")
TV_PRODUCTS: Final = one_of("AGILE_TV_FAMILIA", "AGILE_TV_CINE", "AGILE_TV_DEPORTE", "MAX_AVOD")
DATA_PLANS: Final = one_of("INFINITA2", "INFINITA5", "SIN_FIN10", "DATOS20", "DATOS50")
DEVICES: Final = {
    "Galaxy S22": "Samsung",
    "Galaxy A54": "Samsung",
    "iPhone 14": "Apple",
    "Redmi Note 12": "Xiaomi",
    "Pixel 8": "Google",
    "Reno10": "OPPO",
}
DOCUMENTS: Final[Mapping[str, Maker]] = {
    "NIF": values.nif,
    "DNI": values.nif,
    "NIE": values.nie,
    "TR": values.nie,  # a residence card carries the NIE
    "CIF": values.cif,
    "PASSPORT": values.passport,
    "PASAPORTE": values.passport,
}

# Alternatives of one name: where the contract has an example, the first that can look like it is
# taken; without one, the first.
PHONE: Final = (
    either(values.fixed_number, values.mobile_number),
    either(values.e164_mobile_number, values.e164_fixed_number),
    values.long_mobile_number,
)
FIXED: Final = (values.fixed_number, values.e164_fixed_number)
MOBILE: Final = (values.mobile_number, values.e164_mobile_number, values.long_mobile_number)
DOCUMENT: Final = (values.document, values.passport)
GESCAL: Final = (places.gescal37, places.gescal17)
PERSON: Final = (people.full_name,)
POSTAL: Final = (places.postal_code,)
WORK_ORDER: Final = (values.work_order,)
UUID: Final = (values.uuid,)
DATE: Final = (formats.date, formats.date_time)
INSTANT: Final = (formats.date_time, formats.date)

_CATALOGUE: Final = [
    f"{list_}{change}" for list_ in ("product", "addon") for change in ("", "stoadd", "stodelete")
]

# Names whose value has a form that everybody knows.
NAMES: Final[Mapping[str, tuple[Maker, ...]]] = {
    # people and companies
    **dict.fromkeys(("firstname", "givenname", "nombre", "middlename"), (people.first_name,)),
    **dict.fromkeys(("lastname", "surname", "familyname", "apellidos"), (people.last_names,)),
    **dict.fromkeys(
        ("lastname1", "lastname2", "apellido", "apellido1", "apellido2"), (people.last_name,)
    ),
    **dict.fromkeys(
        ("name", "fullname", "clientname", "customername", "holder", "titular", "nombrecompleto"),
        PERSON,
    ),
    "donor.name": (people.first_name,),
    "customer.name": (people.first_name,),
    **dict.fromkeys(
        ("enterprise", "company", "companyname", "empresa", "razonsocial"), (people.company,)
    ),
    **dict.fromkeys(("username", "login", "usuario"), (people.user_name,)),
    "password": (formats.password,),
    "contrasena": (formats.password,),
    "nationality": (one_of("Spanish", "Portuguese", "French", "Italian", "Romanian"),),
    **dict.fromkeys(("birthdate", "dateofbirth", "fechanacimiento"), (formats.birth_date,)),
    # documents
    **dict.fromkeys(
        ("documentnumber", "documentid", "documentid.value", "numerodocumento", "documento"),
        DOCUMENT,
    ),
    "nif": (values.nif,),
    "dni": (values.nif,),
    "nie": (values.nie,),
    "cif": (values.cif,),
    "passport": (values.passport,),
    "pasaporte": (values.passport,),
    # accounts
    "iban": (values.iban,),
    "ccc": (values.ccc,),
    "entity": (values.bank,),
    "officecode": (values.bank_office,),
    "dc": (one_of("45", "06", "13", "30", "91"),),
    "accountnumber": (values.account_number,),
    # lines
    **dict.fromkeys(
        ("number", "phone", "phonenumber", "telephone", "telefono", "contactphone"), PHONE
    ),
    **dict.fromkeys(("originnumber", "fixednumber", "landline", "fijo", "telefonofijo"), FIXED),
    "msisdn": MOBILE,
    "msisdn.number": (values.mobile_number,),
    **dict.fromkeys(("mobile", "mobilenumber", "mobilephone", "movil", "telefonomovil"), MOBILE),
    "countrycode": (one_of("34"), one_of("ES")),
    "iccid": (values.iccid, values.iccid20),
    "imsi": (values.imsi,),
    "imei": (values.imei,),
    "ki": (values.ki,),
    "operator": (values.operator_code, values.short_operator_code, CARRIERS),
    "donor.operator": (values.short_operator_code, values.operator_code),
    "operator.code": (values.operator_code, values.short_operator_code),
    "operator.name": (CARRIERS,),
    "contractcode": (values.contract_code,),
    "cutoverwindow": DATE,
    "dataplan": (DATA_PLANS,),
    # places
    "gescal": GESCAL,
    "gescal37": (places.gescal37,),
    "gescal17": (places.gescal17,),
    "technicalid": GESCAL,
    "addressid": (places.address_id,),
    **dict.fromkeys(("postalcode", "zipcode", "zip", "postcode", "codigopostal", "cp"), POSTAL),
    "address": (people.street_address, people.street),
    "direccion": (people.street_address, people.street),
    "street": (people.street,),
    "calle": (people.street,),
    **dict.fromkeys(
        (
            "city",
            "town",
            "locality",
            "municipality",
            "localidad",
            "municipio",
            "poblacion",
            "ciudad",
        ),
        (places.locality,),
    ),
    "province": (places.province,),
    "provincia": (places.province,),
    "country": (one_of("ES"), one_of("España"), one_of("ESP")),
    "pais": (one_of("España"), one_of("ES"), one_of("ESP")),
    "partnerchargecountry": (one_of("ES"),),
    "preferredlanguage": (one_of("es-ES", "ca-ES", "eu-ES", "gl-ES"), one_of("es", "ca", "eu")),
    "language": (one_of("es", "ca", "eu", "ga"), one_of("es-ES", "ca-ES", "eu-ES")),
    "idioma": (one_of("es", "ca", "eu", "ga"), one_of("es-ES", "ca-ES", "eu-ES")),
    # fibre and equipment
    "iua": (values.iua,),
    "cto": (values.cto,),
    "ctoidentifier": (values.cto,),
    **dict.fromkeys(("port", "ctoport", "puerto"), (values.port,)),
    "bandwidth": (values.bandwidth,),
    "technology": (one_of("FTTH", "ADSL"),),
    "territoryowner": (one_of("FIBNEB01", "FIBMM01"), one_of("NEBA", "VULA_COMMERCIAL")),
    "macaddress": (values.mac_address,),
    "mac": (values.mac_address,),
    "serialnumber": (values.stb_serial,),
    "numeroserie": (values.stb_serial,),
    "stbreference": (one_of("STB-4K-ATV", "STB-4K-ZTE", "STB-HD-ARR"),),
    "techniciancode": (values.technician_code,),
    # orders and subscriptions
    **dict.fromkeys(
        ("externalreference", "ftthworkorderid", "workorderid", "workorder"), WORK_ORDER
    ),
    "serviceid": (values.account_id, values.long_number),
    "ftthserviceid": (values.account_id,),
    "referenceid": (values.reference_id,),
    "issuecode": (values.issue_code,),
    "incidence": (values.issue_code,),
    "subscriptionid": (values.account_id, values.entitlement, values.uuid),
    "partneraccountid": (values.long_number,),
    "trxid": (values.long_number,),
    **dict.fromkeys(("subid", "billingeventid", "runid"), UUID),
    "workflowid": (values.workflow_id, values.uuid),
    "policynumber": (values.policy_number,),
    "sfid": (values.seller_code,),
    # brands, offers, devices
    "brand": (BRANDS, one_of("Masmovil", "Yoigo", "Orange")),
    "telcobrand": (one_of("Masmovil", "Yoigo", "Orange", "Pepephone", "Euskaltel"),),
    "marca": (BRANDS,),
    **dict.fromkeys(("org", "orgid", "organization"), (TENANTS,)),
    "model": (one_of(*DEVICES),),
    "modelo": (one_of(*DEVICES),),
    "productcode": (TV_PRODUCTS,),
    "productname": (one_of("MAX Ad VOD", "HBO", "Agile TV Familia", "Prime Video"),),
    "product.name": (one_of("MAX Ad VOD", "HBO", "Agile TV Familia", "Prime Video"),),
    "product.code": (TV_PRODUCTS,),
    **{f"{parent}.id": (TV_PRODUCTS,) for parent in _CATALOGUE},
    # formats that were not declared
    "uuid": UUID,
    "url": (formats.uri,),
    "uri": (formats.uri,),
    "ip": (formats.ipv4,),
    "ipaddress": (formats.ipv4,),
    "hostname": (formats.hostname,),
    **dict.fromkeys(
        ("created", "createdat", "updated", "updatedat", "lastupdated", "expiredate"), INSTANT
    ),
    "currency": (one_of("EUR"),),
    "moneda": (one_of("EUR"),),
}

# Endings that are as good as a name: `netflix_email`, `AmazonMSISDN`, `clientPostalCode`.
ENDINGS: Final[Mapping[str, tuple[Maker, ...]]] = {
    **dict.fromkeys(("email", "correo", "correoelectronico", "mail"), (people.email,)),
    **dict.fromkeys(("phone", "phonenumber", "telefono"), PHONE),
    "msisdn": MOBILE,
    "iccid": NAMES["iccid"],
    "imsi": NAMES["imsi"],
    "imei": NAMES["imei"],
    "iban": NAMES["iban"],
    "url": (formats.uri,),
    "uuid": UUID,
    "postalcode": POSTAL,
    "zipcode": POSTAL,
    "firstname": NAMES["firstname"],
    "lastname": NAMES["lastname"],
    "macaddress": NAMES["macaddress"],
    "gescal": GESCAL,
}

# Endings that say something where the contract has no example.
HINTS: Final[Mapping[str, tuple[Maker, ...]]] = {
    **dict.fromkeys(
        ("id", "identifier", "code", "codigo", "reference", "referencia"), (values.coupon,)
    ),
    "number": (values.short_number,),
    "numero": (values.short_number,),
    "token": (values.token,),
    "key": (values.token,),
    "date": INSTANT,
    "fecha": INSTANT,
    **dict.fromkeys(("uri", "ref", "issuer", "endpoint"), (formats.uri,)),
    "product": (TV_PRODUCTS,),
    **dict.fromkeys(
        (
            "message",
            "description",
            "descripcion",
            "details",
            "detailmsg",
            "comments",
            "comentarios",
            "observations",
            "observaciones",
            "reason",
            "motivo",
        ),
        (people.sentence,),
    ),
    "state": (one_of("ACTIVE", "SUSPENDED"),),
    "status": (one_of("ACTIVE", "PENDING"),),
    "estado": (one_of("ACTIVE", "PENDING"),),
    "segment": (one_of("Consumer", "SelfEmployee", "SME", "B2B"),),
    "customertype": (one_of("RESIDENTIAL", "BUSINESS"),),
    "messagetype": (one_of("ACK", "PROCESSED", "INCIDENCE"),),
    "requesttype": (one_of("NEBA", "VULA"),),
    "indicator": (one_of("OK", "KO"),),
    "test": (one_of("OK", "KO"),),
    "owner": (one_of("TESA", "OPERATOR"),),
    "channel": (one_of("WEB", "STB", "CARE"),),
    "tv": (one_of("OTT", "IPTV", "IPTV+OTT"),),
}

# Members that are numbers by nature; identifiers written as numbers are made from `NAMES`.
NUMBERS: Final[Mapping[str, NumberMaker]] = {
    "price": cents(4_990, 129_900),
    "precio": cents(4_990, 129_900),
    "amount": cents(500, 30_000),
    "importe": cents(500, 30_000),
    "spendinglimit": count(10, 300),
    "totallimit": count(4, 10),
    "limit": count(4, 10),
    "totalactivesubscriptions": count(0, 4),
    "activesubscriptions": count(0, 4),
    "totalsubscriptionsallowed": count(0, 6),
    "subscriptionsallowed": count(0, 6),
    "requestnumber": count(1_000_000, 9_999_999),
    "subrequestnumber": count(1, 9),
    "sequencenumber": count(1, 20),
    "issuesequence": count(1, 9),
    "id": count(1, 9_999),
    **dict.fromkeys(("starts", "renews", "expires"), formats.unix_seconds),
    "expiresin": lambda _rng: 3600,
    "latitude": lambda rng: between(rng, 36_000_000, 43_500_000) / 1_000_000,
    "longitude": lambda rng: between(rng, -9_000_000, 3_000_000) / 1_000_000,
}


class Follow(NamedTuple):
    """How a member agrees with its siblings.

    Attributes:
        leaders: Names of the siblings, all of which must be there.
        make: `(rng, *their values) -> value`, None when their values lead to nothing.
    """

    leaders: tuple[str, ...]
    make: Callable[..., str | int | None]


def _document_of(rng: Random, kind: Json) -> str | None:
    maker = DOCUMENTS.get(str(kind).upper())
    return maker(rng) if maker else None


def _check_digits(_rng: Random, entity: Json, office: Json, account: Json) -> str | None:
    texts = [str(entity), str(office), str(account)]
    if [len(text) for text in texts] != [4, 4, 10] or not "".join(texts).isdecimal():
        return None
    return values.ccc_check_digits(*texts)


def _brand_of(_rng: Random, model: Json) -> str | None:
    return DEVICES.get(str(model))


def _rest(_rng: Random, limit: Json, used: Json) -> int | None:
    """What is left of a limit: 4 - 2 = 2 in the sample of the subscription limits."""
    return max(limit - used, 0) if isinstance(limit, int) and isinstance(used, int) else None


_AT_POSTAL_CODE: Final = ("postalcode", "zipcode", "codigopostal", "cp")
FOLLOWERS: Final[Mapping[str, tuple[Follow, ...]]] = {
    "documentnumber": (Follow(("documenttype",), _document_of),),
    "documentid": (Follow(("documenttype",), _document_of),),
    "documentid.value": (Follow(("type",), _document_of),),
    "numerodocumento": (Follow(("tipodocumento",), _document_of),),
    "dc": (Follow(("entity", "officecode", "accountnumber"), _check_digits),),
    "totalsubscriptionsallowed": (Follow(("totallimit", "totalactivesubscriptions"), _rest),),
    "subscriptionsallowed": (Follow(("limit", "activesubscriptions"), _rest),),
    "brand": (Follow(("model",), _brand_of),),
    "marca": (Follow(("modelo",), _brand_of),),
    **{
        name: tuple(Follow((code,), places.province_at) for code in _AT_POSTAL_CODE)
        for name in ("province", "provincia")
    },
    **{
        name: (
            *(Follow((province,), places.locality_in) for province in ("province", "provincia")),
            *(Follow((code,), places.locality_at) for code in _AT_POSTAL_CODE),  # these go last
        )
        for name in ("locality", "city", "localidad", "municipio", "poblacion", "ciudad")
    },
}
