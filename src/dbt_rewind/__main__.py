"""The command `rewind`, and `python -m dbt_rewind`."""

from __future__ import annotations

import sys
from typing import NoReturn


def start() -> NoReturn:
    """Runs the command line; an interrupt while it is still being loaded is told as any other."""
    try:
        from dbt_rewind.cli.main import main
    except KeyboardInterrupt:
        sys.stderr.write("error: the command was interrupted before it began\n")
        sys.exit(130)
    main()


if __name__ == "__main__":
    start()
