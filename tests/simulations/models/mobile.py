"""A naive model of mobile lines: one number, one tenant, and what the world knows of it.

Written from the contracts' facts alone; nothing of the package is used here.
"""

from collections.abc import Mapping

from tests.simulations.models.subscriptions import Course, Model, Thing

SPAIN = "34"


class MobileModel(Model):
    """The provider of mobile lines; a line is called by its tenant, country code and number.

    Attributes:
        lines: The world's lines by number: the brand, and whether the group carries them.
    """

    def __init__(self, courses: Mapping[str, Course]) -> None:
        super().__init__("mobile", courses)
        self.lines: dict[str, tuple[str, bool]] = {}

    def activate(self, org: str, msisdn: str, correlation: str, ports: float | None) -> int:
        """202 for accepted, else the status of the refusal; a ported number comes at `ports`."""
        name = f"{org} {msisdn}"
        known = ("mobile", self.product.create, name, correlation) in self.accepted
        if not known and ports is None and self._is_in_use(msisdn):
            return 400
        facts = {} if ports is None else {"lasts": ports}
        return self.create("mobile", name, msisdn, name, correlation, facts)

    def _is_in_use(self, msisdn: str) -> bool:
        code, number = msisdn.split()
        if any(each.group == msisdn for each in self.things):
            return True
        return code == SPAIN and number in self.lines and self.lines[number][1]

    def _enter(self, thing: Thing, state: str) -> None:
        super()._enter(thing, state)
        if state != "ACTIVE":
            return
        for each in list(self.things):
            if each is not thing and each.group == thing.group and each.state == "ACTIVE":
                self.things.remove(each)
        org, code, number = thing.name.split()
        if code == SPAIN:
            self.lines[number] = (org.upper(), True)
