"""Where a setting comes from, and what is said of one that cannot be used."""

import os
from pathlib import Path
from typing import Any

import pytest

from mockserver.errors import UsageError
from mockserver.settings import Settings, gather, scenario_folders, spec_paths

# setting, in the file, in the environment, as a flag; and what each of the three means
SETTINGS: dict[str, tuple[str, str, Any, Any, Any]] = {
    "specs": ('["a.yaml"]', "b.yaml", (Path("c.yaml"),), (Path("a.yaml"),), (Path("b.yaml"),)),
    "scenarios": ('["a"]', "b", (Path("c"),), (Path("a"),), (Path("b"),)),
    "host": ('"a.example"', "b.example", "c.example", "a.example", "b.example"),
    "port": ("1001", "1002", 1003, 1001, 1002),
    "tls_cert": ('"a.pem"', "b.pem", Path("c.pem"), Path("a.pem"), Path("b.pem")),
    "tls_key": ('"a.key"', "b.key", Path("c.key"), Path("a.key"), Path("b.key")),
    "auth": ('"required"', "issued", "any", "required", "issued"),
    "strict": ("true", "false", True, True, False),
    "seed": ("1", "2", 3, 1, 2),
    "state": ("'none'", "sqlite:b.db", "sqlite:c.db", "none", "sqlite:b.db"),
    "workers": ("2", "3", 64, 2, 3),
    "sessions": ('"open"', "declared", "open", "open", "declared"),
    "session_idle_s": ("1", "2", 3, 1, 2),
    "sessions_max": ("1", "2", 3, 1, 2),
    "records_max": ("1", "2", 3, 1, 2),
    "requests_max": ("1", "2", 3, 1, 2),
    "admin_port": ("1", "2", 3, 1, 2),
    "admin": ("false", "true", True, False, True),
    "admin_token": ('"a"', "b", "c", "a", "b"),
    "mock_headers": ("false", "true", False, False, True),
    "log_format": ('"text"', "json", "text", "text", "json"),
    "log_level": ('"error"', "warning", "debug", "error", "warning"),
    "json": ("true", "false", True, True, False),
}
STATES = "allowed: memory, none, sqlite:PATH"


def written(folder: Path, text: str) -> Path:
    file = folder / "mockserver.toml"
    file.write_text(text)
    return file


def test_the_table_of_this_test_has_every_setting() -> None:
    assert list(SETTINGS) == list(Settings.__slots__)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default(
    name: str, tmp_path: Path
) -> None:
    in_file, variable, flag, meant_in_file, meant_in_variable = SETTINGS[name]
    # certificate and key go together: the other one of the two is given as well
    pair = {"tls_cert": "tls_key", "tls_key": "tls_cert"}.get(name)
    text = f"{name} = {in_file}\n" + (f'{pair} = "other"\n' if pair else "")
    text += "state = 'sqlite:mock.db'\n" if name == "workers" else ""  # several have to share it
    config = written(tmp_path, text)
    environment = {f"MOCKSERVER_{name.upper()}": variable}

    def value(flags: dict[str, Any], environment: dict[str, str], config: Path | None) -> Any:
        return getattr(gather(flags, environment=environment, config=config), name)

    assert value({name: None}, {}, None) == getattr(Settings(), name)
    assert value({name: None}, {}, config) == meant_in_file
    assert value({name: None}, environment, config) == meant_in_variable
    assert value({name: flag}, environment, config) == flag


def test_the_settings_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    config = written(tmp_path, "seed = 7")

    assert gather({}, environment={"MOCKSERVER_CONFIG": str(config)}).seed == 7


def test_flags_that_are_no_settings_are_left_alone() -> None:
    assert gather({"run": print, "config": None}, environment={}) == Settings()


def test_several_contracts_in_the_environment_are_separated_like_a_path() -> None:
    value = os.pathsep.join(["a.yaml", "", "folder"])

    assert gather({}, environment={"MOCKSERVER_SPECS": value}).specs == (
        Path("a.yaml"),
        Path("folder"),
    )


@pytest.mark.parametrize("name", ["PORT", "STRICT", "LENIENT", "SPECS", "TLS_CERT", "CONFIG"])
def test_an_empty_variable_says_nothing(name: str) -> None:
    assert gather({}, environment={f"MOCKSERVER_{name}": ""}) == Settings()


@pytest.mark.parametrize(
    ("environment", "strict"),
    [
        ({"MOCKSERVER_STRICT": "1"}, True),
        ({"MOCKSERVER_STRICT": "no"}, False),
        ({"MOCKSERVER_LENIENT": "1"}, False),
        ({"MOCKSERVER_LENIENT": "off"}, True),
        ({"MOCKSERVER_STRICT": "yes", "MOCKSERVER_LENIENT": "false"}, True),
        ({"LENIENT": "0"}, False),
        ({}, False),
    ],
    ids=lambda value: (
        " ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
    ),
)
def test_strict_and_lenient_are_two_words_for_one_setting(
    environment: dict[str, str], *, strict: bool
) -> None:
    assert gather({}, environment=environment).strict is strict


