"""What is installed: everything that is in the packages."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
PACKAGES = [pattern.rstrip("*") for pattern in SETUPTOOLS["packages"]["find"]["include"]]


@pytest.mark.parametrize("package", PACKAGES)
def test_files_that_are_not_python_are_named_as_data_of_their_package(package: str) -> None:
    root = ROOT / package
    here = {path for path in root.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}}
    patterns = SETUPTOOLS["package-data"].get(package, [])
    assert here <= {path for pattern in patterns for path in root.glob(pattern)}
    assert all(any(root.glob(pattern)) for pattern in patterns)


@pytest.mark.parametrize("package", PACKAGES)
def test_folders_with_modules_are_packages(package: str) -> None:
    skeletons = ROOT / "harness" / "adapter" / "skeletons"
    folders = {path.parent for path in (ROOT / package).rglob("*.py") if not path.is_relative_to(skeletons)}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []
