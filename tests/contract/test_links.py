"""Which resource was created, and which one a request names: by exchanges as they are sent."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.check import Checker
from mockserver.contract.expressions import Expression, Outcome
from mockserver.contract.links import Resource, addressed, created, named
from mockserver.contract.load import load
from mockserver.contract.operation import Contract, Operation
from mockserver.contract.replies import DocumentedReply, Link
from mockserver.contract.table import Table
from mockserver.message import ABSENT, Json, Request, text_of

ContractOf = Callable[..., Contract]

SPECS = Path(__file__).parents[2] / "specs"
STEMS = sorted(file.stem for file in SPECS.glob("*.yaml"))


def sent(
    contract: Contract, method: str, target: str, body: Json = ABSENT, *, checked: bool = True
) -> tuple[Operation, Request, tuple[bytes, ...]]:
    """A request as the engine has it, with its operation and the raw values of its path."""
    path, _, query = target.encode().partition(b"?")
    raw = b"" if body is ABSENT else orjson.dumps(body)
    headers = {b"content-type": b"application/json", b"request-correlation-id": b"c-1"}
    request = Request(method, path, query, headers, raw)
    match = Table(contract.operations).find(path)
    assert match is not None
    operation = match[0].methods[method]
    if checked:
        refusal = Checker(operation, None).check(request, match[1])
        assert refusal is None, refusal.violations
    return operation, request, match[1]


def made(
    contract: Contract, method: str, target: str, body: Json, status: int, reply: Json
) -> list[Resource]:
    operation, request, _ = sent(contract, method, target, body)
    return list(created(operation, request, status, lambda: reply))


def asked(contract: Contract, method: str, target: str, body: Json = ABSENT) -> list[Resource]:
    """What a request names; the same whether its path was parsed before or not."""
    operation, request, values = sent(contract, method, target, body)
    operation, unread, _ = sent(contract, method, target, body, checked=False)
    found = list(named(operation, request))
    assert list(named(operation, unread, values)) == found
    assert list(named(operation, request, values)) == found
    assert list(named(operation, unread)) == []
    return found


def parameter(name: str, kind: str = "string") -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def shop(kind: str = "string", codes: Json = None) -> Json:
    """Orders that are made with an id of the reply, and lines of an order."""
    parameters = {"orderId": "$response.body#/id"}
    links = {"read": {"operationId": "read", "parameters": parameters}}
    replies = {"201": {"description": "made", "links": links}} | (codes or {})
    body: Json = {"content": {"application/json": {"schema": {}}}}
    ok = {"responses": {"200": {"description": "ok"}}}
    order = [parameter("orderId", kind)]
    return {
        "/orders": {
            "post": {"operationId": "make", "requestBody": body, "responses": replies},
            "get": ok,
        },
        "/orders/{orderId}": {"get": ok | {"operationId": "read", "parameters": order}},
        "/orders/{orderId}/lines/{line}": {
            "get": ok | {"parameters": [*order, parameter("line")]},
        },
    }


# created


def test_a_creation_says_what_it_made(contract_of: ContractOf) -> None:
    contract = contract_of(shop())
    assert made(contract, "POST", "/orders", {}, 201, {"id": "o-1"}) == [
        ("sample", "orderId", "o-1")
    ]


@pytest.mark.parametrize(
    "reply", [{}, {"id": None}, {"id": ""}, {"id": []}, {"id": {"id": "o-1"}}, [], "o-1", None]
)
def test_a_reply_without_the_id_says_nothing(contract_of: ContractOf, reply: Json) -> None:
    assert made(contract_of(shop()), "POST", "/orders", {}, 201, reply) == []
    assert made(contract_of(shop()), "POST", "/orders", {}, 201, ABSENT) == []


def test_only_an_accepted_request_makes_something(contract_of: ContractOf) -> None:
    links = shop()["/orders"]["post"]["responses"]["201"]["links"]
    contract = contract_of(shop(codes={"default": {"description": "any", "links": links}}))
    for status in (200, 201, 299, 303, 399):
        assert len(made(contract, "POST", "/orders", {}, status, {"id": "o-1"})) == 1
    for status in (100, 199, 400, 404, 500):
        assert made(contract, "POST", "/orders", {}, status, {"id": "o-1"}) == []


def test_a_status_without_links_makes_nothing(contract_of: ContractOf) -> None:
    contract = contract_of(shop(codes={"202": {"description": "later"}}))
    assert made(contract, "POST", "/orders", {}, 202, {"id": "o-1"}) == []
    assert made(contract, "POST", "/orders", {}, 204, {"id": "o-1"}) == []


def test_an_operation_that_creates_nothing_costs_nothing(contract_of: ContractOf) -> None:
    contract = contract_of(shop())
    operation, request, values = sent(contract, "GET", "/orders")
    assert (operation.creates, operation.identifiers) == (False, ())
    assert list(created(operation, request, 200, lambda: {"id": "o-1"})) == []
    assert list(named(operation, request, values)) == []


def test_a_header_of_the_reply_can_say_it(contract_of: ContractOf) -> None:
    paths = shop()
    link = paths["/orders"]["post"]["responses"]["201"]["links"]["read"]
    link["parameters"] = {"orderId": "$response.header.X-Order-Id"}
    operation, request, _ = sent(contract_of(paths), "POST", "/orders", {})
    headers = [(b"x-other", b"1"), (b"x-order-id", b"o-1")]
    found = list(created(operation, request, 201, lambda: ABSENT, headers))
    assert found == [("sample", "orderId", "o-1")]
    assert list(created(operation, request, 201, lambda: ABSENT)) == []


def test_a_thing_with_two_places_of_its_id_is_said_once(contract_of: ContractOf) -> None:
    paths = shop()
    links = paths["/orders"]["post"]["responses"]["201"]["links"]
    links["same"] = {"operationId": "read", "parameters": {"orderId": "$request.body#/id"}}
    contract = contract_of(paths)
    assert len(made(contract, "POST", "/orders", {"id": "o-1"}, 201, {"id": "o-1"})) == 1
    assert made(contract, "POST", "/orders", {"id": "o-2"}, 201, {"id": "o-1"}) == [
        ("sample", "orderId", "o-1"),
        ("sample", "orderId", "o-2"),
    ]


# named


def test_a_path_names_what_was_created(contract_of: ContractOf) -> None:
    contract = contract_of(shop())
    resource = ("sample", "orderId", "o-1")
    assert asked(contract, "GET", "/orders/o-1") == [resource]
    assert asked(contract, "GET", "/orders/o-1/lines/7") == [resource]
    assert asked(contract, "GET", "/orders") == []


@pytest.mark.parametrize(
    ("identity", "segment"),
    [
        ("a b", "a%20b"),
        ("a/b", "a%2Fb"),
        ("a/b", "a%2fb"),
        ("o-1", "%6F-1"),
        ("ñ", "%C3%B1"),
        ("a+b", "a+b"),
        ("a%b", "a%25b"),
        (7, "7"),
        (7.0, "7"),
    ],
)
def test_a_value_is_compared_decoded(contract_of: ContractOf, identity: Json, segment: str) -> None:
    contract = contract_of(shop())
    (resource,) = made(contract, "POST", "/orders", {}, 201, {"id": identity})
    assert asked(contract, "GET", f"/orders/{segment}") == [resource]


def test_a_number_in_a_body_is_the_number_in_a_path(contract_of: ContractOf) -> None:
    for kind, segments in (("integer", ["7"]), ("number", ["7", "7.0", "0.7e1"])):
        contract = contract_of(shop(kind))
        for identity in (7, 7.0, "7"):
            (resource,) = made(contract, "POST", "/orders", {}, 201, {"id": identity})
            for segment in segments:
                assert asked(contract, "GET", f"/orders/{segment}") == [resource]


@pytest.mark.parametrize("segment", [b"%FF", b"\xff", b"%zz", b"%"])
def test_a_path_that_cannot_be_decoded_names_nothing(
    contract_of: ContractOf, segment: bytes
) -> None:
    operation = contract_of(shop()).operation("read")
    assert operation is not None
    request = Request("GET", b"/orders/" + segment, b"", {})
    assert list(named(operation, request, (segment,))) == []


def test_the_innermost_resource_goes_first(contract_of: ContractOf) -> None:
    paths = shop()
    make = paths["/orders"]["post"]
    parameters = {"orderId": "$request.path.orderId", "line": "$response.body#/line"}
    paths["/orders/{orderId}/lines/{line}"]["get"]["operationId"] = "line"
    links = {"line": {"operationId": "line", "parameters": parameters}}
    add = make | {
        "operationId": "add",
        "parameters": [parameter("orderId")],
        "responses": {"201": {"description": "added", "links": links}},
    }
    contract = contract_of(paths | {"/orders/{orderId}/lines": {"post": add}})
    order, line = ("sample", "orderId", "o-1"), ("sample", "line", "7")
    assert made(contract, "POST", "/orders/o-1/lines", {}, 201, {"line": 7}) == [line]
    assert asked(contract, "GET", "/orders/o-1/lines/7") == [line, order]


# named by a body


def parts(kind: str = "string") -> Json:
    """Parts that are made with an id of the reply, and fitted by a body that names one."""
    links = {"fit": {"operationId": "fit", "requestBody": {"part": {"ref": "$response.body#/ref"}}}}
    body: Json = {"content": {"application/json": {"schema": {}}}}
    ok = {"responses": {"200": {"description": "ok"}}}
    made = {"responses": {"201": {"description": "made", "links": links}}}
    return {
        "/parts": {"post": {"operationId": "make", "requestBody": body} | made},
        "/fit": {"post": {"operationId": "fit", "requestBody": body} | ok},
        "/lose": {"post": {"operationId": "lose", "requestBody": body} | ok},
        "/racks/{rack}": {
            "delete": {"operationId": "end", "parameters": [parameter("rack", kind)]} | ok
        },
    }


@pytest.mark.parametrize("ref", ["p-1", "a b/ñ", 7, True])
def test_a_body_names_what_was_created(contract_of: ContractOf, ref: Json) -> None:
    contract = contract_of(parts())
    (resource,) = made(contract, "POST", "/parts", {}, 201, {"ref": ref})

    operation, request, values = sent(contract, "POST", "/fit", {"part": {"ref": ref}, "x": 1})

    assert resource == ("sample", "/part/ref", text_of(ref))
    assert list(named(operation, request, values)) == [resource]
    assert list(addressed(operation, request, values)) == []


def test_only_the_operation_that_a_link_leads_to_names_it_in_its_body(
    contract_of: ContractOf,
) -> None:
    contract = contract_of(parts())

    assert asked(contract, "POST", "/lose", {"part": {"ref": "p-1"}}) == []
    assert asked(contract, "POST", "/parts", {"part": {"ref": "p-1"}}) == []


@pytest.mark.parametrize(
    "body", [{}, {"part": None}, {"part": "p-1"}, {"part": {"ref": []}}, [], "p-1", 5, None, ABSENT]
)
def test_a_body_without_the_member_names_nothing(contract_of: ContractOf, body: Json) -> None:
    assert asked(contract_of(parts()), "POST", "/fit", body) == []


READ_REQUEST = load(SPECS / "tesamanager-v1.yaml").operation("getTesaRequest")


@given(st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_any_id_is_found_again(identity: str) -> None:
    assert READ_REQUEST is not None
    raw = quote(identity, safe="").encode()
    request = Request("GET", b"/v1/orgs/one/tesa/requests/" + raw, b"", {})
    found = list(named(READ_REQUEST, request, (b"one", raw)))
    assert found == [("tesamanager-v1", "referenceId", identity)]


# the packaged contracts

TESA = "/v1/orgs/one/tesa"
AGILE = "/v3/orgs/one/tv/agile/subscriptions/ACC%5F1"
DISNEY = "/v2/orgs/one/tv/disney/users/MOO1"
ORANGE = "/v1/orgs/one/tv/orange/subscriptions/ext-1"


@pytest.mark.parametrize(
    ("stem", "create", "reply", "later", "resource"),
    [
        (
            "tesamanager-v1",
            f"POST {TESA}/activation",
            {"referenceId": "TESA-1"},
            ["", "/events", "/issues"],
            (f"GET {TESA}/requests/TESA-1", "referenceId", "TESA-1"),
        ),
        (
            "tesamanager-v1",
            f"POST {TESA}/termination",
            {"referenceId": "TESA-1"},
            [""],
            (f"GET {TESA}/requests/TESA-1", "referenceId", "TESA-1"),
        ),
        (
            "agile-tv-v3",
            f"POST {AGILE}",
            {},
            [""],
            (f"GET {AGILE}", "service_id", "ACC_1"),
        ),
        (
            "amazon-tv-v1",
            "POST /v1/tv/amazon/orgs/one/subscriptions",
            {},
            [""],
            (
                "POST /v1/tv/amazon/orgs/one/subscriptions/userid_8572394923/cancel",
                "subscription_id",
                "userid_8572394923",
            ),
        ),
        (
            "disney-tv-v2",
            f"POST {DISNEY}",
            {},
            [""],
            (
                f"GET {DISNEY}/subscriptions/ENT1664367665579",
                "subscription_id",
                "ENT1664367665579",
            ),
        ),
        (
            "hbo-tv-v1",
            "POST /v1/tv/hbo/orgs/one/subscriptions",
            {},
            [""],
            (
                "POST /v1/tv/hbo/orgs/one/subscriptions/1234567890123456/cancel",
                "subscription_id",
                "1234567890123456",
            ),
        ),
        (
            "hbo-tv-v2",
            "POST /v2/orgs/one/tv/hbo/subscriptions",
            {},
            [""],
            (
                "POST /v2/orgs/one/tv/hbo/subscriptions/1234567890123456/cancel",
                "service_id",
                "1234567890123456",
            ),
        ),
        (
            "orange-tv-v1",
            f"POST {ORANGE}",
            {},
            [""],
            (f"DELETE {ORANGE}", "subscriptionExternalId", "ext-1"),
        ),
    ],
)
def test_what_a_packaged_contract_creates_is_found_again(
    stem: str, create: str, reply: Json, later: list[str], resource: tuple[str, str, str]
) -> None:
    contract = load(SPECS / f"{stem}.yaml")
    method, target = create.split()
    (body, *_) = bodies(contract, sent(contract, method, target, checked=False)[0])
    status = 201 if stem in {"tesamanager-v1", "orange-tv-v1"} else 202
    request, kind, value = resource
    resources = made(contract, method, target, body, status, reply)
    assert (stem, kind, value) in resources
    assert {each[2] for each in resources if each[1] == kind} == {value}
    for tail in later:
        method, target = request.split()
        operation, sent_later, values = sent(contract, method, target + tail, checked=False)
        assert list(named(operation, sent_later, values)) == [(stem, kind, value)]


@pytest.mark.parametrize("create", ["activation", "termination"])
def test_an_order_at_tesa_is_named_by_each_of_its_actions(create: str) -> None:
    contract = load(SPECS / "tesamanager-v1.yaml")
    operation, _, _ = sent(contract, "POST", f"{TESA}/{create}", checked=False)
    body = bodies(contract, operation)[0]
    resource = ("tesamanager-v1", "/externalReference", body["externalReference"])
    assert resource in made(contract, "POST", f"{TESA}/{create}", body, 201, {})

    naming = set()
    for each in contract.operations:
        request = Request("POST", b"/", b"", {})
        request.content = {"externalReference": body["externalReference"]}
        if resource in named(each, request):
            naming.add(each.name)

    writes = {each.name for each in contract.operations if each.method == "POST"}
    assert naming == writes - {"createTesaActivation", "createTesaTermination"}


@pytest.mark.parametrize("stem", ["device-insurance-v1", "device-insurance-v2"])
def test_an_order_of_an_insurance_is_named_by_who_issues_it(stem: str) -> None:
    contract = load(SPECS / f"{stem}.yaml")
    create, issue = (
        contract.operation("createInsuranceRequest"),
        contract.operation("issueInsurance"),
    )
    assert create is not None
    assert issue is not None
    request = Request("POST", b"/", b"", {})
    request.content = {"requestId": "REQ-1"}

    (resource,) = created(create, request, 200, lambda: {"requestId": "REQ-1", "orderId": "ORD-1"})

    assert resource == (stem, "/requestId", "REQ-1")
    assert list(named(issue, request)) == [resource]


def declared(contract: Contract) -> Iterator[tuple[Operation, DocumentedReply, Link]]:
    for operation in contract.operations:
        for reply in operation.replies.values():
            for link in reply.links:
                yield operation, reply, link


def bodies(contract: Contract, operation: Operation) -> list[Json]:
    """The example bodies of an operation's request."""
    node = at(contract.document, operation.pointer)
    media = node.get("requestBody", {}).get("content", {}).values()
    return [each["value"] for one in media for each in one["examples"].values()] or [ABSENT]


