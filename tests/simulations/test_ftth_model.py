"""The double of FTTH and a naive town, side by side: they never disagree."""

from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.simulations.test_world_model import (
    ANYTHING,
    GESCALS,
    ComparedWorld,
    address,
    brand,
    client,
    document,
    gescal,
    number,
)

PATHS = {"own": "/v1/ftth/accesses/info", "orange": "/v1/ftth/orange_accesses/info"}
criteria = st.fixed_dictionaries(
    {}, optional={"phoneNumber": number, "gescal37": gescal, "addressId": address}
)
destinations = st.fixed_dictionaries(
    {
        "gescal37": st.sampled_from([*GESCALS, "", "2" * 38]),
        "brand": brand,
        "bandwidth": st.just("1000M_1000M"),
        "customerType": st.just("RESIDENTIAL"),
    },
    optional={"phoneNumber": number, "documentNumber": document, "clientName": client},
)


class Ftth(ComparedWorld):
    """The FTTH API in such a world."""

    @rule(several=st.lists(criteria, min_size=1, max_size=4))
    def query(self, several: Any) -> None:
        for network, path in PATHS.items():
            for asked in several:
                before = self.remembered()
                said = self.double.call("GET", f"{path}?{urlencode(asked)}")
                wanted = self.town.query(network, asked)
                assert (said.status, said.json, said.source) == (*wanted, "simulation")
                assert self.remembered() == before

    @rule(
        pick=st.integers(0, 4),
        lie=st.sampled_from(["", "", "", "other case", *ANYTHING]),
        wanted=destinations,
    )
    def retain_with_the_access(self, pick: int, lie: str, wanted: Any) -> None:
        known = self.town.access(self.picked(pick)) or {}
        source = {name: known.get(name, value) for name, value in ANYTHING.items()}
        if lie in ANYTHING:
            source[lie] = ANYTHING[lie]
        elif lie == "other case":
            source["brand"] = source["brand"].swapcase()
        self.retain({"reuseAccess": True, "source": source, "destination": wanted})

    @rule(wanted=destinations)
    def retain_without_the_access(self, wanted: Any) -> None:
        self.retain({"reuseAccess": False, "destination": wanted})

    def retain(self, body: Any) -> None:
        before = self.remembered()
        said = self.double.call("POST", "/v1/ftth/retentions", body)
        wanted = self.town.retain(body)
        assert (said.status, said.json, said.source) == (*wanted, "simulation")
        if said.status != 200 or not body["reuseAccess"]:
            assert self.remembered() == before


TestFtth = Ftth.TestCase
