"""The wheel is complete: it serves its own contracts from any folder, away from the checkout."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def files_below(folder: Path) -> set[str]:
    """All files of a folder by their relative names, without the caches of Python."""
    return {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


@pytest.fixture(scope="module")
def unzipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built by the hatchling of this environment and unzipped."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*build, "--directory", folder], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unzipped")
    return folder / "unzipped"


@pytest.mark.parametrize(
    "name", ["py.typed", "scenario.schema.json", "server/admin.yaml", "signing_key.json"]
)
def test_the_wheel_holds_the_data_file(unzipped: Path, name: str) -> None:
    assert (unzipped / "mockserver" / name).is_file()


def test_the_wheel_holds_the_package_as_it_is_with_contracts_and_scenarios(
    unzipped: Path,
) -> None:
    data = {
        f"packaged/{folder}/{name}"
        for folder in ("specs", "scenarios")
        for name in files_below(ROOT / folder)
    }

    assert files_below(unzipped / "mockserver") == files_below(ROOT / "mockserver") | data


def test_the_wheel_tells_pytest_of_its_plugin(unzipped: Path) -> None:
    (told,) = unzipped.glob("*.dist-info/entry_points.txt")

    assert "[pytest11]\nmockserver = mockserver.pytest_plugin" in told.read_text()


def test_the_wheel_lists_its_own_contracts_from_another_folder(
    unzipped: Path, tmp_path: Path
) -> None:
    own = {name: value for name, value in os.environ.items() if "MOCKSERVER_" not in name}

    listed = subprocess.run(
        [sys.executable, "-m", "mockserver", "list", "contracts", "--json"],
        cwd=tmp_path,
        env=own | {"PYTHONPATH": str(unzipped)},
        check=True,
        capture_output=True,
    )

    packaged = unzipped / "mockserver" / "packaged" / "specs"
    files = {Path(record["file"]) for record in json.loads(listed.stdout)}
    assert files == {packaged / file.name for file in (ROOT / "specs").glob("*.yaml")}
