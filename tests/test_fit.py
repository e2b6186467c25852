"""Whether scenarios fit the contracts: operations, places, states, rules that never apply."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import fit
from mockserver.fit import Fitter, hides
from mockserver.message import Json
from mockserver.scenario import rule_of
from mockserver.service import Services
from tests.scenarios.samples import contract, request_of, scenario
from tests.simulations.things import KINDS, LIFE, THINGS

READ = {"on": "readThing", "breaks_contract": True}
RESET = {"fault": {"break": "reset"}}
SHOP = "readThing, dropThing, listThings, createThing, replaceThing"


def fitter() -> Fitter:
    return Fitter(Services([contract("shop-v1"), contract("depot-v1")]))


FITTER = fitter()


def findings(name: str, *rules: Json, **more: Json) -> list[tuple[str, str, str, str]]:
    """Pointer, reason, allowed and nearest of all that is wrong with a scenario."""
    _, found = FITTER.scenario(scenario(name, *rules, **more))
    return [(each.pointer, each.reason, each.allowed, each.nearest) for each in found]


def operations(name: str, on: Json, **more: Json) -> list[str]:
    """The operations that a rule is bound to."""
    scripts, found = FITTER.scenario(scenario(name, {"on": on} | (more or RESET)))
    assert found == []
    return sorted(scripts)


# operations ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "names"),
    [
        ("readThing", ["readThing"]),
        ("shop-v1/readThing", ["readThing"]),
        (["readThing", "dropThing"], ["dropThing", "readThing"]),
        ("*", ["createThing", "dropThing", "listThings", "readThing", "replaceThing"]),
        ("POST *", ["createThing"]),
        (["DELETE *", "readThing"], ["dropThing", "readThing"]),
    ],
)
def test_a_rule_is_on_operations_of_its_api(on: Json, names: list[str]) -> None:
    assert operations("shop-v1/a", on) == [f"shop-v1/{name}" for name in names]


def test_a_common_rule_is_on_operations_of_all_apis() -> None:
    assert operations("common/a", "GET *") == [
        "depot-v1/listThings",
        "depot-v1/readBox",
        "shop-v1/listThings",
        "shop-v1/readThing",
    ]


def test_a_rule_for_all_is_on_those_that_have_the_parts_of_the_path_it_asks_for() -> None:
    assert operations("shop-v1/a", "*", when={"path": {"id": "1"}}, **RESET) == [
        "shop-v1/dropThing",
        "shop-v1/readThing",
        "shop-v1/replaceThing",
    ]


def test_a_common_rule_applies_where_a_contract_has_what_it_replies() -> None:
    assert operations("common/a", "*", reply={"status": 409}) == [
        "shop-v1/createThing",
        "shop-v1/replaceThing",
    ]


def test_a_common_rule_for_a_method_that_nothing_has_is_no_error() -> None:
    assert operations("common/a", "PATCH *") == []


@pytest.mark.parametrize(
    ("name", "on", "expected"),
    [
        (
            "shop-v1/a",
            "readTing",
            ("/rules/0/on", "there is no operation 'readTing'", SHOP, "readThing"),
        ),
        (
            "shop-v1/a",
            ["dropThing", "readBox"],
            ("/rules/0/on/1", "there is no operation 'readBox'", "", ""),
        ),
        ("shop-v1/a", "PATCH *", ("/rules/0/on", "there is no operation 'PATCH *'", "", "")),
        ("common/a", "PSOT *", ("/rules/0/on", "there is no operation 'PSOT *'", "", "")),
        (
            "common/a",
            "readThing2",
            ("/rules/0/on", "there is no operation 'readThing2'", "", "shop-v1/readThing"),
        ),
        (
            "common/a",
            "listThings",
            (
                "/rules/0/on",
                "several APIs have an operation 'listThings'",
                "shop-v1/listThings, depot-v1/listThings",
                "",
            ),
        ),
    ],
)
def test_an_operation_that_is_not_there_or_not_clear_is_told(
    name: str, on: Json, expected: tuple[str, str, str, str]
) -> None:
    [(place, reason, allowed, near)] = findings(name, {"on": on} | RESET)

    assert (place, reason) == expected[:2]
    assert set(expected[2].split(", ")) <= {*allowed.split(", "), ""}
    assert expected[3] in ("", near)
    assert allowed


def test_a_scenario_of_an_api_that_is_not_served_is_told() -> None:
    assert findings("shop-v2/a", {"on": "readThing"} | RESET) == [
        ("", "there is no API 'shop-v2'", "shop-v1, depot-v1, common", "shop-v1")
    ]


def test_a_part_of_the_path_that_nothing_has_is_told() -> None:
    rule = {"on": "readThing", "when": {"path": {"ids/x": "1"}}} | RESET

    assert findings("shop-v1/a", rule) == [
        ("/rules/0/when/path/ids~1x", "no path has the parameter 'ids/x'", "id", "id")
    ]


# replies ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "place", "allowed", "near"),
    [
        ({"status": 409}, "/reply/status", "200, 404, 5XX", "404"),
        ({"example": "smal"}, "/reply/example", "small, large, missing, gone, refused", "small"),
        ({"status": 404, "example": "small"}, "/reply/example", "missing, gone", ""),
        (
            {"status": 404, "body": {}},
            "/reply/body",
            "a body that conforms, or breaks_contract: true",
            "",
        ),
        (
            {"status": 404, "body": "x"},
            "/reply/body",
            "a body that conforms, or breaks_contract: true",
            "",
        ),
        (
            {"headers": {"Content-Type": "text/html"}},
            "/reply/headers/Content-Type",
            "application/json",
            "",
        ),
        ({"body": {"id": "1"}, "headers": {"Content-Type": "a/b"}}, "/reply/body", None, ""),
        ({"headers": {"a b": "1"}}, "/reply/headers", "", ""),
        ({"headers": {"X-A": "1\n2"}}, "/reply/headers", "", ""),
        ({"headers": {"Content-Length": 1}}, "/reply/headers", "a fault, to break a reply", ""),
        ({"template": {"id": "{{ nothing }}"}}, "/reply/template/id", None, ""),
        ({"template": {"id": "{{ 1 + }}"}}, "/reply/template/id", None, ""),
    ],
)
def test_a_reply_that_the_contract_does_not_have_is_told(
    reply: Json, place: str, allowed: str | None, near: str
) -> None:
    [found] = findings("shop-v1/a", {"on": "readThing", "reply": reply})

    assert found[0] == "/rules/0" + place
    assert allowed in (None, found[2])
    assert found[3] == near


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({"as": "gateway", "reply": {"status": 503, "generate": True}}, "/reply/generate"),
        ({"as": "gateway", "reply": {"status": 503, "example": "refused"}}, "/reply/example"),
        ({"breaks_contract": True, "reply": {"status": 418, "generate": True}}, "/reply/generate"),
        ({"breaks_contract": True, "reply": {"status": 418, "example": "a"}}, "/reply/example"),
    ],
)
def test_what_would_do_nothing_is_told(rule: Json, place: str) -> None:
    assert [each[0] for each in findings("shop-v1/a", {"on": "readThing"} | rule)] == [
        "/rules/0" + place
    ]


def test_the_place_of_a_reply_is_where_its_author_wrote_it() -> None:
    alone = {"on": "readThing", "replies": [{"status": 409}]}
    second = {"on": "readThing", "replies": [{"status": 404, "times": 1}, {"status": 409}]}

    assert [each[0] for each in findings("shop-v1/a", alone)] == ["/rules/0/replies/0/status"]
    assert [each[0] for each in findings("shop-v1/a", second)] == ["/rules/0/replies/1/status"]


def test_an_operation_without_success_needs_a_status() -> None:
    only = {"on": "dropThing", "reply": {"body": {"code": "A"}}}

    assert [each[0] for each in findings("shop-v1/a", only)] == ["/rules/0/reply/body"]


# rules that never apply ---------------------------------------------------------------------

WHEN = {"when": {"path": {"id": "1"}}}
GONE = {"on": "readThing", "reply": {"status": 404}}


@pytest.mark.parametrize(
    ("first", "later", "hidden"),
    [
        (GONE, GONE, True),
        (GONE | WHEN, GONE | WHEN, True),
        (GONE, GONE | WHEN, True),
        (GONE, GONE | {"times": 2}, True),
        ({"on": "*"} | RESET, GONE, True),
        (GONE | {"replies": [{"through": True}]}, GONE, True),
        (GONE | WHEN, GONE, False),
        (GONE | {"times": 2}, GONE, False),
        (GONE | {"on": "dropThing"}, GONE, False),
        (GONE | {"when": {"path": {"id": "2"}}}, GONE | WHEN, False),
    ],
)
def test_a_rule_that_an_earlier_one_leaves_nothing_is_told(
    first: Json, later: Json, *, hidden: bool
) -> None:
    first = {key: value for key, value in first.items() if key != "reply" or "replies" not in first}
    reason = "it never applies: rule 1, without an end, takes all it would"
    allowed = "the narrower rule first, or `times` in the earlier one"

    found = findings("shop-v1/a", first, later)

    assert found == ([("/rules/1", reason, allowed, "")] if hidden else [])


VALUES = st.sampled_from(["1", "2", "3"])
TESTS = st.one_of(
    VALUES,
    st.fixed_dictionaries({"one_of": st.lists(VALUES, min_size=1, max_size=2)}),
    st.fixed_dictionaries({"min": st.integers(1, 2)}),
    st.fixed_dictionaries({"absent": st.booleans()}),
)
WHENS = st.fixed_dictionaries(
    {},
    optional={
        "headers": st.fixed_dictionaries({"a": TESTS}),
        "query": st.fixed_dictionaries({"q": TESTS}),
    },
)


@given(WHENS, WHENS, st.sampled_from(["", "1", "2", "3"]), st.sampled_from(["", "1", "2", "3"]))
def test_what_is_hidden_could_never_apply(
    first: Json, later: Json, header: str, query: str
) -> None:
    one, two = (rule_of("a/b#1", {"on": "*", "when": when} | RESET) for when in (first, later))
    request = request_of(
        "GET", f"/?q={query}" if query else "/", headers={"a": header} if header else {}
    )

    if hides(one, two) and two.when.matches(request):
        assert one.when.matches(request)


# courses ------------------------------------------------------------------------------------


WAITED = "OPEN, WAITING, *"
LIVING = Fitter(Services([contract("shop-v1"), contract("depot-v1")], collections=KINDS))


def told(name: str, *rules: Json, fitter: Fitter = LIVING, **more: Json) -> list[Any]:
    """Pointer, reason, allowed and nearest, where the shop has life cycles."""
    _, found = fitter.scenario(scenario(name, *rules, **more))
    return [(each.pointer, each.reason, each.allowed, each.nearest) for each in found]


@pytest.mark.parametrize(
    "course",
    [
        {"OPEN": {"after": "1h", "then": "CLOSED"}, "WAITING": "never"},
        {"OPEN": [{"then": "BROKEN"}, "by hand"], "*": "at once"},
        {"*": {"then": "BROKEN"}},
    ],
)
def test_a_course_speaks_of_phases_that_the_provider_ends(course: Json) -> None:
    assert told("shop-v1/a", course=course) == []
    assert told("common/a", course=course) == []
    assert told("shop-v1/a", {"on": "createThing", "course": course}) == []
    assert told("common/a", {"on": "shop-v1/createThing", "course": course}) == []
    assert told("common/a", {"on": "POST *", "course": course}) == []


def test_a_phase_or_an_outcome_that_no_life_cycle_has_is_told() -> None:
    course = {"OPNE": "never", "OPEN": ["never", {"polls": 1, "then": "CLOSE"}]}

    assert told("shop-v1/a", course=course) == [
        ("/course/OPNE", "there is no phase 'OPNE'", WAITED, "OPEN"),
        ("/course/OPEN/1/then", "OPEN cannot end in 'CLOSE'", "CLOSED, BROKEN", "CLOSED"),
    ]


def test_a_state_that_nothing_ends_by_itself_is_told_so() -> None:
    text = "nothing ends CLOSED by itself, so no course can speak of it"

    assert told("shop-v1/a", course={"CLOSED": "never"}) == [("/course/CLOSED", text, WAITED, "")]


def test_an_outcome_for_every_phase_is_one_of_some_phase() -> None:
    [(place, reason, allowed, _)] = told("shop-v1/a", course={"*": {"then": "GONE"}})

    assert (place, reason) == ("/course/*/then", "* cannot end in 'GONE'")
    assert allowed == "CLOSED, BROKEN, TOLD"


def test_a_tolerant_life_cycle_lets_any_state_be_tried_from_any_other() -> None:
    tolerant = replace(THINGS, lifecycle=replace(LIFE, tolerant=True))
    fitter = Fitter(Services([contract("shop-v1")], collections={"things": tolerant}))

    assert told("shop-v1/a", course={"CLOSED": {"then": "OPEN"}}, fitter=fitter) == []
    assert told("shop-v1/a", course={"OPEN": {"then": "OPEN"}}, fitter=fitter) == []
    assert [each[1] for each in told("shop-v1/a", course={"CLOSED": "never"}, fitter=fitter)] == [
        "nothing ends CLOSED by itself, so no course can speak of it"
    ]
    assert [
        each[1] for each in told("shop-v1/a", course={"OPEN": {"then": "X"}}, fitter=fitter)
    ] == ["OPEN cannot end in 'X'"]


def test_a_course_for_an_api_without_a_life_cycle_is_told() -> None:
    only = {"things": THINGS}
    fitter = Fitter(Services([contract("shop-v1"), contract("depot-v1")], collections=only))
    told_so = ("depot-v1 has no life cycle", "no course", "")
    course = {"*": "never"}

    assert told("depot-v1/a", course=course, fitter=fitter) == [("/course", *told_so)]
    rule = {"on": "depot-v1/readBox", "course": course}
    assert told("common/a", rule, fitter=fitter) == [("/rules/0/course", *told_so)]


def test_a_course_that_fits_any_api_names_no_phase_where_there_is_no_life_cycle() -> None:
    course, phase = {"*": "never"}, {"OPEN": "never"}

    assert findings("common/a", course=course) == []
    assert findings("common/a", {"on": "*", "course": course}) == []
    assert findings("common/a", course=phase) == [
        ("/course/OPEN", "there is no phase 'OPEN'", "*", "")
    ]


def test_a_course_of_a_rule_is_told_with_its_place() -> None:
    rules = [{"on": "createThing"} | RESET, {"on": "readThing", "course": {"a/b": "never"}}]

    assert told("shop-v1/a", *rules) == [
        ("/rules/1/course/a~1b", "there is no phase 'a/b'", WAITED, "")
    ]


# what is given ------------------------------------------------------------------------------


def test_what_is_given_has_the_shape_of_its_collection() -> None:
    good, bad = {"id": "T1"}, {"id": 5, "size": 1}

    assert told("shop-v1/a", given={"things": [good], "notices": [{"id": "N1"}]}) == []
    assert told("common/a", given={"things": [good]}) == []
    assert told("shop-v1/a", given={"things": [good, bad]}) == [
        ("/given/things/1/id", "found integer", "string", "")
    ]


@pytest.mark.parametrize(
    ("name", "collection", "allowed", "near"),
    [
        ("shop-v1/a", "thigns", "things, notices", "things"),
        ("common/a", "thigns", "things, notices", "things"),
        ("depot-v1/a", "things", "none", ""),
    ],
)
def test_a_collection_that_is_not_there_is_told(
    name: str, collection: str, allowed: str, near: str
) -> None:
    stem = name.partition("/")[0]
    kinds = {each: replace(kind, apis=("shop-v1",)) for each, kind in KINDS.items()}
    fitter = Fitter(Services([contract("shop-v1"), contract("depot-v1")], collections=kinds))

    found = told(name, given={collection: [{}]}, fitter=fitter)

    reason = f"{stem} has no collection {collection!r}"
    assert found == [(f"/given/{collection}", reason, allowed, near)]


@pytest.mark.parametrize(
    ("things", "expected"),
    [
        ([{"id": "T1"}, {"id": "T2"}], []),
        (
            [{"id": "T1"}, {"id": "T2"}, {"id": "T1", "size": 7}],
            [("/2", "an earlier record has the id 'T1'", "an id of its own", "")],
        ),
        (
            [{"id": "T1", "size": 5_000}, {"id": "T2", "size": 5_000}, {"id": "T3"}],
            [("/1", "size 5000 belongs to things:T1", "what no earlier record has", "")],
        ),
        (  # what is wrong by itself is told alone
            [{"id": "T1"}, {"id": "T1", "size": "x"}],
            [("/1/size", "found string", "integer", "")],
        ),
        (  # what was left out claims nothing
            [{"id": "T1"}, {"id": "T1", "size": 5_000}, {"id": "T2", "size": 5_000}],
            [("/1", "an earlier record has the id 'T1'", "an id of its own", "")],
        ),
    ],
)
def test_what_is_given_and_would_be_left_out_beside_the_rest_is_told(
    things: list[Json], expected: list[tuple[str, str, str, str]]
) -> None:
    found = told("shop-v1/a", given={"notices": [{"id": "T1"}], "things": things})

    assert found == [(f"/given/things{place}", *said) for place, *said in expected]


def test_a_record_whose_id_nothing_makes_is_told() -> None:
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}
    kinds = {"things": replace(THINGS, schema=schema)}
    fitter = Fitter(Services([contract("shop-v1")], collections=kinds))

    found = told("shop-v1/a", given={"things": [{}]}, fitter=fitter)

    assert found == [("/given/things/0", "the key `id` is missing", "`id`", "")]


def test_more_records_than_a_session_may_have_are_told_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fit, "RECORDS_MAX", 3)
    things = [{"id": f"T{number}"} for number in range(2)]

    def of(notices: int) -> list[tuple[str, str, str, str]]:
        named = [{"id": f"N{number}"} for number in range(notices)]
        return told("shop-v1/a", given={"things": things, "notices": named})

    assert of(1) == []
    reason = "it gives 4 records, more than a session may have"
    assert of(2) == [("/given", reason, "3 at most", "")]


def test_records_of_all_apis_may_be_given_by_each() -> None:
    assert told("depot-v1/a", given={"notices": [{"id": "N1"}]}) == []


# what does nothing --------------------------------------------------------------------------


NEEDLESS = ("/rules/0/breaks_contract", "no reply of the rule breaks the contract", "", "")
THING = {"id": "T1"}


@pytest.mark.parametrize(
    ("on", "reply"),
    [
        ("readThing", {"status": 404}),
        ("readThing", {"body": THING}),
        ("readThing", {"example": "large"}),
        ("readThing", {"generate": True}),
        ("readThing", {"body": THING, "headers": {"Content-Type": "application/json"}}),
        ("readThing", {"body": '{"id": "T1"}'}),
        ("dropThing", {"status": 204}),
        (["readThing", "replaceThing"], {"body": THING}),
    ],
)
def test_leave_to_break_the_contract_that_no_reply_needs_is_told(on: Json, reply: Json) -> None:
    rule = {"on": on, "breaks_contract": True, "reply": reply}

    assert findings("shop-v1/a", rule) == [NEEDLESS]


@pytest.mark.parametrize(
    ("on", "reply"),
    [
        ("readThing", {"status": 418}),
        ("readThing", {"body": {}}),
        ("readThing", {"body": "{"}),
        ("readThing", {"headers": {"Content-Type": "text/html"}}),
        ("readThing", {"template": {"id": "{{ request.path.id }}"}}),  # known when it is asked for
        (["readThing", "listThings"], {"body": THING}),  # a list is not one thing
    ],
)
def test_leave_to_break_the_contract_may_be_needed(on: Json, reply: Json) -> None:
    rule = {"on": on, "breaks_contract": True, "reply": reply}

    assert findings("shop-v1/a", rule) == []


def test_one_reply_of_several_may_need_leave_to_break_the_contract() -> None:
    turns = [{"times": 1, "body": THING}, {"times": 1, "body": {}}, {"through": True}]

    assert findings("shop-v1/a", READ | {"replies": turns}) == []
    assert findings("shop-v1/a", READ | {"replies": [turns[0], turns[2]]}) == [NEEDLESS]


@pytest.mark.parametrize(
    ("reply", "place"),
    [
        ({"status": 204, "body": {}}, "body"),
        ({"status": 204, "body": None}, "body"),
        ({"status": 204, "body": ""}, "body"),
        ({"body": {}}, "body"),  # success has none
        ({"status": 204, "template": "{{ now }}"}, "template"),
    ],
)
@pytest.mark.parametrize("broken", [False, True])
def test_a_body_that_is_never_sent_is_told(reply: Json, place: str, *, broken: bool) -> None:
    rule = {"on": "dropThing", "breaks_contract": broken, "reply": reply}
    [(pointer, reason, allowed, _)] = findings("shop-v1/a", rule)

    assert pointer == f"/rules/0/reply/{place}"
    assert (reason, allowed) == ("a reply 204 never has a body", "another status")


def test_a_body_that_no_schema_describes_cannot_be_drawn() -> None:
    rule = {"on": "dropThing", "reply": {"generate": True}}

    [(pointer, reason, *_)] = findings("shop-v1/a", rule)

    assert (pointer, reason) == (
        "/rules/0/reply/generate",
        "shop-v1/dropThing documents no body of 204",
    )
