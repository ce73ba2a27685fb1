"""Microsoft's own parser of T-SQL on files: python scriptdom.py FOLDER-OF-THE-LIBRARY FILE...

Needs .NET and the package pythonnet; PYTHONNET_CORECLR_DOTNET_ROOT and
PYTHONNET_CORECLR_RUNTIME_CONFIG say where .NET is, if it is in no usual place.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

LIBRARY = "Microsoft.SqlServer.TransactSql.ScriptDom"


def parser(folder: str) -> Any:
    """The grammar of SQL Server 2019, of the library in `folder`."""
    import pythonnet  # type: ignore[import-not-found]

    pythonnet.load("coreclr")
    import clr  # type: ignore[import-not-found]

    sys.path.append(folder)
    clr.AddReference(LIBRARY)
    from Microsoft.SqlServer.TransactSql import ScriptDom  # type: ignore[import-not-found]

    return ScriptDom.TSql150Parser(True)


def complaints(parse: Any, text: str) -> list[str]:
    from System.IO import StringReader  # type: ignore[import-not-found]

    _, errors = parse.Parse(StringReader(text), None)
    return [f"line {error.Line}, column {error.Column}: {error.Message}" for error in errors]


def main(folder: str, *files: str) -> int:
    parse = parser(folder)
    found = 0
    for file in files:
        for complaint in complaints(parse, Path(file).read_text("utf-8")):
            sys.stdout.write(f"{Path(file).name}: {complaint}\n")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