def at(node: Json, place: str) -> Json:
    for step in place.split("/")[1:]:
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


def values_of(
    expression: Expression, contract: Contract, operation: Operation, reply: DocumentedReply
) -> Iterator[Json]:
    """What an expression finds in each example of a request and of a reply."""
    replied = [value for media in reply.media for value in media.examples.values()] or [ABSENT]
    for body in bodies(contract, operation):
        sent = [each.name for each in operation.parameters if each.location == "header"]
        headers = {name.lower().encode(): f"{name}-1".encode() for name in sent}
        request = Request(operation.method, b"/", b"", headers)
        request.path = {name: f"{name}-1" for name in operation.path_names}
        request.content = body
        for value in replied:
            yield expression.value(request, Outcome(int(reply.code), value, reply.headers))


@pytest.mark.parametrize("stem", STEMS)
def test_the_examples_fulfil_every_link(stem: str) -> None:
    contract = load(SPECS / f"{stem}.yaml")
    assert contract.warnings == ()
    for operation, reply, link in declared(contract):
        target = contract.operation(link.operation)
        assert target is not None
        given = {(location, name) for location, name, _ in link.parameters}
        assert {("path", name) for name in target.path_names} <= given, link
        schemas = {(each.location, each.name): each for each in target.parameters}
        for location, name, expression in link.parameters:
            for value in values_of(expression, contract, operation, reply):
                text = text_of(value)
                assert text, (operation.id, link.name, name)
                known = schemas[location, name]
                read = {
                    "path": lambda known, text: known.from_path(quote(text, safe="")),
                    "query": lambda known, text: known.from_query([(known.name, quote(text))]),
                    "header": lambda known, text: known.from_header(text),
                }[location](known, text)
                assert not known.check(read), (operation.id, link.name, name)
        for steps, expression in link.members:
            assert target.body is not None, link
            assert steps[0] in target.body.media[0].shape.members, link
            for value in values_of(expression, contract, operation, reply):
                assert text_of(value), (operation.id, link.name, steps)


