"""What scenarios set up: the records that they give, and the courses by which lifecycles proceed.

The course of a record is put together when it is made, the weakest first: default scenarios, those
of the session, rules written on the spot, those that the request names; a rule that applies to the
request goes over the course of its own scenario.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from mockserver.clock import UNSTAGED
from mockserver.course import Course, Courses, merged
from mockserver.exchange import RuleCourse
from mockserver.library import Library
from mockserver.record import Conflict, Full, Record
from mockserver.scenario import COMMON, Scenario
from mockserver.script import ACTIVE, NAMED, POSTED
from mockserver.script import DEFAULT as BY_DEFAULT
from mockserver.session import Session
from mockserver.simulation import Collection
from mockserver.stores import DEFAULT

STAGED_MAX: Final = 1_000  # combinations of scenarios that are remembered


class Staged(NamedTuple):
    """How what a request begins proceeds, and who says so.

    Attributes:
        defaults: What default scenarios say.
        courses: What else is said, and all of it: the session says it by its scenarios, and by
            rules that were written on the spot.
    """

    defaults: Course
    courses: Courses

    def ruled(self, rules: Sequence[RuleCourse]) -> "Staged":
        """The same with the courses of rules that apply, each over the course of its scenario.

        Args:
            rules: The strongest first.
        """
        by: dict[str, list[Course]] = {}
        for rule in reversed(rules):
            known = rule.chosen_by in (NAMED, ACTIVE, BY_DEFAULT)
            by.setdefault(rule.chosen_by if known else POSTED, []).append(rule.course)
        of_default, of_active, posted, of_named = (
            by.get(each, []) for each in (BY_DEFAULT, ACTIVE, POSTED, NAMED)
        )
        active = merged((*of_default, self.courses.active, *of_active, *posted))
        asked = merged((self.courses.asked, *of_named))
        names = dict.fromkeys((*(rule.name for rule in rules), *self.courses.scenarios))
        return staged(self.defaults, active, asked, names)


def staged(defaults: Course, active: Course, asked: Course, names: Iterable[str]) -> Staged:
    """What is said of a course, put together."""
    whole = merged((defaults, active, asked))
    return Staged(defaults, Courses(whole, active, asked, tuple(names)))


class Staging:
    """Sets up sessions as scenarios have it.

    Args:
        library: The scenarios.
        collections: The kinds of records, by name.
    """

    def __init__(self, library: Library, collections: Mapping[str, Collection]) -> None:
        self._library = library
        self.collections = collections
        self._staged: dict[tuple[str, tuple[str, ...], bytes], Staged] = {}

    # courses ------------------------------------------------------------------------------

    def course(self, operation: str, active: tuple[str, ...], header: bytes) -> Staged:
        """How what a request begins proceeds, but for the rules that apply to it.

        Args:
            operation: Its id.
            active: Ids of the scenarios of its session, the strongest first.
            header: The scenarios that it names, the strongest first; b"" for none.
        """
        key = operation, active, header
        known = self._staged.get(key)
        if known is None:
            if len(self._staged) >= STAGED_MAX:
                self._staged.clear()
            known = self._staged[key] = self._course(operation, active, header)
        return known

    def _course(self, operation: str, active: tuple[str, ...], header: bytes) -> Staged:
        stem = operation.partition("/")[0]
        defaults = self._library.default_scenarios(stem)
        chosen = [each for each in self._chosen(active) if each.stem in (stem, COMMON)]
        ids = self._library.named(operation, header) if header else ()
        asked = [each for each in self._chosen(ids) if each.stem in (stem, COMMON)]
        names = dict.fromkeys(each.id for each in (*asked, *chosen) if each.course)
        of_defaults, of_active, of_asked = (
            merged(each.course for each in reversed(some)) for some in (defaults, chosen, asked)
        )
        return staged(of_defaults, of_active, of_asked, names)

    def _chosen(self, names: Iterable[str]) -> Iterator[Scenario]:
        return (each for each in map(self._library.known, names) if each is not None)

    # records ------------------------------------------------------------------------------

    def seed(self, session: Session, stem: str, operation: str = "", header: bytes = b"") -> bool:
        """Put what scenarios give into a session, each scenario once; what is there stays.

        Those that count are the session's own, those that a request names, and in the session
        `default` the default ones: other sessions begin empty. Whether any record was given; what
        it brings about at once is due then.

        Args:
            session: Where to.
            stem: The API that is asked.
            operation: Its operation, "" for none in particular.
            header: The scenarios that the request names.
        """
        marker = f"{stem} {header!r}" if header else stem
        if marker in session.staged:
            return False
        scenarios = list(self._chosen(session.scenarios))
        if header:
            scenarios += self._chosen(self._library.named(operation, header))
        if session.name == DEFAULT:
            scenarios += self._library.default_scenarios(stem)
        gave = False
        for scenario in scenarios:
            if scenario.given and session.give(scenario.id):
                self._give(scenario, session)
                gave = True
        if len(session.staged) >= STAGED_MAX:
            session.staged.clear()
        session.staged.add(marker)
        return gave

    def _give(self, scenario: Scenario, session: Session) -> None:
        for name, nodes in scenario.given.items():
            collection = self.collections[name]
            for node in nodes:
                courses = self._of_record(collection, session, scenario)
                record = collection.adopted(node, courses, session.moment())
                if session.records.get(name, record.id) is None:
                    with suppress(Conflict, Full):  # what has the claim, or the room, stays
                        session.records.commit([record], counted=False)

    def adopt(self, session: Session, collection: Collection, data: Mapping[str, object]) -> Record:
        """A record that a test puts into a session, in place of one with the same id."""
        courses = self._of_record(collection, session, None)
        return collection.adopted(data, courses, session.moment())

    def _of_record(
        self, collection: Collection, session: Session, scenario: Scenario | None
    ) -> Courses:
        """How a record proceeds that comes from outside, given by a scenario or put by a test."""
        if collection.lifecycle is None or not collection.apis:
            return UNSTAGED
        stem = collection.apis[0]
        chosen = [each for each in self._chosen(session.scenarios) if each.stem in (stem, COMMON)]
        own = [scenario] if scenario is not None and not scenario.default else []
        names = dict.fromkeys(each.id for each in (*own, *chosen) if each.course)
        of_defaults, of_active, of_own = (
            merged(each.course for each in reversed(some))
            for some in (self._library.default_scenarios(stem), chosen, own)
        )
        return staged(of_defaults, of_active, of_own, names).courses
