"""The double of Agile TV and a naive model of it, side by side: they never disagree."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.simulations.double import shared
from tests.simulations.models.agile_tv import AT_ONCE, NEVER, Model, Way

COURSES: dict[str, dict[str, Way]] = {
    "": {"*": Way(AT_ONCE)},
    "slow": {"*": Way(("after", 60))},
    "polled": {"*": Way(("polls", 2))},
    "failing": {"*": Way(None, fails=True)},
    "late-and-failing": {"*": Way(("after", 30), fails=True)},
    "mixed": {
        "createSubscription": Way(("after", 20)),
        "updateProducts": Way(("polls", 1), fails=True),
        "deleteSubscription": Way(None, fails=True),
        "suspendSubscription": Way(NEVER),
        "*": Way(("after", 5)),
    },
}


def course_of(ways: dict[str, Way]) -> dict[str, Any]:
    """A course as a scenario file has it."""
    return {operation: _step(way) for operation, way in ways.items()}


def _step(way: Way) -> Any:
    if way.waits == NEVER:
        return "never"
    said: dict[str, Any] = {"then": "FAILED"} if way.fails else {}
    if way.waits is not None:
        kind, number = way.waits
        said[kind] = f"{number}m" if kind == "after" else number
    return said


OUTSIDE = [("masmovil", "ACC_1"), ("masmovil", "ACC:2"), ("yoigo", "ACC_1")]
TRACES = st.sampled_from(
    [f"2106f808-36e9-402d-bf37-{number:012d}" for number in range(20)] + ["trace", "a-b"]
)
PLACES = st.sampled_from(OUTSIDE)
NAMED = st.sampled_from(["", "", "", *COURSES])


def _items(key: str, names: str) -> list[Any]:
    """Lists of up to three things."""
    plain = [{key: name} for name in names]
    things = [*plain, *({**each, "externalId": outside} for each in plain for outside in "xy")]
    pairs = [[one, other] for one in things for other in things]
    return [*([each] for each in things), *pairs[::3], *([*pair, plain[0]] for pair in pairs[::7])]


def _maybe(key: str, names: str) -> st.SearchStrategy[Any]:
    """Such a list, an empty one, or None; drawn at once, for these machines draw a lot."""
    return st.sampled_from([[], *[None] * 7, *_items(key, names)])


def _said(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A body with the members that are not None."""
    return st.fixed_dictionaries(members).map(
        lambda body: {name: value for name, value in body.items() if value is not None}
    )


CODE = st.just("48001")
PRODUCTS, ADDONS, UNITS = _maybe("id", "ABC"), _maybe("id", "AX"), _maybe("serialNumber", "1234")
SIGN_UP = _said(
    postalCode=CODE, products=st.sampled_from(_items("id", "ABC")), addons=ADDONS, stbs=UNITS
)
PRODUCT_CHANGE = _said(
    productsToAdd=PRODUCTS, productsToDelete=PRODUCTS, addonsToAdd=ADDONS, addonsToDelete=ADDONS
).filter(lambda body: any(body.values()))
STB_CHANGE = _said(postalCode=CODE, stbsToAdd=UNITS, stbsToDelete=UNITS).filter(
    lambda body: body.get("stbsToAdd") or body.get("stbsToDelete")
)
CALLS = {
    "createSubscription": ("POST", ""),
    "updateSubscription": ("PATCH", ""),
    "deleteSubscription": ("DELETE", ""),
    "updateProducts": ("PATCH", "/products"),
    "updateStbs": ("PATCH", "/stbs"),
    "suspendSubscription": ("POST", "/suspend"),
    "reactivateSubscription": ("POST", "/reactivate"),
}


