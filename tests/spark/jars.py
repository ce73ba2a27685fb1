"""Puts Iceberg's classes for Spark into a folder: `python -m tests.spark.jars FOLDER`, in the
Python that has pyspark and the package `snowpark-connect-deps-iceberg`.

The package has Iceberg's own jar for Spark, without the copy of Jackson under another name that
this refers to. That copy is made here, from the Jackson that pyspark brings.
"""

from __future__ import annotations

import shutil
import struct
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

ICEBERG = "iceberg-spark-runtime-3.5_2.12-*.jar"
JACKSON = ("core", "databind", "annotations")
PREFIX = b"org/apache/iceberg/shaded/"

_SIZES = {3: 5, 4: 5, 5: 9, 6: 9, 7: 3, 8: 3, 9: 5, 10: 5, 11: 5, 12: 5}
_SIZES |= {15: 4, 16: 3, 17: 5, 18: 5, 19: 3, 20: 3}
_TEXT, _TWO_SLOTS = 1, (5, 6)


def relocated(content: bytes) -> bytes:
    """The class file, in which every name of a package of Jackson has the prefix (the constant
    pool: The Java Virtual Machine Specification, 4.4)."""
    (number,) = struct.unpack(">H", content[8:10])
    constants, at, slot = [], 10, 1
    while slot < number:
        tag = content[at]
        if tag == _TEXT:
            (length,) = struct.unpack(">H", content[at + 1 : at + 3])
            text = content[at + 3 : at + 3 + length]
            for separator in (b"/", b"."):
                name = separator.join((b"com", b"fasterxml", b"jackson"))
                text = text.replace(name, PREFIX.replace(b"/", separator) + name)
            constants.append(struct.pack(">BH", _TEXT, len(text)) + text)
            at += 3 + length
        else:
            constants.append(content[at : at + _SIZES[tag]])
            at += _SIZES[tag]
            slot += tag in _TWO_SLOTS
        slot += 1
    return content[:10] + b"".join(constants) + content[at:]


def folder_of(package: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"{sys.executable} has no {package}")
    return Path(found.origin).parent / "jars"


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (iceberg,) = folder_of("snowpark_connect_deps_iceberg").glob(ICEBERG)
    shutil.copy(iceberg, folder)
    with zipfile.ZipFile(folder / "jackson-for-iceberg.jar", "w") as written:
        for part in JACKSON:
            (jar,) = folder_of("pyspark").glob(f"jackson-{part}-2.*.jar")
            with zipfile.ZipFile(jar) as read:
                for name in read.namelist():
                    if name.startswith("com/fasterxml/jackson/") and name.endswith(".class"):
                        written.writestr(PREFIX.decode() + name, relocated(read.read(name)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
