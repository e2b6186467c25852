"""A naive model of mobile lines: one number, one tenant, and what the world knows of it.

Written from the contracts' facts alone; nothing of the package is used here.
"""

from collections.abc import Sequence

from tests.simulations.models.courses import Layer
from tests.simulations.models.subscriptions import Answer, Model, Thing

SPAIN = "34"


class MobileModel(Model):
    """The provider of mobile lines; a line is called by its tenant, country code and number.

    Attributes:
        lines: The world's lines by number: the brand, and whether the group carries them.
    """

    def __init__(self, default: Layer) -> None:
        super().__init__("mobile", default)
        self.lines: dict[str, tuple[str, bool]] = {}

    def activate(
        self,
        org: str,
        msisdn: str,
        correlation: str,
        ports: float | None,
        named: Sequence[Layer],
    ) -> Answer:
        """An activation; a ported number comes at `ports`, None for a new one."""
        name = f"{org} {msisdn}"
        facts = {} if ports is None else {"lasts": ports}
        wrong = "exists" if ports is None and self._is_in_use(msisdn) else ""
        words = {"number": msisdn}
        return self.create("mobile", name, msisdn, name, correlation, facts, words, named, wrong)

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
