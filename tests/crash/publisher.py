"""One publish of many pointers on PostgreSQL, by the engine, in a process of its own.

Run as a script; its argument is JSON: the `settings` that lead to the database, the `database`'s
name, the `folder` of the mirror, the number of `pointers`, the release `to` go to, and for how many
seconds it may `ask` whether it has. It says `begun` before it publishes, and afterwards, as JSON,
how that ended: the error's `slug` and `message`, or null for both.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.readers.stage import Stage, go_to

from dbt_rewind.engine import confirm
from dbt_rewind.errors import RewindError


def main() -> None:
    task = json.loads(sys.argv[1])
    stage = Stage(task["database"], task["settings"], Path(task["folder"]), task["pointers"])
    confirm.SECONDS = task["ask"]
    slug = message = None
    try:
        with stage.operating() as ledger:
            sys.stdout.write("begun\n")
            sys.stdout.flush()
            go_to(ledger, task["to"])
    except RewindError as error:
        slug, message = error.slug, f"{error.message}\n{error.hint}"
    sys.stdout.write(json.dumps({"slug": slug, "message": message}))


if __name__ == "__main__":
    main()