def test_a_flag_beats_a_variable_that_says_the_opposite() -> None:
    assert gather({"strict": True}, environment={"MOCKSERVER_LENIENT": "1"}).strict is True


def test_strict_and_lenient_at_once_contradict_each_other() -> None:
    environment = {"MOCKSERVER_STRICT": "1", "MOCKSERVER_LENIENT": "1"}

    with pytest.raises(UsageError, match="MOCKSERVER_STRICT and MOCKSERVER_LENIENT contradict"):
        gather({}, environment=environment)


def test_the_variable_of_a_negative_flag_has_its_name() -> None:
    assert gather({}, environment={"MOCKSERVER_NO_MOCK_HEADERS": "1"}).mock_headers is False


def test_the_key_of_a_negative_flag_has_its_name(tmp_path: Path) -> None:
    config = written(tmp_path, "no_mock_headers = true\nlenient = false")

    found = gather({}, environment={}, config=config)

    assert (found.mock_headers, found.strict) == (False, True)


@pytest.mark.parametrize("value", ["tcp://10.96.0.11:8080", "udp://10.96.0.11:8080"])
def test_a_port_that_kubernetes_has_set_is_recognised(value: str) -> None:
    with pytest.raises(UsageError, match="Kubernetes for a service called 'mockserver'"):
        gather({}, environment={"MOCKSERVER_PORT": value})


def test_the_admin_port_that_kubernetes_has_set_is_recognised() -> None:
    with pytest.raises(
        UsageError, match=r"a service called 'mockserver-admin'.* give --admin-port"
    ):
        gather({}, environment={"MOCKSERVER_ADMIN_PORT": "tcp://10.96.0.12:80"})


def test_two_free_ports_are_two_ports() -> None:
    settings = gather({"port": 0, "admin_port": 0}, environment={})

    assert (settings.port, settings.admin_port) == (0, 0)


def test_the_port_flag_is_a_way_around_what_kubernetes_sets() -> None:
    environment = {"MOCKSERVER_PORT": "tcp://10.96.0.11:8080"}

    assert gather({"port": 9000}, environment=environment).port == 9000


def test_what_else_kubernetes_injects_is_no_setting() -> None:
    environment = {
        "MOCKSERVER_SERVICE_HOST": "10.96.0.11",
        "MOCKSERVER_PORT_8080_TCP": "tcp://10.96.0.11:8080",
    }

    assert gather({}, environment=environment) == Settings()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"auth": "isued"}, "--auth: found 'isued'; allowed: any, required, issued; did you mean"),
        ({"log_level": "loud"}, "--log-level: found 'loud'; allowed: debug, info, warning, error"),
        ({"log_format": "xml"}, "--log-format: found 'xml'; allowed: text, json"),
        ({"port": 65_536}, "--port: found 65536; allowed: 0 to 65535"),
        ({"port": -1}, "--port: found -1; allowed: 0 to 65535"),
        ({"admin_port": 65_536}, "--admin-port: found 65536; allowed: 0 to 65535"),
        ({"port": 1, "admin_port": 1}, "--port and --admin-port are both 1; without --admin-port"),
        ({"admin_port": 0, "admin": False}, "--admin-port and --no-admin exclude each other"),
        ({"state": "disk"}, "--state: found 'disk'; allowed: memory, none, sqlite:PATH"),
        ({"state": ""}, "--state: found ''; allowed: memory, none, sqlite:PATH"),
        ({"state": "memry"}, f"--state: found 'memry'; {STATES}; did you mean memory?"),
        ({"state": "sqlite"}, f"--state: found 'sqlite'; {STATES}; did you mean sqlite:PATH?"),
        ({"state": "sqlite:"}, f"--state: found 'sqlite:'; {STATES}; did you mean sqlite:PATH?"),
        ({"state": "sqlit:a.db"}, f"--state: found 'sqlit:a.db'; {STATES}; did you mean sqlite:P"),
        ({"state": "memory:a"}, f"--state: found 'memory:a'; {STATES}; did you mean memory?"),
        (
            {"state": "sqlite::memory:", "workers": 2},
            "--state: found 'sqlite::memory:', which is no file; use memory",
        ),
        ({"workers": 0}, "--workers: found 0; allowed: 1 to 64"),
        ({"workers": 65, "state": "sqlite:a"}, "--workers: found 65; allowed: 1 to 64"),
        ({"sessions": "opne"}, "--sessions: found 'opne'; allowed: open, declared; did you mean"),
        ({"sessions_max": 0}, "--sessions-max: found 0; allowed: 1 and more"),
        ({"records_max": 0}, "--records-max: found 0; allowed: 1 and more"),
        ({"requests_max": 0}, "--requests-max: found 0; allowed: 1 and more"),
        ({"session_idle_s": -1}, "--session-idle-s: found -1; allowed: 1 and more"),
        ({"tls_cert": Path("c.pem")}, "--tls-cert and --tls-key go together"),
        ({"tls_key": Path("k.pem")}, "--tls-cert and --tls-key go together"),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)  # fmt: skip
