"""Scenario files: which have the right shape, and what is said of those that have not."""

from pathlib import Path

import orjson
import pytest

from mockserver.contract.replies import encode
from mockserver.errors import Finding, LoadError
from mockserver.message import Json
from mockserver.scenario_files import (
    elsewhere,
    files_below,
    left_out,
    located,
    read_scenario,
    read_scenarios,
    shelves_of,
    twice,
)
from mockserver.scenario_shape import POSTED_MAX, RULE_MAX, read_rule
from mockserver.span import MOST

RULE = "summary: A\nrules:\n  - on: read\n    "
KEYS = "after_deed, as, breaks_contract, course, fault, on, replies, reply, summary, times, when"
SOME = "one of `reply`, `replies`, `fault`, `course`"
LATIN = "a header is sent in Latin-1, which does not have all of this"

STEPS = "at once, by hand, never, a mapping such as {after: 2h}"
SPAN = "a span such as 90s, 2h or 1d12h"


def written(folder: Path, text: str, name: str = "shop-v1/sold-out.yaml") -> Path:
    """A scenario file with this text."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def findings(folder: Path, text: str) -> list[tuple[int, str, str, str, str]]:
    """Line, pointer, reason, allowed and nearest of all that is wrong with a file."""
    file = written(folder, text)
    with pytest.raises(LoadError) as raised:
        read_scenario(file)
    found = raised.value.findings
    assert {each.file for each in found} == {str(file)}
    return [(each.line, each.pointer, each.reason, each.allowed, each.nearest) for each in found]


def of_rule(node: Json) -> list[tuple[str, str, str]]:
    """Pointer, reason and allowed of all that is wrong with a rule written on the spot."""
    with pytest.raises(LoadError) as raised:
        read_rule("rule-1", node)
    assert {each.file for each in raised.value.findings} == {"rule"}
    return [(each.pointer, each.reason, each.allowed) for each in raised.value.findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", (1, "", "found array", "object", "")),
        ("rules: []", (1, "", "the key `summary` is missing", "`summary`", "")),
        (
            "summary: A\ntagz: [b]",
            (
                1,
                "",
                "unknown key `tagz`",
                "course, default, description, given, rules, summary, tags",
                "tags",
            ),
        ),
        ("summary: A\ndefault: 1", (2, "/default", "found integer", "boolean", "")),
        (RULE + "replay: {status: 200}", (3, "/rules/0", "unknown key `replay`", KEYS, "reply")),
        (RULE + "times: 1", (3, "/rules/0", "something is missing", SOME, "")),
        (
            "summary: A\nrules: [{fault: {break: reset}}]",
            (2, "/rules/0", "the key `on` is missing", "`on`", ""),
        ),
        (
            RULE + "reply: {body: 1}\n    replies: [{body: 1}]",
            (3, "/rules/0", "`reply` and `replies` cannot be given together", "one of them", ""),
        ),
        (
            RULE + "reply:\n      body: 1\n      example: a",
            (
                4,
                "/rules/0/reply",
                "`body` and `example` cannot be given together",
                "one of them",
                "",
            ),
        ),
        (
            RULE + "replies:\n      - {times: 1, statsu: 503}",
            (
                5,
                "/rules/0/replies/0",
                "unknown key `statsu`",
                "body, example, generate, headers, status, template, through, times, weight",
                "status",
            ),
        ),
        (
            RULE + "fault:\n      break: rest",
            (
                5,
                "/rules/0/fault/break",
                "found 'rest'",
                "reset, empty, truncate, garbage, chunk, dribble, hang",
                "reset",
            ),
        ),
        (
            RULE + "fault: {break: reset}\n    when:\n      querry: {a: 1}",
            (
                5,
                "/rules/0/when",
                "unknown key `querry`",
                "body, headers, path, query",
                "query",
            ),
        ),
        (
            RULE + "fault: {break: reset}\n    when:\n      path:\n        id: {regx: a}",
            (
                7,
                "/rules/0/when/path/id",
                "unknown key `regx`",
                "absent, equals, max, min, one_of, regex",
                "regex",
            ),
        ),
        (
            "summary: A\ncourse:\n  OPEN: at onse",
            (3, "/course/OPEN", "found 'at onse'", STEPS, "at once"),
        ),
        ("summary: A\ncourse:\n  OPEN: 2h", (3, "/course/OPEN", "found '2h'", STEPS, "")),
        (
            "summary: A\ncourse:\n  OPEN: {after: 7200}",
            (3, "/course/OPEN/after", "found integer", f"string, {SPAN}", ""),
        ),
        (
            "summary: A\ncourse:\n  OPEN: {after: 2 hours}",
            (
                3,
                "/course/OPEN/after",
                '"2 hours" does not match "^([0-9]+(ms|s|m|h|d))+$"',
                SPAN,
                "",
            ),
        ),
        (
            "summary: A\ncourse:\n  OPEN: {polls: 0}",
            (
                3,
                "/course/OPEN/polls",
                "0 is less than the minimum of 1",
                "a number from 1",
                "",
            ),
        ),
        (
            "summary: A\ncourse:\n  OPEN: {after: 2h, polls: 1}",
            (
                3,
                "/course/OPEN",
                "`after` and `polls` cannot be given together",
                "one of them",
                "",
            ),
        ),
        (
            "summary: A\ncourse:\n  OPEN: {jitter: 2h}",
            (3, "/course/OPEN", "the key `after` is missing", "`after`", ""),
        ),
        ("summary: A\ngiven: {things: [1]}", (2, "/given/things/0", "found integer", "object", "")),
    ],
)
def test_a_file_of_another_shape_is_told_with_place_allowed_and_nearest(
    text: str, expected: tuple[int, str, str, str, str], tmp_path: Path
) -> None:
    assert expected in findings(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (RULE + "reply: {status: 199}", "/rules/0/reply/status"),
        (RULE + "reply: {status: 600}", "/rules/0/reply/status"),
        (RULE + "reply: {}", "/rules/0/reply"),
        (RULE + "reply: {generate: false}", "/rules/0/reply/generate"),
        (RULE + "replies: []", "/rules/0/replies"),
        (RULE + "replies: [{weight: 0, body: 1}]", "/rules/0/replies/0/weight"),
        (RULE + "replies: [{weight: 1000001, body: 1}]", "/rules/0/replies/0/weight"),
        (RULE + "reply: {body: 1}\n    times: 0", "/rules/0/times"),
        (RULE + "fault: {}", "/rules/0/fault"),
        (RULE + "fault: {delay: {ms: 120001}}", "/rules/0/fault/delay/ms"),
        (RULE + "fault: {delay: {}}", "/rules/0/fault/delay"),
        (RULE + "fault: {break: reset}\n    when: {body: {a: 1}}", "/rules/0/when/body"),
        (RULE + "fault: {break: reset}\n    when: {path: {}}", "/rules/0/when/path"),
        (RULE + "fault: {break: reset}\n    as: proxy", "/rules/0/as"),
        ("summary: A\nrules: [{on: [], fault: {break: reset}}]", "/rules/0/on"),
        ("summary: A\nrules: [{on: [a, a], fault: {break: reset}}]", "/rules/0/on"),
        ('summary: ""', "/summary"),
        ("summary: A\ntags: [Rainy]", "/tags/0"),
        ("summary: A\ntags: [a, a]", "/tags"),
        ("summary: A\ncourse: {OPEN: {after: soon}}", "/course/OPEN/after"),
        ("summary: A\ncourse: {OPEN: {}}", "/course/OPEN"),
        ("summary: A\ncourse: {}", "/course"),
        ("summary: A\ncourse: {OPEN: []}", "/course/OPEN"),
        ("summary: A\ncourse: {OPEN: [never, soon]}", "/course/OPEN/1"),
        ("summary: A\ncourse: {OPEN: {polls: 0}}", "/course/OPEN/polls"),
        (RULE + "course: {OPEN: {after: soon}}", "/rules/0/course/OPEN/after"),
        ("summary: A\ngiven: {Things: []}", "/given"),
    ],
)
def test_a_value_out_of_bounds_is_told_with_its_place(
    text: str, place: str, tmp_path: Path
) -> None:
    assert place in [each[1] for each in findings(tmp_path, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "fault: {before: deed}",
            ("/fault", "A fault has a `delay` or a `break`; this one does nothing", ""),
        ),
        (
            "fault: {delay: {ms: 1, sigma: 1}}",
            ("/fault", "A delay with `ms` cannot have `sigma`", ""),
        ),
        (
            "fault: {break: reset, before: deed}\n    reply: {body: 1}",
            ("/fault/before", "the request is lost before the deed, so nothing is replied", ""),
        ),
        (
            "fault: {break: reset, before: deed}\n    replies: [{through: true}]",
            ("/fault/before", "the request is lost before the deed, so nothing is replied", ""),
        ),
        (
            "replies: [{body: 1, weight: 1}, {body: 2}]",
            ("/replies", "some replies have a weight and some have none", "all or none"),
        ),
        (
            "replies: [{body: 1, weight: 1, times: 2}]",
            ("/replies/0/times", "a weighted choice has no turns", "weight"),
        ),
        (
            "replies: [{body: 1, times: 1}, {through: true, status: 200}]",
            ("/replies/1", "who lets the request through does not reply", "through, times, weight"),
        ),
        (
            "replies: [{body: 1}, {body: 2}]",
            ("/replies/0", "it never ends, so the replies behind it are never given", "times"),
        ),
        (
            "reply: {status: 302}\n    as: gateway",
            ("", "a gateway speaks only for itself", "a status from 400"),
        ),
        (
            "reply: {body: 1}\n    as: gateway",
            ("", "a gateway speaks only for itself", "a status from 400"),
        ),
        (
            'reply: {body: 1}\n    when: {body: {/a~1b: {regex: "("}}}',
            (
                "/when/body/~1a~01b/regex",
                "'(' is no regular expression: missing ), unterminated subpattern at position 0",
                "",
            ),
        ),
        (
            'reply: {body: 1}\n    when: {path: {id: {regex: "a{9999999999}"}}}',
            (
                "/when/path/id/regex",
                "'a{9999999999}' is no regular expression: the repetition number is too large",
                "",
            ),
        ),
        ("reply: {headers: {X-A: €}}", ("/reply/headers/X-A", LATIN, "")),
        ("replies: [{headers: {€: a}}]", ("/replies/0/headers/€", LATIN, "")),
    ],
)
def test_what_no_schema_can_say_is_found_in_files_and_in_rules_on_the_spot(
    text: str, expected: tuple[str, str, str], tmp_path: Path
) -> None:
    place, reason, allowed = expected

    found = findings(tmp_path, RULE + text)

    assert [each[1:4] for each in found] == [("/rules/0" + place, reason, allowed)]
    assert found[0][0] >= 3
    assert of_rule({"on": "read"} | _parsed(tmp_path, text)) == [expected]


def _parsed(folder: Path, text: str) -> Json:
    from mockserver.document import read  # noqa: PLC0415 - only here

    return read(written(folder, "rules:\n  - on: read\n    " + text, "x/rule.yaml"))["rules"][0]


def test_a_gateway_may_let_a_request_through(tmp_path: Path) -> None:
    text = RULE + "replies: [{status: 503, times: 1}, {through: true}]\n    as: gateway"

    assert read_scenario(written(tmp_path, text)).rules[0].gateway


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = "tags: [A]\nrules:\n  - {on: a}\n  - {on: a, fault: {break: rest}}\n"

    places = [each[1] for each in findings(tmp_path, text)]

    assert sorted(places) == ["", "/rules/0", "/rules/1/fault/break", "/tags/0"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("summary: [", "is no YAML: "),
        ("summary: A\nsummary: B", "is no YAML: the key 'summary' is given twice line 2"),
        ("", "found null"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(text: str, reason: str, tmp_path: Path) -> None:
    assert reason in findings(tmp_path, text)[0][2]


@pytest.mark.parametrize("name", ["Sold-out", "sold_out", "-a", "status-404", "rule-1", "ä"])
def test_a_name_that_cannot_be_chosen_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(LoadError) as raised:
        read_scenario(written(tmp_path, "summary: A", f"shop-v1/{name}.yaml"))

    assert f"'{name}' is no name of a scenario" in str(raised.value)


@pytest.mark.parametrize("name", ["a", "4g", "status-codes", "sold-out-2"])
def test_a_name_of_small_letters_digits_and_hyphens_is_taken(name: str, tmp_path: Path) -> None:
    scenario = read_scenario(written(tmp_path, "summary: A", f"shop-v1/{name}.yaml"))

    assert scenario.id == f"shop-v1/{name}"


def test_a_rule_on_the_spot_of_the_right_shape_is_read() -> None:
    rule = read_rule("rule-1", {"on": "read", "reply": {"status": 404}})

    assert (rule.id, rule.on, rule.turns[0].status) == ("rule-1", ("read",), 404)


@pytest.mark.parametrize("node", [[], None, "on", 1])
def test_a_rule_on_the_spot_is_an_object(node: Json) -> None:
    [(place, reason, allowed)] = of_rule(node)

    assert (place, allowed) == ("", "object")
    assert reason.startswith("found ")


# folders ------------------------------------------------------------------------------------


def test_files_stand_in_the_folder_of_an_api(tmp_path: Path) -> None:
    first = written(tmp_path, "", "shop-v1/a.yaml")
    second = written(tmp_path, "", "common/b.json")
    third = written(tmp_path, "", "shop-v1/c.yml")
    written(tmp_path, "", "shop-v1/notes.md")

    assert files_below(tmp_path) == sorted([first, second, third])


@pytest.mark.parametrize("name", ["a.yaml", "shop-v1/deeper/a.yaml"])
def test_a_file_in_no_folder_of_an_api_is_told(name: str, tmp_path: Path) -> None:
    file = written(tmp_path / "mine", "summary: A", name)

    with pytest.raises(LoadError) as raised:
        files_below(tmp_path / "mine")

    [finding] = raised.value.findings
    assert (finding.file, finding.reason) == (str(file), "the file is not in the folder of an API")
    assert finding.allowed == "mine/<api>/<name>.yaml or mine/common/<name>.yaml"


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="is no folder of scenarios"):
        files_below(tmp_path / "nothing")


def test_the_users_files_take_the_place_of_packaged_ones(tmp_path: Path) -> None:
    ours, theirs, last = (tmp_path / name for name in ("ours", "theirs", "last"))
    written(ours, "summary: Ours", "common/a.yaml")
    written(ours, "summary: Ours", "common/b.yaml")
    written(theirs, "summary: Theirs", "common/a.yaml")
    written(theirs, "summary: Theirs", "shop-v1/c.yaml")
    written(last, "summary: Last", "shop-v1/c.yaml")

    found = {each.id: each for each in read_scenarios(files_below(ours), [theirs, last])}

    assert {name: each.summary for name, each in found.items()} == {
        "common/a": "Theirs",
        "common/b": "Ours",
        "shop-v1/c": "Last",
    }
    assert [name for name, each in found.items() if each.trusted] == ["common/b"]


def test_packaged_scenarios_of_apis_that_are_not_served_are_left_out(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    written(ours, "summary: A", "shop-v1/a.yaml")
    written(ours, "no yaml: [", "depot-v1/a.yaml")
    written(theirs, "summary: A", "depot-v2/b.yaml")

    written(ours, "summary: A", "common/c.yaml")

    shelves = shelves_of(ours, ["shop-v1"])
    found = [each.id for each in read_scenarios(shelves["shop-v1"], [theirs])]

    assert shelves.keys() == {"shop-v1", "common"}
    assert found == ["shop-v1/a", "depot-v2/b"]  # whether the user's one fits is asked later


def test_what_is_wrong_with_any_file_is_told_at_once(tmp_path: Path) -> None:
    files = [written(tmp_path, "tags: []", f"common/{name}.yaml") for name in "ab"]
    written(tmp_path, "summary: C", "common/c.yaml")

    with pytest.raises(LoadError) as raised:
        read_scenarios([], [tmp_path])

    assert [each.file for each in raised.value.findings] == [str(file) for file in files]


def test_a_place_that_does_not_exist_has_the_line_of_what_surrounds_it(tmp_path: Path) -> None:
    file = written(tmp_path, "summary: A\nrules:\n  - on: a\n    reply:\n      status: 200\n")
    places = ["", "/rules/0/reply/status", "/rules/0/reply/body/x", "/rules/7", "/nothing"]

    found = located([Finding(str(file), place, "") for place in places])

    assert [each.line for each in found] == [1, 5, 4, 2, 1]


def test_findings_without_a_file_have_no_line() -> None:
    assert [each.line for each in located([Finding("rule", "/on", "")])] == [0]


# folders of all kinds -----------------------------------------------------------------------


def test_a_volume_of_kubernetes_is_read_once_through_its_links(tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    for name in ("shop-v1/a.yaml", "common/b.yaml"):
        written(volume / "..2026_01_15", "summary: A", name)
    (volume / "..data").symlink_to("..2026_01_15")
    for name in ("shop-v1", "common"):
        (volume / name).symlink_to(f"..data/{name}")

    assert files_below(volume) == [volume / "common/b.yaml", volume / "shop-v1/a.yaml"]


def test_a_volume_in_the_folder_of_an_api_is_read_once(tmp_path: Path) -> None:
    written(tmp_path / "shop-v1" / "..2026_01_15", "summary: A", "a.yaml")
    (tmp_path / "shop-v1" / "..data").symlink_to("..2026_01_15")
    (tmp_path / "shop-v1" / "a.yaml").symlink_to("..data/a.yaml")

    assert files_below(tmp_path) == [tmp_path / "shop-v1/a.yaml"]


def test_a_link_to_a_folder_around_it_is_not_followed(tmp_path: Path) -> None:
    file = written(tmp_path / "my", "summary: A")
    (tmp_path / "my" / "again").symlink_to(".")
    (tmp_path / "my" / "above").symlink_to("..")
    (file.parent / "again").symlink_to(".")

    assert files_below(tmp_path / "my") == [file]


def test_hidden_files_are_none(tmp_path: Path) -> None:
    written(tmp_path, "summary: A", "shop-v1/.a.yaml")
    written(tmp_path, "summary: A", ".git/a.yaml")

    assert files_below(tmp_path) == []


def test_two_files_of_a_folder_are_not_one_scenario(tmp_path: Path) -> None:
    first = written(tmp_path, '{"summary": "A"}', "shop-v1/dup.json")
    others = [written(tmp_path, "summary: A", f"shop-v1/dup.{kind}") for kind in ("yaml", "yml")]
    written(tmp_path, "summary: A", "common/dup.yml")

    with pytest.raises(LoadError) as raised:
        read_scenarios([], [tmp_path])

    reason = "the scenario shop-v1/dup is in dup.json already"
    assert [(each.file, each.reason) for each in raised.value.findings] == [
        (str(file), reason) for file in others
    ]
    assert [each.file for each in twice([*others, first])] == [str(others[1]), str(first)]


def test_scenarios_of_packaged_apis_that_are_not_served_are_left_out(tmp_path: Path) -> None:
    written(tmp_path, "tgas: []", "hbo-tv-v1/a.yaml")
    written(tmp_path, "summary: A", "shop-v1/a.yaml")
    unserved = elsewhere(["shop-v1"])

    assert {"hbo-tv-v1", "agile-tv-v3"} <= unserved
    assert elsewhere(unserved) == frozenset()
    found = read_scenarios([], [tmp_path], unserved=unserved)
    assert [each.id for each in found] == ["shop-v1/a"]
    [told] = left_out(files_below(tmp_path), unserved)
    assert (told.file, told.severity) == (str(tmp_path), "warning")
    assert told.reason == "scenarios of APIs that are not served are left out: hbo-tv-v1"


# what does nothing, and what is too large ----------------------------------------------------


@pytest.mark.parametrize(
    ("location", "name", "allowed"),
    [
        ("headers", "X A", "a name of a header"),
        ("headers", "", "a name of a header"),
        ("headers", "X-Ä", "a name of a header"),
        ("body", "/a~9", "a JSON pointer, such as /price"),
        ("body", "price", "a JSON pointer, such as /price"),
    ],
)
def test_a_condition_on_a_place_that_no_request_has_is_told(
    location: str, name: str, allowed: str
) -> None:
    node = {"on": "a", "fault": {"break": "reset"}, "when": {location: {name: 1}}}

    assert of_rule(node) == [(f"/when/{location}", f"found the name {name!r}", allowed)]


@pytest.mark.parametrize("name", ["", "/", "/a~0b~1c/0", "/ä b"])
def test_any_json_pointer_names_a_place_of_the_body(name: str) -> None:
    node = {"on": "a", "fault": {"break": "reset"}, "when": {"body": {name: 1}}}

    assert read_rule("rule-1", node).when.conditions[0].name == name


@pytest.mark.parametrize(
    ("node", "place", "reason"),
    [
        (
            {"replies": [{"through": True}], "after_deed": True},
            "/after_deed",
            "it is about a reply, and the rule has none",
        ),
        (
            {"fault": {"break": "reset"}, "breaks_contract": True},
            "/breaks_contract",
            "it is about a reply, and the rule has none",
        ),
        (
            {"replies": [{"through": True}], "as": "gateway"},
            "/as",
            "it is about a reply, and the rule has none",
        ),
        (
            {"reply": {"status": 503}, "as": "gateway", "breaks_contract": True},
            "/breaks_contract",
            "the reply of a gateway is not checked",
        ),
    ],
)
def test_what_says_how_to_see_a_reply_needs_one(node: Json, place: str, reason: str) -> None:
    assert of_rule({"on": "a"} | node) == [(place, reason, "")]


@pytest.mark.parametrize("key", ["reply", "replies"])
def test_a_rule_that_replies_has_no_course(key: str) -> None:
    turn = {"status": 503}
    node = {"on": "a", "course": {"OPEN": "never"}, key: turn if key == "reply" else [turn]}

    reason = f"`course` and `{key}` cannot be given together"
    assert of_rule(node) == [("", reason, "one of them")]


def test_a_course_needs_a_request_that_is_not_lost() -> None:
    fault = {"break": "reset", "before": "deed"}
    reason = "the request is lost before the deed, so nothing begins"

    found = of_rule({"on": "a", "course": {"OPEN": "never"}, "fault": fault})

    assert found == [("/fault/before", reason, "")]


@pytest.mark.parametrize(
    "node",
    [
        {},
        {"times": 2, "when": {"path": {"id": "1"}}},
        {"fault": {"break": "reset"}},
        {"fault": {"delay": {"ms": 5}, "before": "deed"}},
    ],
)
def test_a_course_goes_with_what_lets_a_request_through(node: Json) -> None:
    rule = read_rule("rule-1", {"on": "a", "course": {"OPEN": "never"}} | node)

    assert list(rule.course) == ["OPEN"]


LONGEST = "36500d"
LONG = ("'36501d' is more than 36500 days", "36500d at most")


@pytest.mark.parametrize(
    ("course", "place"),
    [
        ({"OPEN": {"after": "36501d"}}, "/course/OPEN/after"),
        ({"a/b": {"after": "1s", "jitter": "36501d"}}, "/course/a~1b/jitter"),
        ({"OPEN": ["never", {"after": "36501d", "then": "X"}]}, "/course/OPEN/1/after"),
    ],
)
def test_a_span_beyond_the_ceiling_is_told_with_its_place(
    course: Json, place: str, tmp_path: Path
) -> None:
    node = {"on": "a", "course": course}
    text = orjson.dumps({"summary": "A", "course": course, "rules": [node]}).decode()

    found = findings(tmp_path, text)

    assert {each[1:4] for each in found} == {(place, *LONG), ("/rules/0" + place, *LONG)}
    assert of_rule(node) == [(place, *LONG)]


def test_a_span_up_to_the_ceiling_is_taken(tmp_path: Path) -> None:
    text = f"summary: A\ncourse: {{OPEN: {{after: {LONGEST}, jitter: {LONGEST}}}}}"

    [step] = read_scenario(written(tmp_path, text)).course["OPEN"]

    assert step.after == step.jitter == MOST


def test_a_rule_has_a_size_that_is_bounded(tmp_path: Path) -> None:
    bare = len(encode({"on": "a", "reply": {"body": ""}}))
    most = {"on": "a", "reply": {"body": "x" * (POSTED_MAX - bare)}}
    more = {"on": "a", "reply": {"body": "x" * (POSTED_MAX - bare + 1)}}
    large = {"on": "a", "reply": {"body": "x" * (RULE_MAX - bare + 1)}}

    assert read_rule("rule-1", most).id == "rule-1"
    assert of_rule(more) == [("", "the rule has 262,145 bytes as JSON", "262,144 at most")]
    text = orjson.dumps({"summary": "A", "rules": [more, large]}).decode()
    assert findings(tmp_path, text) == [
        (1, "/rules/1", "the rule has 1,048,577 bytes as JSON", "1,048,576 at most", "")
    ]
