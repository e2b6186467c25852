"""Where a schema stands: what its name and its owner's name are, and the JSON pointer to it."""

from typing import NamedTuple

from mockserver.sample import names


class Place(NamedTuple):
    """The member that a schema describes ("" for none), whose member that is, and a pointer."""

    name: str
    parent: str
    pointer: str

    def member(self, name: str) -> "Place":
        """The place of a member of this object."""
        return Place(name, self.name, self._below("properties", name))

    def inside(self, *steps: str | int) -> "Place":
        """A place further down that has the same name: a branch, the elements of an array."""
        return self._replace(pointer=self._below(*steps))

    def steering(self, spare: str = "") -> "Place":
        """This place with only the names that steer values.

        Args:
            spare: Stands in for a name that says nothing: the name of the schema referred to.
        """
        if not names.steers(self.name):
            return Place(spare if spare and names.steers(spare) else "", "", self.pointer)
        return self._replace(parent=self.parent if names.is_parent(self.parent) else "")

    def _below(self, *steps: str | int) -> str:
        """A pointer further down (RFC 6901)."""
        texts = (str(step).replace("~", "~0").replace("/", "~1") for step in steps)
        return "/".join((self.pointer, *texts))