class AgileTv(RuleBasedStateMachine):
    """Any calls, courses and moves of the clock."""

    @initialize(usual=st.sampled_from(["", "slow", "polled"]))
    def begin(self, usual: str) -> None:
        """Both begin empty, with the same usual course."""
        courses = COURSES | {"": COURSES[usual]}
        self.model = Model(courses)
        self.double = shared(
            "agile-tv-v3",
            course=course_of(courses[""]),
            scenarios={
                f"agile-tv-v3/{name}": {"course": course_of(ways)}
                for name, ways in courses.items()
                if name
            },
        )

    def write(self, operation: str, place: Any, trace: str, body: Any, course: str) -> None:
        """One write to both: the same answer; a refused one changes nothing."""
        org, service = place
        method, ending = CALLS[operation]
        self.double.advance("0s")
        before = self.remembered()
        path = f"/v3/orgs/{org}/tv/agile/subscriptions/{service}{ending}"
        said = self.double.call(method, path, body, correlation=trace, scenario=course)
        wanted = self.model.call(operation, org, service, trace, body, course)
        assert said.source == "simulation"
        assert (said.status, said.json) == wanted
        if said.status >= 400:
            assert self.remembered() == before

    def remembered(self) -> Any:
        """All records of the double."""
        return self.double.records("agile-subscriptions"), self.double.records("workflows")

    @rule(place=PLACES, trace=TRACES, body=SIGN_UP, course=NAMED)
    def sign_up(self, place: Any, trace: str, body: Any, course: str) -> None:
        """A sign-up."""
        self.write("createSubscription", place, trace, body, course)

    @rule(place=PLACES, trace=TRACES, course=NAMED)
    def edit(self, place: Any, trace: str, course: str) -> None:
        """A change of the general data, which no read shows."""
        body = {"postalCode": "48002", "ftthWorkOrderId": "MYSIM_1"}
        self.write("updateSubscription", place, trace, body, course)

    @rule(place=PLACES, trace=TRACES, body=PRODUCT_CHANGE, course=NAMED)
    def change_products(self, place: Any, trace: str, body: Any, course: str) -> None:
        """Products and add-ons come and go."""
        self.write("updateProducts", place, trace, body, course)

    @rule(place=PLACES, trace=TRACES, body=STB_CHANGE, course=NAMED)
    def change_decoders(self, place: Any, trace: str, body: Any, course: str) -> None:
        """Decoders come and go."""
        self.write("updateStbs", place, trace, body, course)

    @rule(place=PLACES, trace=TRACES, course=NAMED)
    def suspend(self, place: Any, trace: str, course: str) -> None:
        """A suspension."""
        self.write("suspendSubscription", place, trace, {}, course)

    @rule(place=PLACES, trace=TRACES, course=NAMED)
    def reactivate(self, place: Any, trace: str, course: str) -> None:
        """A reactivation."""
        self.write("reactivateSubscription", place, trace, {}, course)

    @rule(place=PLACES, trace=TRACES, course=NAMED)
    def end(self, place: Any, trace: str, course: str) -> None:
        """A termination."""
        self.write("deleteSubscription", place, trace, None, course)

    @rule(
        place=PLACES,
        ended=TRACES,
        made=TRACES,
        changed=TRACES,
        body=SIGN_UP,
        change=PRODUCT_CHANGE,
        courses=st.tuples(NAMED, NAMED, NAMED),
    )
    def end_and_begin_again(
        self,
        place: Any,
        ended: str,
        made: str,
        changed: str,
        body: Any,
        change: Any,
        courses: tuple[str, str, str],
    ) -> None:
        """A termination, a sign-up behind it, and a change behind that."""
        self.write("deleteSubscription", place, ended, None, courses[0])
        self.write("createSubscription", place, made, body, courses[1])
        self.write("updateProducts", place, changed, change, courses[2])

    @rule(place=PLACES)
    def read(self, place: Any) -> None:
        """A read, which counts."""
        org, service = place
        said = self.double.call("GET", f"/v3/orgs/{org}/tv/agile/subscriptions/{service}")
        assert (said.status, said.json) == self.model.read(org, service)
        assert said.source == "simulation"

    @rule(minutes=st.sampled_from([0, 1, 4, 5, 19, 30, 60, 600]))
    def wait(self, minutes: int) -> None:
        """Time passes."""
        self.double.advance(f"{minutes}m")
        self.model.advance(minutes)

    @invariant()
    def both_show_the_same(self) -> None:
        """What a read would show, without one."""
        if not hasattr(self, "double"):
            return
        self.double.advance("0s")
        self.model.settle()
        shown = {
            (each.data["org"], each.data["service_id"]): {
                name: each.data[name] for name in ("service_id", "accountState", "products", "stbs")
            }
            for each in self.double.records("agile-subscriptions")
        }
        wanted = {place: self.model.shown(*place) for place in OUTSIDE}
        assert shown == {place: each for place, each in wanted.items() if each is not None}


TestAgileTv = AgileTv.TestCase
