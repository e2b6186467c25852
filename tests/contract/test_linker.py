"""Links of a document: what is compiled, what is warned of, and what a POST implies without."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from mockserver.contract.operation import Contract
from mockserver.errors import Finding
from mockserver.message import Json

ContractOf = Callable[..., Contract]
Links = tuple[tuple[str, str, tuple[tuple[str, str, Any], ...]], ...]

STRING = {"type": "string"}
OK = {"200": {"description": "ok"}}


def path_parameters(*names: str) -> list[Json]:
    return [{"name": each, "in": "path", "required": True, "schema": STRING} for each in names]


def operation(
    name: str, *names: str, sends: Json = None, gives: Json = None, **more: Json
) -> dict[str, Json]:
    """An operation with path parameters, members of its body, and members of its 200."""
    reply: dict[str, Json] = {"description": "ok"} | more.pop("reply", {})
    if gives is not None:
        reply["content"] = {"application/json": {"schema": of_members(gives)}}
    made: dict[str, Json] = {"operationId": name, "responses": {"200": reply}} | more
    if names:
        made["parameters"] = path_parameters(*names) + made.get("parameters", [])
    if sends is not None:
        made["requestBody"] = {"content": {"application/json": {"schema": of_members(sends)}}}
    return made


def of_members(members: Iterable[str]) -> Json:
    return {"type": "object", "properties": dict.fromkeys(members, STRING)}


def linked(*links: Json, **more: Json) -> dict[str, Json]:
    """Things that are made by a POST with these links, and read, changed and ended by their id."""
    named = {f"link{number}": each for number, each in enumerate(links)}
    create = operation("create", sends=("thingId",), gives=("uid",), reply={"links": named}, **more)
    query = [{"name": "view", "in": "query", "schema": STRING}]
    header = [{"name": "X-Trace", "in": "header", "schema": STRING}]
    return {
        "/made": {"post": create},
        "/things/{thing}": {
            "get": operation("read", "thing", parameters=query + header),
            "delete": operation("end", "thing"),
        },
    }


def links_of(contract: Contract, name: str, code: str = "200") -> Links:
    found = contract.operation(name)
    assert found is not None
    return tuple(
        (each.name, each.operation, tuple((p, n, e.written) for p, n, e in each.parameters))
        for each in found.replies[code].links
    )


def created_of(contract: Contract, name: str, code: str = "200") -> list[tuple[str, Json]]:
    found = contract.operation(name)
    assert found is not None
    made = [(kind, place.written) for kind, place in found.replies[code].creates]
    assert found.creates is any(reply.creates for reply in found.replies.values())
    return made


def kinds_of(contract: Contract) -> dict[str, list[str]]:
    return {
        each.name: [kind for kind, _, _ in each.identifiers]
        for each in contract.operations
        if each.identifiers
    }


def members_of(contract: Contract) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    return {each.name: list(each.members) for each in contract.operations if each.members}


UID = "$response.body#/uid"


# declared


def test_a_link_is_compiled(contract_of: ContractOf) -> None:
    parameters = {"thing": UID, "view": "full"}
    contract = contract_of(linked({"operationId": "read", "parameters": parameters}))
    assert links_of(contract, "create") == (
        ("link0", "sample/read", (("path", "thing", UID), ("query", "view", "full"))),
    )
    assert contract.warnings == ()


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("thing", ("path", "thing")),
        ("path.thing", ("path", "thing")),
        ("view", ("query", "view")),
        ("query.view", ("query", "view")),
        ("x-trace", ("header", "x-trace")),
        ("header.X-TRACE", ("header", "x-trace")),
    ],
)
def test_a_parameter_may_be_given_with_its_place(
    contract_of: ContractOf, written: str, known: tuple[str, str]
) -> None:
    contract = contract_of(linked({"operationId": "read", "parameters": {written: UID}}))
    ((_, _, ((location, name, _),)),) = links_of(contract, "create")
    assert (location, name.lower()) == known
    assert contract.warnings == ()


def test_a_reference_to_an_operation_is_followed(contract_of: ContractOf) -> None:
    for ref in ("#/paths/~1things~1{thing}/get", "#/paths/~1things~1%7Bthing%7D/get"):
        contract = contract_of(linked({"operationRef": ref, "parameters": {"thing": UID}}))
        assert links_of(contract, "create")[0][1] == "sample/read"
        assert contract.warnings == ()


def test_a_link_and_its_reply_may_be_components(contract_of: ContractOf) -> None:
    paths = linked()
    paths["/made"]["post"]["responses"]["200"] = {"$ref": "#/components/responses/Made"}
    link = {"operationId": "read", "parameters": {"thing": UID}}
    made = {"description": "ok", "links": {"read": {"$ref": "#/components/links/Read"}}}
    contract = contract_of(paths, {"responses": {"Made": made}, "links": {"Read": link}})
    assert created_of(contract, "create") == [("thing", UID)]


def test_what_the_rest_of_the_document_says_is_no_parameter(contract_of: ContractOf) -> None:
    given = {"Authorization": "$request.header.Authorization", "header.Accept": "text/plain"}
    contract = contract_of(linked({"operationId": "read", "parameters": given}))
    assert links_of(contract, "create") == (("link0", "sample/read", ()),)
    assert contract.warnings == ()


@pytest.mark.parametrize(
    ("link", "place", "reason", "close"),
    [
        ({"operationId": "reed"}, "/operationId", "no operation is called 'reed'", "read"),
        (
            {"operationRef": "https://other.example/api.yaml#/paths/~1a/get"},
            "/operationRef",
            "no operation of this document is at 'https://other.example/api.yaml#/paths/~1a/get'",
            "",
        ),
        (
            {"operationRef": "#/paths/~1things~1{thing}/put"},
            "/operationRef",
            "no operation of this document is at '#/paths/~1things~1{thing}/put'",
            "#/paths/~1things~1{thing}/get",
        ),
        ({"description": "nothing"}, "", "the link leads nowhere", ""),
        (
            {"$ref": "#/components/links/Gone"},
            "",
            "#/components/links/Gone points to nothing",
            "",
        ),
        (
            {"operationId": "read", "parameters": {"thin": UID}},
            "/parameters/thin",
            "read has no parameter 'thin'",
            "thing",
        ),
        (
            {"operationId": "read", "parameters": {"query.thing": UID}},
            "/parameters/query.thing",
            "read has no parameter 'query.thing'",
            "thing",
        ),
        (
            {"operationId": "read", "parameters": {"thing": "$response.uid"}},
            "/parameters/thing",
            "'$response.uid' is no runtime expression",
            "",
        ),
        (
            {"operationId": "read", "parameters": {"thing": "$request.path.uid"}},
            "/parameters/thing",
            "create has no path parameter 'uid'",
            "",
        ),
        (
            {"operationId": "create", "parameters": {"uid": UID}},
            "/parameters/uid",
            "create has no parameter 'uid'",
            "",
        ),
        (
            {"operationId": "read", "requestBody": "$body"},
            "/requestBody",
            "'$body' is no runtime expression",
            "",
        ),
        (
            {"operationId": "create", "requestBody": {"a": [{"b/c": "$body"}]}},
            "/requestBody/a/0/b~1c",
            "'$body' is no runtime expression",
            "",
        ),
        (
            {"operationId": "create", "requestBody": {"thingID": UID}},
            "/requestBody/thingID",
            "create has no member 'thingID'",
            "thingId",
        ),
        (
            {"operationId": "read", "requestBody": {"thing": UID}},
            "/requestBody",
            "read takes no body",
            "",
        ),
    ],
)
def test_a_sloppy_link_is_a_warning_and_the_document_is_served(
    contract_of: ContractOf, link: Json, place: str, reason: str, close: str
) -> None:
    contract = contract_of(linked(link))
    (found,) = contract.warnings
    assert found.severity == "warning"
    assert found.pointer == f"/paths/~1made/post/responses/200/links/link0{place}"
    assert found.reason == reason
    assert found.nearest == close
    assert found.allowed or not place
    assert created_of(contract, "create") == []


def test_a_link_that_leads_back_to_itself_or_to_no_link_is_a_warning(
    contract_of: ContractOf,
) -> None:
    ring = {"$ref": "#/components/links/Ring"}
    contract = contract_of(linked(ring), {"links": {"Ring": ring}})
    assert [each.reason for each in contract.warnings] == ["a $ref leads back to itself"]
    contract = contract_of(linked({"$ref": "#/info/title"}))
    assert [each.reason for each in contract.warnings] == ["no link is there"]


def test_what_is_right_of_a_sloppy_link_is_kept(contract_of: ContractOf) -> None:
    given = {"thing": UID, "other": "x"}
    contract = contract_of(linked({"operationId": "read", "parameters": given}))
    assert len(contract.warnings) == 1
    assert created_of(contract, "create") == [("thing", UID)]


def test_a_finding_of_a_link_says_where(contract_of: ContractOf) -> None:
    contract = contract_of(linked({"operationId": "reed"}))
    (found,) = contract.warnings
    assert isinstance(found, Finding)
    assert str(found).endswith("; did you mean read?")


# what is created


def test_a_value_of_the_reply_or_of_the_body_names_what_was_made(contract_of: ContractOf) -> None:
    for value in (UID, "$request.body#/thingId", "$response.header.X-Id", "t-{$response.body}"):
        contract = contract_of(linked({"operationId": "read", "parameters": {"thing": value}}))
        assert created_of(contract, "create") == [("thing", value)]
        assert kinds_of(contract) == {"read": ["thing"], "end": ["thing"]}


def test_a_constant_or_another_place_names_nothing(contract_of: ContractOf) -> None:
    for value in ("t-1", "$method", "$statusCode", "$request.header.X-Id"):
        contract = contract_of(linked({"operationId": "read", "parameters": {"thing": value}}))
        assert created_of(contract, "create") == []
        assert kinds_of(contract) == {}


def test_a_query_parameter_names_nothing(contract_of: ContractOf) -> None:
    contract = contract_of(linked({"operationId": "read", "parameters": {"view": UID}}))
    assert created_of(contract, "create") == []


def test_links_with_the_same_value_are_one_name(contract_of: ContractOf) -> None:
    link = {"parameters": {"thing": UID}}
    contract = contract_of(linked({"operationId": "read"} | link, {"operationId": "end"} | link))
    assert len(links_of(contract, "create")) == 2
    assert created_of(contract, "create") == [("thing", UID)]


# what is created, by a member of a body


def acted(*links: Json, sends: Iterable[str] = ("thing",), **more: Json) -> Json:
    """Things that are made by a POST, and stopped by a POST that names them in its body."""
    stop = operation("stop", sends=sends)
    stop["requestBody"]["content"]["application/json"]["schema"]["properties"]["of"] = {}
    return linked(*links, **more) | {"/stop": {"post": stop}}


@pytest.mark.parametrize("value", [UID, "$request.body#/thingId", "$response.header.X-Id"])
def test_a_member_of_the_body_of_a_link_names_what_was_made(
    contract_of: ContractOf, value: str
) -> None:
    contract = contract_of(acted({"operationId": "stop", "requestBody": {"thing": value}}))

    assert contract.warnings == ()
    assert created_of(contract, "create") == [("/thing", value)]
    assert members_of(contract) == {"stop": [("/thing", ("thing",))]}
    assert kinds_of(contract) == {}


def test_a_member_may_stand_deep_in_the_body(contract_of: ContractOf) -> None:
    body = {"of": {"things": [{"a/b": UID}]}, "thing": "all"}
    contract = contract_of(acted({"operationId": "stop", "requestBody": body}))

    steps = ("of", "things", "0", "a/b")
    assert members_of(contract) == {"stop": [("/of/things/0/a~1b", steps)]}
    assert created_of(contract, "create") == [("/of/things/0/a~1b", UID)]


def test_a_member_whose_name_does_not_say_of_what_is_of_its_operation(
    contract_of: ContractOf,
) -> None:
    link = {"operationId": "stop", "requestBody": {"id": UID}}
    contract = contract_of(acted(link, sends=["id"]))

    assert created_of(contract, "create") == [("stop/id", UID)]


def test_what_a_path_calls_the_same_is_one_resource(contract_of: ContractOf) -> None:
    read = {"operationId": "read", "parameters": {"thing": UID}}
    stop = {"operationId": "stop", "requestBody": {"of": UID}}
    for links in ([read, stop], [stop, read]):
        contract = contract_of(acted(*links))
        assert created_of(contract, "create") == [("thing", UID)]
        assert members_of(contract) == {"stop": [("thing", ("of",))]}


@pytest.mark.parametrize(
    "body",
    [
        UID,
        {"thing": "t-1", "of": 5},
        {"thing": "$method"},
        {"thing": "$request.header.X-Id"},
        {"thing": UID, "of": "$request.body#/thingId"},
        {},
        [],
    ],
)
def test_a_body_in_which_nothing_or_no_one_thing_is_new_names_nothing(
    contract_of: ContractOf, body: Json
) -> None:
    contract = contract_of(acted({"operationId": "stop", "requestBody": body}))

    assert contract.warnings == ()
    assert (created_of(contract, "create"), members_of(contract)) == ([], {})


def test_an_id_that_the_caller_chose_is_named_by_a_body(contract_of: ContractOf) -> None:
    link = {"operationId": "stop", "requestBody": {"thing": "$request.path.thing"}}
    make = operation("make", "thing", reply={"links": {"stop": link}})
    contract = contract_of(acted() | {"/others/{thing}": {"put": make}})

    assert created_of(contract, "make") == [("/thing", "$request.path.thing")]


def test_an_action_that_hands_on_what_it_was_told_makes_nothing(contract_of: ContractOf) -> None:
    paths = acted({"operationId": "stop", "requestBody": {"thing": UID}})
    again = {"operationId": "stop", "requestBody": {"thing": "$request.body#/thing"}}
    paths["/stop"]["post"]["responses"]["200"]["links"] = {"again": again}
    contract = contract_of(paths)

    assert created_of(contract, "create") == [("/thing", UID)]
    assert created_of(contract, "stop") == []


def test_what_paths_imply_is_named_beside_what_bodies_do(contract_of: ContractOf) -> None:
    stop = {"operationId": "stop", "requestBody": {"thing": UID}}
    make = operation("make", gives=("uid", "thing"), reply={"links": {"stop": stop}})
    contract = contract_of(acted() | {"/things": {"post": make}})

    path = ("thing", "$response.body#/thing")
    assert created_of(contract, "make") == [path, ("/thing", UID)]


def test_who_neither_posts_nor_puts_makes_nothing(contract_of: ContractOf) -> None:
    paths = linked({"operationId": "read", "parameters": {"thing": UID}})
    for method, made in (("patch", []), ("get", []), ("put", [("thing", UID)])):
        create = {k: v for k, v in paths["/made"]["post"].items() if k != "requestBody"}
        contract = contract_of(paths | {"/made": {method: create}})
        assert created_of(contract, "create") == made


def test_an_error_makes_nothing(contract_of: ContractOf) -> None:
    paths = linked()
    links = {"read": {"operationId": "read", "parameters": {"thing": UID}}}
    paths["/made"]["post"]["responses"]["409"] = {"description": "there", "links": links}
    contract = contract_of(paths)
    assert len(links_of(contract, "create", "409")) == 1
    assert created_of(contract, "create", "409") == []


def nested(creator: str, *names: str, target: str, parameters: Json) -> Json:
    """A POST on one path whose only link leads to a GET on another."""
    links = {"next": {"operationId": "read", "parameters": parameters}}
    found = re.findall(r"{(.*?)}", target)
    create = operation("create", *names, gives=("id",), reply={"links": links})
    return {creator: {"post": create}, target: {"get": operation("read", *found)}}


ID = "$response.body#/id"


@pytest.mark.parametrize(
    ("creator", "names", "target", "parameters", "expected"),
    [
        # what the request's own path has is what surrounds the new thing
        (
            "/orgs/{org}/things",
            ("org",),
            "/orgs/{org}/things/{thing}",
            {"org": "$request.path.org", "thing": ID},
            [("thing", ID)],
        ),
        # also where the reply repeats it
        (
            "/orgs/{org}/things",
            ("org",),
            "/orgs/{org}/things/{thing}",
            {"org": "$response.body#/org", "thing": ID},
            [("thing", ID)],
        ),
        ("/orgs/{org}/things", ("org",), "/orgs/{org}/bills", {"org": ID}, []),
        ("/orgs/{org}/things", ("org",), "/bills/{org}", {"org": ID}, []),
        ("/orgs/{org}/things", ("org",), "/orgs/{tenant}/bills", {"tenant": ID}, []),
        # an action on a thing makes none
        ("/things/{thing}/stop", ("thing",), "/things/{thing}", {"thing": ID}, []),
        ("/things/{id}/stop", ("id",), "/things/{id}", {"id": ID}, []),
        # but may make something of another kind
        ("/things/{id}/stop", ("id",), "/jobs/{id}", {"id": ID}, [("jobs/id", ID)]),
        # the innermost of two new values
        (
            "/orders",
            (),
            "/customers/{customer}/orders/{order}",
            {"customer": "$request.body#/customer", "order": ID},
            [("order", ID)],
        ),
        # the caller chooses the id: the end of the path
        (
            "/orgs/{org}/things/{thing}",
            ("org", "thing"),
            "/orgs/{org}/things/{thing}/state",
            {"org": "$request.path.org", "thing": "$request.path.thing"},
            [("thing", "$request.path.thing")],
        ),
        # but not where the reply says another
        (
            "/users/{user}",
            ("user",),
            "/users/{user}/things/{thing}",
            {"user": "$request.path.user", "thing": ID},
            [("thing", ID)],
        ),
        ("/users/{user}", ("user",), "/people/{user}", {"user": ID}, [("user", ID)]),
        (
            "/users/{user}/things",
            ("user",),
            "/people/{user}",
            {"user": "$request.path.user"},
            [],
        ),
    ],
)
def test_only_what_names_the_new_thing_counts(
    contract_of: ContractOf,
    creator: str,
    names: tuple[str, ...],
    target: str,
    parameters: Json,
    expected: list[tuple[str, str]],
) -> None:
    contract = contract_of(nested(creator, *names, target=target, parameters=parameters))
    assert contract.warnings == ()
    assert created_of(contract, "create") == expected


def test_a_name_that_says_nothing_is_of_the_segment_before_it(contract_of: ContractOf) -> None:
    paths = nested("/made", target="/users/{id}", parameters={"id": ID}) | {
        "/users/{id}/orders/{name}": {"get": operation("order", "id", "name")},
        "/orders/{id}": {"get": operation("other", "id")},
    }
    contract = contract_of(paths)
    assert created_of(contract, "create") == [("users/id", ID)]
    assert kinds_of(contract) == {"read": ["users/id"], "order": ["users/id"]}


# implied


def things(create: Json, item: str = "/things/{thingId}") -> Json:
    found = re.findall(r"{(.*?)}", item)
    return {"/things": {"post": create}, item: {"get": operation("read", *found)}}


@pytest.mark.parametrize(
    ("name", "sends", "gives", "expected"),
    [
        ("thingId", (), ("thingId", "id"), "$response.body#/thingId"),
        ("thingId", (), ("id", "thing_id"), "$response.body#/thing_id"),
        ("thing_id", (), ("other", "id"), "$response.body#/id"),
        ("thingId", ("thingId",), ("id",), "$response.body#/id"),
        ("thingId", ("thingId", "id"), ("state",), "$request.body#/thingId"),
        ("thingId", ("id",), (), "$request.body#/id"),
        ("id", (), ("ID",), "$response.body#/ID"),
        ("id", (), ("thingId",), None),
        ("name", ("name",), ("id",), "$request.body#/name"),
        ("orderId", (), ("id",), None),
        ("thing", (), ("id",), None),
        ("paid", (), ("id",), None),
        ("thingId", ("other",), ("other",), None),
    ],
)
def test_a_post_beside_its_items_says_what_it_made(
    contract_of: ContractOf,
    name: str,
    sends: tuple[str, ...],
    gives: tuple[str, ...],
    expected: str | None,
) -> None:
    contract = contract_of(
        things(operation("create", sends=sends, gives=gives), f"/things/{{{name}}}")
    )
    links = links_of(contract, "create")
    if expected is None:
        assert links == ()
        assert created_of(contract, "create") == []
    else:
        assert links == (("read", "sample/read", (("path", name, expected),)),)
        assert [place for _, place in created_of(contract, "create")] == [expected]


@pytest.mark.parametrize(
    ("collection", "name"),
    [("addresses", "addressId"), ("categories", "categoryId"), ("staff", "staffId")],
)
def test_the_items_of_a_plural_are_known(
    contract_of: ContractOf, collection: str, name: str
) -> None:
    paths = {
        f"/{collection}": {"post": operation("create", gives=("id",))},
        f"/{collection}/{{{name}}}": {"get": operation("read", name)},
    }
    assert created_of(contract_of(paths), "create") == [(name, "$response.body#/id")]


def test_an_implied_link_hands_on_what_surrounds(contract_of: ContractOf) -> None:
    paths = {
        "/orgs/{org}/things": {"post": operation("create", "org", gives=("org", "id"))},
        "/orgs/{tenant}/things/{id}/stop": {"post": operation("stop", "tenant", "id")},
    }
    contract = contract_of(paths)
    given = (("path", "tenant", "$request.path.org"), ("path", "id", ID))
    assert links_of(contract, "create") == (("stop", "sample/stop", given),)
    assert created_of(contract, "create") == [("things/id", ID)]
    assert kinds_of(contract) == {"stop": ["things/id"]}
    assert links_of(contract, "stop") == ()


def test_items_that_are_called_in_two_ways_are_named_in_both(contract_of: ContractOf) -> None:
    paths = things(operation("create", gives=("id",))) | {
        "/things/{thing_id}/stop": {"post": operation("stop", "thing_id")}
    }
    assert created_of(contract_of(paths), "create") == [("thingId", ID), ("thing_id", ID)]


def test_a_declared_link_wins(contract_of: ContractOf) -> None:
    links = {"read": {"operationId": "read", "parameters": {"thingId": "$response.body#/key"}}}
    create = operation("create", gives=("id", "key"), reply={"links": links})
    contract = contract_of(things(create))
    assert created_of(contract, "create") == [("thingId", "$response.body#/key")]
    assert len(links_of(contract, "create")) == 1


def test_a_declared_link_that_names_nothing_new_does_not(contract_of: ContractOf) -> None:
    links = {"again": {"operationId": "create"}}
    contract = contract_of(things(operation("create", gives=("id",), reply={"links": links})))
    assert [name for name, _, _ in links_of(contract, "create")] == ["again", "read"]
    assert created_of(contract, "create") == [("thingId", ID)]


def test_nothing_is_implied_by_other_methods_and_paths(contract_of: ContractOf) -> None:
    create = operation("create", gives=("id",))
    for paths in (
        things(create) | {"/things": {"put": create}},
        things(create, "/others/{thingId}"),
        things(create, "/things/all/{thingId}"),
        things(create, "/things/{thingId}.json"),
        {"/things/{thingId}": {"post": operation("create", "thingId", gives=("id",))}}
        | {"/things/{thingId}/{id}": {"get": operation("read", "thingId", "id")}},
    ):
        contract = contract_of(paths)
        assert created_of(contract, "create") == []
        assert kinds_of(contract) == {}


def test_members_are_found_behind_references_and_in_examples(contract_of: ContractOf) -> None:
    whole = {"allOf": [{"$ref": "#/components/schemas/Base"}, of_members(("state",))]}
    components = {"schemas": {"Base": of_members(("id",)), "Whole": whole}}
    create = operation("create")
    reply = create["responses"]["200"]
    reply["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/Whole"}}}
    assert created_of(contract_of(things(create), components), "create") == [("thingId", ID)]
    reply["content"] = {"application/json": {"example": {"id": "t-1"}}}
    assert created_of(contract_of(things(create)), "create") == [("thingId", ID)]
    for example in ({"id": {"value": "t-1"}}, ["id"], "id"):
        reply["content"] = {"application/json": {"example": example}}
        assert created_of(contract_of(things(create)), "create") == []
    reply["content"] = {"text/plain": {"schema": of_members(("id",))}}
    assert created_of(contract_of(things(create)), "create") == []


def test_a_member_that_is_no_value_names_nothing(contract_of: ContractOf) -> None:
    create = operation("create", gives=("state",))
    schema = create["responses"]["200"]["content"]["application/json"]["schema"]
    schema["properties"]["id"] = {"type": "object"}
    assert created_of(contract_of(things(create)), "create") == []


def test_default_is_of_errors_unless_it_is_all_there_is(contract_of: ContractOf) -> None:
    create = operation("create", gives=("id",))
    create["responses"]["default"] = create["responses"]["200"]
    contract = contract_of(things(create))
    assert created_of(contract, "create", "200") == [("thingId", ID)]
    assert links_of(contract, "create", "default") == ()
    del create["responses"]["200"]
    assert created_of(contract_of(things(create)), "create", "default") == [("thingId", ID)]


def test_a_base_path_is_part_of_every_path(contract_of: ContractOf) -> None:
    servers = [{"url": "https://api.example/base"}]
    contract = contract_of(things(operation("create", gives=("id",))), servers=servers)
    assert created_of(contract, "create") == [("thingId", ID)]
