"""What the README, the constraints and the CI script promise fits together."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def pinned() -> dict[str, str]:
    """Versions of the constraints by name."""
    lines = (ROOT / "packaging" / "constraints.txt").read_text().splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {normal(name): version for name, version in pins}


def test_every_dependency_is_pinned_within_its_range(pinned: dict[str, str]) -> None:
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pinned[normal(requirement.name)]), requirement


@pytest.mark.parametrize(
    ("version", "allowed"),
    [("6.12.0", False), ("6.11.0", False), ("6.11.1", False), ("6.11.3", True), ("6.8.0", True)],
)
def test_broken_versions_of_qt_are_shut_out(version: str, allowed: bool) -> None:
    found = [r for r in map(Requirement, PROJECT["dependencies"]) if "PySide6" in r.name]
    assert found[0].specifier.contains(version) is allowed


def test_ci_runs_the_command_of_the_readme() -> None:
    commands = re.findall(r"^(python3 -m venv .*)$", README, flags=re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("fragscope demo")
    assert commands[1] in (ROOT / ".ci" / "run").read_text().replace("install -q", "install")


def test_pictures_and_documents_that_the_readme_links_exist() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert links
    for link in links:
        assert (ROOT / link).is_file(), link


def test_nothing_generated_is_part_of_the_source_roots() -> None:
    for root in ("app", "explainers", "resources", "packaging"):
        assert not (ROOT / root / "__init__.py").exists(), root
