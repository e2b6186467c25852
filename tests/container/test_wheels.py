"""Nothing is compiled: what the image is made of has wheels for both of its machines."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.container.docker import IMAGE, ROOT, docker

GLIBC = ("2_17", "2_28", "2_34")  # that of the base is newer than what wheels are made for


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("lock", ["runtime", "build"])
def test_every_dependency_has_a_wheel_for_the_python_of_the_image(
    machine: str, lock: str, tmp_path: Path
) -> None:
    tell = "import sys; print(f'{sys.version_info[0]}.{sys.version_info[1]}')"
    python = docker("run", "--rm", "--entrypoint", "python", IMAGE, "-c", tell).stdout.strip()
    platforms = [f"manylinux2014_{machine}", *(f"manylinux_{glibc}_{machine}" for glibc in GLIBC)]

    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--dry-run", "--target", str(tmp_path)]
        + ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
        + ["--implementation", "cp", "--python-version", python]
        + [word for each in platforms for word in ("--platform", each)]
        + ["--requirement", str(ROOT / "requirements" / f"{lock}.txt")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_the_image_is_built_from_wheels_alone() -> None:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    from_the_index = [line for line in text.split("&&") if "--require-hashes" in line]

    assert len(from_the_index) == 2
    assert all("--only-binary :all:" in line for line in from_the_index)
