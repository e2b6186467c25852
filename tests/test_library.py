"""All scenarios of a server: what their names mean, which of them fit together."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import LoadError, UnknownName
from mockserver.library import HEADER_MAX, UNNAMED, Library, UnknownScenario
from mockserver.message import Json
from mockserver.scenario import Scenario
from mockserver.scenario_files import read_scenario
from mockserver.service import Services
from mockserver.sessions import Sessions
from tests.scenarios.samples import alone, contract, request_of, scenario

READ = {"on": "readThing"}
GONE = READ | {"reply": {"status": 404}}
LATE = READ | {"fault": {"delay": {"ms": 1}}}
ANY = {"on": "*", "as": "gateway", "reply": {"status": 503}}


def library(*scenarios: Scenario) -> Library:
    services = Services([contract("shop-v1"), contract("depot-v1")])
    return Library(scenarios, services)


def known() -> Library:
    return library(
        scenario("shop-v1/gone", GONE, tags=["rainy", "not-found"]),
        scenario("shop-v1/away", ANY, tags=["rainy"]),
        scenario("depot-v1/away", ANY),
        scenario("common/slow", {"on": "*", "fault": {"delay": {"ms": 1}}}, tags=["slow"]),
    )


def chosen(names: str, operation: str = "shop-v1/readThing") -> list[str]:
    return [script.name for script in known().chosen(operation, names.encode())]


def problems(*scenarios: Scenario) -> list[tuple[str, str, str]]:
    """File, pointer and reason of all that is wrong."""
    with pytest.raises(LoadError) as raised:
        library(*scenarios)
    return [(each.file, each.pointer, each.reason) for each in raised.value.findings]


# names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        ("gone", ["shop-v1/gone"]),
        ("shop-v1/gone", ["shop-v1/gone"]),
        ("slow", ["common/slow"]),
        ("slow,gone , away", ["common/slow", "shop-v1/gone", "shop-v1/away"]),
        ("", []),
        ("depot-v1/away", []),
        ("status-404", ["status-404"]),
        ("status-599,gone", ["status-599", "shop-v1/gone"]),
        ("shop-v1/status-404", ["shop-v1/status-404"]),
        ("depot-v1/status-404", []),
    ],
)
def test_names_in_a_request_mean_scenarios_of_its_api(names: str, ids: list[str]) -> None:
    assert chosen(names) == ids


def test_a_name_of_other_apis_alone_means_nothing_here() -> None:
    assert chosen("gone", "depot-v1/readBox") == []
    assert chosen("away", "depot-v1/readBox") == ["depot-v1/away"]


@pytest.mark.parametrize(
    "name",
    ["gon", "status-600", "status-409", "Gone", "shop-v1/gon", "ä", "shop-v1/status-409",
     "depot-v1/status-503", "common/status-404", "shopp-v1/status-404", "/status-404"],
)  # fmt: skip
def test_a_name_that_nothing_has_is_unknown(name: str) -> None:
    with pytest.raises(UnknownScenario) as raised:
        known().chosen("shop-v1/readThing", name.encode("latin-1"))

    assert set(raised.value.valid) == {"gone", "away", "slow", "status-200", "status-404"}
    assert repr(name) in str(raised.value)
    assert raised.value.valid[0] in str(raised.value)


def test_the_nearest_name_is_told_first() -> None:
    with pytest.raises(UnknownScenario) as raised:
        known().chosen("shop-v1/readThing", b"status-405")

    assert raised.value.valid[0] in ("status-404", "status-200")
    assert set(raised.value.valid[:2]) == {"status-404", "status-200"}


MEANINGS = {"gone": "shop-v1/gone", " slow ": "common/slow", "": "", "status-404": "status-404"}
LIBRARY = known()


@given(st.lists(st.sampled_from([*MEANINGS, "gon", "status-409", "\xff"]), max_size=5))
def test_a_header_means_all_of_its_names_or_is_unknown(names: list[str]) -> None:
    header = ",".join(names).encode("latin-1")

    if MEANINGS.keys() >= set(names):
        found = LIBRARY.chosen("shop-v1/readThing", header)
        assert [script.name for script in found] == [MEANINGS[each] for each in names if each]
    else:
        with pytest.raises(UnknownScenario):
            LIBRARY.chosen("shop-v1/readThing", header)


def test_a_status_of_an_api_is_a_scenario_of_its_operations_alone() -> None:
    made = known()

    assert made.operations("depot-v1/status-404") == ["depot-v1/readBox"]
    assert set(made.operations("shop-v1/status-404")) < set(made.operations("status-404"))
    [script] = made.chosen("shop-v1/readThing", b"shop-v1/status-404")
    assert script.rules[0].rule.id == "shop-v1/status-404#1"


def test_a_long_name_is_not_told_whole() -> None:
    name = "x" * 101
    cut = f"'{'x' * 100}…'"

    for ask in (
        lambda: known().chosen("shop-v1/readThing", name.encode()),
        lambda: known().resolve([name]),
        lambda: known().resolve([], [name]),
    ):
        with pytest.raises(UnknownName) as raised:
            ask()
        assert cut in str(raised.value)
        assert name not in str(raised.value)


def test_the_names_of_a_request_are_bounded() -> None:
    most = b"gone,".ljust(HEADER_MAX)

    assert len(known().chosen("shop-v1/readThing", most)) == 1
    with pytest.raises(UnknownScenario, match="2,001 bytes; 2,000 are the most"):
        known().chosen("shop-v1/readThing", most + b" ")
    with pytest.raises(UnknownScenario, match="names 21 scenarios; 20 are the most"):
        known().chosen("shop-v1/readThing", b",".join([b"gone"] * 21))


@pytest.mark.parametrize("way", ["chosen", "kept"])
def test_choices_are_remembered_up_to_a_bound(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.library.CHOSEN_MAX", 3)
    shared = known()
    ask = getattr(shared, way)

    first = ask("shop-v1/readThing", b"gone,slow")
    for count in range(1, 4):
        ask("shop-v1/readThing", b"gone" + b" " * count)

    assert ask("shop-v1/readThing", b"gone,slow") == first
    assert ask("shop-v1/readThing", b"gone,slow") is not first


def test_a_remembered_choice_is_the_same() -> None:
    shared = known()

    first = shared.chosen("shop-v1/readThing", b"gone,slow")

    assert shared.chosen("shop-v1/readThing", b"gone,slow") is first


def test_what_is_kept_leaves_out_what_means_nothing_for_a_later_request() -> None:
    found = known().kept("shop-v1/readThing", b"status-409, gone,nothing,away")

    assert [script.name for script in found] == ["shop-v1/gone", "shop-v1/away"]


@pytest.mark.parametrize(
    ("names", "tags", "ids"),
    [
        (["gone"], [], ["shop-v1/gone"]),
        (["away"], [], ["depot-v1/away", "shop-v1/away"]),
        (["depot-v1/away", "slow"], [], ["depot-v1/away", "common/slow"]),
        (["status-409"], [], ["status-409"]),
        (["shop-v1/status-409"], [], ["shop-v1/status-409"]),
        ([], ["rainy"], ["shop-v1/away", "shop-v1/gone"]),
        (["shop-v1/away"], ["rainy", "slow"], ["shop-v1/away", "shop-v1/gone", "common/slow"]),
        ([], [], []),
    ],
)
def test_names_and_tags_for_a_session_mean_scenarios_of_all_apis(
    names: list[str], tags: list[str], ids: list[str]
) -> None:
    assert known().resolve(names, tags) == tuple(ids)


@pytest.mark.parametrize(
    ("names", "tags", "near"),
    [
        (["gonne"], [], "gone"),
        (["status-600"], [], ""),
        (["depot-v1/status-409"], [], ""),
        (["depo-v1/status-404"], [], ""),
        ([], ["rany"], "rainy"),
        (["gone"], ["not-fond"], "not-found"),
    ],
)
def test_an_unknown_name_or_tag_for_a_session_is_told_with_the_nearest(
    names: list[str], tags: list[str], near: str
) -> None:
    with pytest.raises(UnknownName) as raised:
        known().resolve(names, tags)

    assert near in ("", raised.value.valid[0])
    assert repr([*names, *tags][-1]) in str(raised.value)


# defaults -----------------------------------------------------------------------------------


def test_defaults_are_those_that_are_marked_so_and_have_a_rule() -> None:
    made = library(
        scenario("shop-v1/one", GONE, default=True), scenario("shop-v1/two", GONE | {"times": 1})
    )

    assert [script.name for script in made.defaults("shop-v1/readThing")] == ["shop-v1/one"]
    assert made.defaults("shop-v1/listThings") == ()
    assert made.defaults("depot-v1/readBox") == ()


WHEN = {"when": {"path": {"id": "T1"}}}


@pytest.mark.parametrize(
    ("first", "later", "conflict"),
    [
        (GONE, GONE, True),
        (GONE, GONE | WHEN, True),
        (GONE | WHEN, GONE | WHEN, True),
        (GONE, LATE, True),
        (READ | {"fault": {"break": "reset", "before": "deed"}}, GONE, True),
        (GONE | WHEN, GONE, False),  # the narrower one first
        (GONE | {"times": 1}, GONE, False),  # it ends
        (LATE, GONE, False),  # it lets the request go on
        (READ | {"replies": [{"status": 404, "times": 1}, {"through": True}]}, GONE, False),
        (GONE, {"on": "createThing", "reply": {"status": 409}}, False),
    ],
)
def test_of_two_defaults_the_first_may_not_take_all_of_the_other(
    first: Json, later: Json, *, conflict: bool
) -> None:
    scenarios = (
        scenario("shop-v1/one", first, default=True),
        scenario("shop-v1/two", later, default=True),
    )
    expected = (
        "shop-v1/two.yaml",
        "/rules/0",
        "shop-v1/one#1, a default too, takes all that it would",
    )

    if conflict:
        assert problems(*scenarios) == [expected]
    else:
        assert len(library(*scenarios).scenarios) == 2


def test_a_default_of_the_user_comes_before_the_packaged_ones_and_may_claim_the_same() -> None:
    made = library(
        replace(scenario("common/a", LATE, default=True), trusted=True),
        replace(scenario("shop-v1/a", GONE, default=True), trusted=True),
        scenario("shop-v1/b", GONE, default=True),
    )

    names = [each.name for each in made.defaults("shop-v1/readThing")]
    assert names == ["shop-v1/b", "common/a", "shop-v1/a"]


def test_packaged_defaults_may_not_claim_the_same() -> None:
    first, later = (
        replace(scenario(f"shop-v1/{name}", GONE, default=True), trusted=True)
        for name in ("one", "two")
    )

    assert problems(first, later)[0][0] == "shop-v1/two.yaml"


def test_defaults_are_worked_out_once_for_an_operation() -> None:
    made = library(scenario("shop-v1/one", GONE, default=True))

    assert made.defaults("shop-v1/readThing") is made.defaults("shop-v1/readThing")


def test_scenarios_that_have_to_be_chosen_do_not_conflict() -> None:
    made = library(scenario("shop-v1/one", GONE, default=True), scenario("shop-v1/two", GONE))

    assert len(made.scenarios) == 2


# what does not fit --------------------------------------------------------------------------


def test_everything_that_does_not_fit_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "shop-v1"
    folder.mkdir()
    file = folder / "odd.yaml"
    file.write_text(
        "summary: A\nrules:\n  - on: readTing\n    fault: {break: reset}\n"
        "  - on: readThing\n    reply:\n      status: 409\n"
    )
    other = scenario("shop-v1/other", READ | {"reply": {"example": "larger"}})

    with pytest.raises(LoadError) as raised:
        library(read_scenario(file), other)

    found = raised.value.findings
    assert [(each.line, each.pointer, each.nearest) for each in found] == [
        (3, "/rules/0/on", "readThing"),
        (7, "/rules/1/reply/status", "404"),
        (0, "/rules/0/reply/example", "large"),
    ]


def test_what_is_packaged_gives_way_to_a_contract_that_it_does_not_fit() -> None:
    ours = replace(scenario("shop-v1/gone", {"on": "readIt"} | ANY), trusted=True)
    broken = replace(scenario("shop-v1/gone", {**ANY, "on": "readIt"}), trusted=True)

    made = library(broken, scenario("shop-v1/away", ANY))

    assert ours.trusted
    assert list(made.scenarios) == ["shop-v1/away"]
    assert [each.pointer for each in made.misfits] == ["/rules/0/on"]


# rules on the spot --------------------------------------------------------------------------


def test_a_rule_on_the_spot_is_for_every_api_that_has_its_operation() -> None:
    posted = known().post(
        "rule-1", {"on": ["shop-v1/readThing", "readBox"], "reply": {"status": 404}}
    )

    assert set(posted.scripts) == {"shop-v1/readThing", "depot-v1/readBox"}
    assert {script.name for script in posted.scripts.values()} == {"rule-1"}
    assert posted.rule.id == "rule-1"


def test_a_rule_may_be_bound_before_it_has_an_id() -> None:
    node = {"on": ["shop-v1/readThing", "readBox"], "reply": {"status": 404}, "times": 2}

    unnamed = known().post(UNNAMED, node)
    named = unnamed.named("rule-7")

    assert (named.rule.id, named.node) == ("rule-7", node)
    assert named.rule == replace(unnamed.rule, id="rule-7")
    assert set(named.scripts) == {"shop-v1/readThing", "depot-v1/readBox"}
    for script in named.scripts.values():
        [bound] = script.rules
        assert (script.name, bound.rule, bound.limit) == ("rule-7", named.rule, 2)


def test_a_literal_body_is_kept_once_for_all_operations() -> None:
    node = {"on": "*", "breaks_contract": True, "reply": {"status": 404, "body": "x" * 1_000}}

    posted = known().post("rule-1", node)

    writers = [script.rules[0].writers[0] for script in posted.scripts.values()]
    request, session = request_of("GET", "/"), Sessions().default
    replies = [write(request, session).reply.body for write in writers if write is not None]
    assert len(replies) > 1
    assert all(body is replies[0] for body in replies)


def test_a_rule_on_the_spot_for_all_applies_where_it_fits() -> None:
    posted = known().post("rule-1", {"on": "*", "reply": {"status": 409}})

    assert set(posted.scripts) == {"shop-v1/createThing", "shop-v1/replaceThing"}


@pytest.mark.parametrize(
    ("node", "place"),
    [
        ({"on": "readThing"}, ""),
        ({"on": "readThng", "reply": {"status": 404}}, "/on"),
        ({"on": "listThings", "reply": {"status": 200}}, "/on"),  # of two APIs
        ({"on": ["readThing", "dropThng"], "reply": {"status": 404}}, "/on/1"),
        ({"on": "readThing", "reply": {"status": 409}}, "/reply/status"),
        ({"on": "GET *", "reply": {"status": 418}}, "/reply/status"),
        ({"on": "readThing", "reply": {"template": "{{"}}, "/reply/template"),
        (
            {"on": "readThing", "reply": {"status": 404}, "when": {"path": {"no": 1}}},
            "/when/path/no",
        ),
        ({"on": "readThing", "fault": {"break": "rest"}}, "/fault/break"),
    ],
)
def test_a_rule_on_the_spot_that_does_not_fit_is_told(node: Json, place: str) -> None:
    with pytest.raises(LoadError) as raised:
        known().post("rule-1", node)

    assert {each.pointer for each in raised.value.findings} == {place}


def test_a_rule_of_an_earlier_server_applies_where_it_still_fits() -> None:
    session = alone()
    session.add("rule-1", LATE | {"on": ["shop-v1/readThing", "depot-v1/readBox"]})
    session.add("rule-2", {"on": "shop-v1/readThing", "reply": {"status": 404}})
    later = Library((), Services([contract("depot-v1")]))

    posted = [later.posted(session, name) for name in session.rules]

    assert [list(each.scripts) for each in posted] == [["depot-v1/readBox"], []]
    assert [each.node for each in posted] == list(session.rules.values())


def test_a_shelf_is_read_when_its_api_is_first_asked_for(tmp_path: Path) -> None:
    files = {}
    for stem in ("shop-v1", "depot-v1", "common"):
        (tmp_path / stem).mkdir()
        files[stem] = [tmp_path / stem / "gone.yaml"]
        rules = "rules: [{on: [readThing], reply: {status: 404}}]"
        files[stem][0].write_text(f"summary: Gone\n{rules}\n")
    services = Services([contract(stem) for stem in ("shop-v1", "depot-v1")])
    made = Library([], services, shelves=files)
    files["depot-v1"][0].write_text("summary: Changed before it was read")

    assert len(made) == 3
    assert made.script("shop-v1/readThing", "shop-v1/gone") is not None
    assert {each.summary for each in made.scenarios.values()} == {
        "Gone",
        "Changed before it was read",
    }
    assert list(made.scenarios) == ["common/gone", "depot-v1/gone", "shop-v1/gone"]


def test_a_scenario_of_the_user_takes_the_place_of_one_on_a_shelf(tmp_path: Path) -> None:
    file = tmp_path / "common" / "gone.yaml"
    file.parent.mkdir()
    file.write_text("summary: Ours\n")
    theirs = scenario("common/gone")

    made = Library([theirs], Services([contract("shop-v1")]), shelves={"common": [file]})

    assert len(made) == 1
    assert made.scenarios == {"common/gone": theirs}


# rules by id --------------------------------------------------------------------------------


def test_a_rule_is_found_by_its_id() -> None:
    found = library(scenario("shop-v1/gone", LATE | {"times": 1}, GONE))

    rules = found.scenarios["shop-v1/gone"].rules
    assert [found.rule(f"shop-v1/gone#{number}") for number in (1, 2, 3)] == [*rules, None]


@pytest.mark.parametrize("name", ["status-404", "shop-v1/status-404"])
def test_the_rule_of_a_status_is_found_by_its_id_too(name: str) -> None:
    found = library()
    script = found.script("shop-v1/dropThing", name)

    assert script is not None
    assert found.rule(f"{name}#1") == script.rules[0].rule


@pytest.mark.parametrize("name", ["rule-1", "", "#1", "shop-v1/none#1", "none/status-404#1"])
def test_what_no_scenario_has_is_no_rule(name: str) -> None:
    assert library().rule(name) is None