# There the header is a "unique id of the request": the issue has its own.
@pytest.mark.parametrize("stem", [each for each in STEMS if each != "device-insurance-v2"])
def test_a_link_hands_the_correlation_id_on_where_both_operations_take_one(stem: str) -> None:
    contract = load(SPECS / f"{stem}.yaml")
    header = "header", "Request-Correlation-Id"
    for operation, _, link in declared(contract):
        target = contract.operation(link.operation)
        assert target is not None
        taken = [
            [(each.location, each.name) for each in op.parameters] for op in (operation, target)
        ]
        if all(header in each for each in taken):
            assert header in {(location, name) for location, name, _ in link.parameters}, link


@pytest.mark.parametrize("stem", STEMS)
def test_every_link_says_where_it_comes_from(stem: str) -> None:
    contract = load(SPECS / f"{stem}.yaml")
    for _, reply, link in declared(contract):
        node = at(contract.document, f"{reply.pointer}/links/{link.name}")
        assert node["x-provenance"]["source"], link


def test_the_operations_that_create_are_known() -> None:
    contracts = [load(SPECS / f"{stem}.yaml") for stem in STEMS]
    found = {each.id for contract in contracts for each in contract.operations if each.creates}
    assert found == {
        "agile-tv-v3/createSubscription",
        "amazon-tv-v1/createAmazonSubscription",
        "device-insurance-v1/createInsuranceRequest",
        "device-insurance-v2/createInsuranceRequest",
        "disney-tv-v2/createDisneySubscription",
        "hbo-tv-v1/createHboSubscription",
        "hbo-tv-v2/createHboSubscription",
        "orange-tv-v1/activateOrangeTvSubscription",
        "tesamanager-v1/createTesaActivation",
        "tesamanager-v1/createTesaTermination",
    }