def test_a_value_that_cannot_be_used_is_named_with_what_is_allowed(
    flags: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        gather(flags, environment={})

    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("state", ["memory", "none"])
def test_several_workers_need_a_state_that_they_can_share(state: str) -> None:
    with pytest.raises(UsageError) as caught:
        gather({"workers": 2, "state": state}, environment={})

    assert str(caught.value) == (
        "--workers 2 needs a state that processes can share, such as --state sqlite:mock.db; "
        f"found {state}"
    )


@pytest.mark.parametrize(
    ("state", "shared"), [("memory", False), ("none", False), ("sqlite:a.db", True)]
)
def test_only_a_state_outside_of_the_process_can_be_shared(state: str, *, shared: bool) -> None:
    assert Settings(state=state).shared is shared
    assert Settings(state=state, workers=1).workers == 1


def test_a_database_may_be_named_by_any_path() -> None:
    assert Settings(state="sqlite:/a b/c:d.db", workers=64).state == "sqlite:/a b/c:d.db"


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("PORT", "eighty", "MOCKSERVER_PORT: found 'eighty'; allowed: a whole number"),
        ("SEED", "1.5", "MOCKSERVER_SEED: found '1.5'; allowed: a whole number"),
        ("STRICT", "maybe", "MOCKSERVER_STRICT: found 'maybe'; allowed: true or false"),
        ("LENIENT", "maybe", "MOCKSERVER_LENIENT: found 'maybe'; allowed: true or false"),
        ("JSON", "2", "MOCKSERVER_JSON: found '2'; allowed: true or false"),
        ("AUTH", "none", "--auth: found 'none'; allowed: any, required, issued"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(variable: str, value: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        gather({}, environment={f"MOCKSERVER_{variable}": value})

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prot = 1", "unknown key 'prot'; allowed: .*; did you mean port?"),
        ("zzzzzz = 1", "unknown key 'zzzzzz'; allowed: specs, scenarios, host, port, .*no_admin$"),
        ("port = 'x'", "port: found 'x'; allowed: a whole number"),
        ("port = true", "port: found True; allowed: a whole number"),
        ("port = 80.5", "port: found 80.5; allowed: a whole number"),
        ("seed = []", r"seed: found \[\]; allowed: a whole number"),
        ("specs = 5", "specs: found 5; allowed: a list of files and folders"),
        ("specs = [5]", r"specs: found \[5\]; allowed: a list of files and folders"),
        ("host = 5", "host: found 5; allowed: a text"),
        ("tls_cert = 5", "tls_cert: found 5; allowed: a text"),
        ("strict = 2", "strict: found 2; allowed: true or false"),
        ("lenient = true\nstrict = true", "lenient and .*strict contradict each other"),
        ("port =", "is no TOML"),
    ],
    ids=lambda value: value.split("\n")[0] if " = " in value or value.endswith("=") else "",
)
def test_a_settings_file_that_cannot_be_used_is_named(
    text: str, message: str, tmp_path: Path
) -> None:
    config = written(tmp_path, text)

    with pytest.raises(UsageError, match=message) as caught:
        gather({}, environment={}, config=config)

    assert str(config) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_settings_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.toml cannot be read: No such file"):
        gather({}, environment={}, config=tmp_path / "nothing.toml")


def test_a_settings_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    config = tmp_path / "mockserver.toml"
    config.write_bytes(b"\xff\xfe")

    with pytest.raises(UsageError, match="is no TOML"):
        gather({}, environment={}, config=config)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - compared, not bound
        ("::", False),
        ("192.0.2.1", False),
        ("", False),
    ],
)  # fmt: skip
def test_only_loopback_addresses_are_private(host: str, *, loopback: bool) -> None:
    assert Settings(host=host).loopback is loopback


def test_without_contracts_the_packaged_ones_are_served() -> None:
    (folder,) = Settings().spec_paths

    assert (folder / "agile-tv-v3.yaml").is_file()


def test_a_command_that_needs_only_contracts_is_not_disturbed_by_other_variables() -> None:
    environment = {"MOCKSERVER_PORT": "tcp://10.96.0.11:8080", "MOCKSERVER_SPECS": "a.yaml"}

    assert spec_paths(None, environment=environment) == (Path("a.yaml"),)
    assert spec_paths([Path("b.yaml")], environment=environment) == (Path("b.yaml"),)
    assert spec_paths([], environment={}) == Settings().spec_paths


def test_folders_of_scenarios_are_named_by_flag_then_variable() -> None:
    environment = {"MOCKSERVER_SCENARIOS": f"a{os.pathsep}b", "MOCKSERVER_PORT": "tcp://x"}

    assert scenario_folders(None, environment=environment) == (Path("a"), Path("b"))
    assert scenario_folders([Path("c")], environment=environment) == (Path("c"),)
    assert scenario_folders([], environment={}) == ()
