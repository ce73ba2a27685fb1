"""Every kind of project, by the name that the reference calls it."""

from __future__ import annotations

from tests.projects import models, names, packages, repositories, selection, sources, stateful
from tests.projects.walk import Kind

KINDS: dict[str, Kind] = {
    "own-macros": names.OWN_MACROS,
    "dispatched-macros": names.DISPATCHED_MACROS,
    "packages": packages.PACKAGES,
    "sorts": models.SORTS,
    "resources": models.RESOURCES,
    "stateful": stateful.STRATEGIES,
    "default-selector": selection.DEFAULT_SELECTOR,
    "own-sources": sources.JAFFLE,
    "submodule": repositories.IN_A_SUBMODULE,
    "two-projects": repositories.TWO_PROJECTS,
}
