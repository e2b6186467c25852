"""A consumer and its test, with nothing but Python: it asks again when the gateway is busy."""

import json
import os
import time
import urllib.error
import urllib.request


def technology(number: str) -> str:
    """What is tested. It knows a base URL, and nothing of a mock server."""
    url = f"{os.environ['LINES_URL']}/v1/ftth/accesses/info?phoneNumber={number}"
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as reply:
                return str(json.load(reply)["technology"])
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return "no line"
            if error.code != 503:
                raise
            time.sleep(int(error.headers["Retry-After"]))


def steer(path: str, told: object) -> dict[str, object]:
    """Tell the double something by its admin API, and return what it answers."""
    token = f"Bearer {os.environ['MOCK_TOKEN']}"
    headers = {"Authorization": token, "Content-Type": "application/json"}
    url = f"{os.environ['MOCK_URL']}/__admin{path}"
    request = urllib.request.Request(url, json.dumps(told).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as reply:
        return dict(json.load(reply))


steer("/sessions", {"name": "compose", "scenarios": ["busy-once"]})
assert technology("911234567") == "no line"
twice = {"operation": "getFtthAccessesInfo", "exactly": 2}
verification = steer("/sessions/compose/requests/verify", twice)
assert verification["verified"], verification
print("the consumer asked again")
