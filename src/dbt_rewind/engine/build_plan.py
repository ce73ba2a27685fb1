"""Planning a build: what a deploy is asked for, and what it will do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from dbt_rewind.dbt.manifest import Manifest, merge_manifests, read_manifest
from dbt_rewind.dbt.own_sources import OwnSources
from dbt_rewind.dbt.version import ProjectVersion
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.checkpoint import in_place_reasons
from dbt_rewind.engine.drift import settle
from dbt_rewind.engine.flags.keep import Kept, keep_off, name_nodes
from dbt_rewind.engine.flags.sides import Sides
from dbt_rewind.engine.history import History
from dbt_rewind.engine.judge import Asking
from dbt_rewind.engine.ledger import Ledger, read_artifact, read_release
from dbt_rewind.engine.needs import needs_of_plan
from dbt_rewind.engine.plan import Plan, plan_build_of
from dbt_rewind.engine.progress import Listener, Phase
from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.engine.refresh_selection import select_refreshed
from dbt_rewind.engine.rules import Rules
from dbt_rewind.engine.select import (
    Live,
    Selected,
    nodes_to_build,
    nodes_to_reuse,
    select_nodes,
    stateful_sources,
    with_reads,
    without_lost_figures,
    written_in_place,
)
from dbt_rewind.engine.soundness import require_sound
from dbt_rewind.errors import NameTaken
from dbt_rewind.git.reverts import Carried
from dbt_rewind.model import GENESIS, Commit, Flag, Policy, RelationName, ReleaseKind, versioned
from dbt_rewind.warehouse.protocol import LedgerReader

OpenVersion = Callable[[], AbstractContextManager[ProjectVersion]]
"""Lays the commit out privately, and opens it."""

FindCarried = Callable[[str, Quarantined], Carried | None]
"""How the commit of that id still holds what is in quarantine; None: it does not."""


def nothing_carried(_sha: str, _entry: Quarantined) -> Carried | None:
    """Of commits of which nothing is known but their ids."""
    return None


Contains = Callable[[str], bool | None]
"""Whether the request's commit has another one in its past, None where git cannot tell."""


def nothing_known(_sha: str) -> None:
    """Of a commit of which nothing is known but its id."""


BeforeBuild = Callable[[Ledger], None]
"""Does what has to be done before anything is built."""


def nothing_before(_ledger: Ledger) -> None:
    """Where nothing has to be done."""


@dataclass(frozen=True, slots=True)
class DeployRequest:
    """What to build and publish. `build_key` is equal for commits that would build the same;
    `accepted` are gates that may find something, as `accept` takes them; `repair` puts drifted
    pointers right first; `carries` tells of commits what of a quarantine they hold. `asking` is who
    wants it, and what speaks for it. `flags` are those of rewind.yml. `before_build` is done under
    the lease before anything is built, and stops the deploy where it raises."""

    commit: Commit
    build_key: str
    by: str
    open_version: OpenVersion
    select: tuple[str, ...] = ()
    full: bool = False
    retries: int = 0
    reason: str = ""
    selector: str | None = None
    repair: bool = False
    kind: ReleaseKind = ReleaseKind.DEPLOY
    full_refresh: bool = False
    rules: Rules = field(default_factory=Rules)
    accepted: tuple[str, ...] = ()
    carries: FindCarried = nothing_carried
    asking: Asking | None = None
    contains: Contains = nothing_known
    flags: tuple[Flag, ...] = ()
    before_build: BeforeBuild = nothing_before

    @property
    def asks(self) -> Asking:
        """Who asks; where nobody says, somebody by whose policy nobody has to be asked."""
        return self.asking or Asking(self.by, Policy(production=False))


@dataclass(frozen=True, slots=True)
class DeployPlan:
    """A planned build with what is needed to run it. `kept` is how users will see it."""

    plan: Plan
    manifest: Manifest
    selected: Selected
    live: Live | None
    dbt_version: str
    kept: Kept
    own_sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def places(self) -> Mapping[str, RelationName]:
        """Where every node of the project is built, so that none can reach a public name: also
        those that are not to be built now. Sources that are nodes are where their node is in this
        release."""
        chosen = {node.unique_id: node.relation for node in self.plan.built}
        public = {unique_id: node.relation for unique_id, node in self.manifest.nodes.items()}
        public |= self.manifest.kept_failures
        everywhere = {
            unique_id: versioned(relation, self.plan.release)
            for unique_id, relation in public.items()
        }
        held = {node.unique_id: node.relation for node in self.plan.nodes}
        sources = {
            source: held.get(node, everywhere[node]) for source, node in self.own_sources.items()
        }
        return {**everywhere, **chosen, **sources}


def plan_build(
    access: Access,
    history: History,
    request: DeployRequest,
    version: ProjectVersion,
    listener: Listener,
) -> DeployPlan:
    """Parses the version, asks dbt what changed, reads what stands, and plans. Changes nothing."""
    number = history.next_number
    live = read_live(access.warehouse, history)
    listener(Phase("reading the project"))
    with access.lent():
        own = OwnSources(version.parse())
        if own.waiting:
            version.wait(own.waiting)
        manifest = own.manifest
        selected = _select(version, manifest, live, request)
        require_sound(version, manifest, selected.chosen)
        flags = name_nodes(version, manifest, request.flags, live.release if live else None)
    built = nodes_to_build(manifest, selected.nodes, number)
    reused = nodes_to_reuse(manifest, selected.nodes, live)
    if live is not None:
        reused = without_lost_figures(reused, history.overwritten(live.release))
    continued = stateful_sources(manifest, selected.nodes, live, full_refresh=request.full_refresh)
    sizes = access.warehouse.sizes(continued.values()) if request.rules.copy_limit else {}
    reasons = in_place_reasons(continued, manifest, live, request.rules, sizes)
    built = with_reads(manifest, written_in_place(built, reasons, continued), reused)
    extras = tuple(versioned(relation, number) for relation in selected.kept_failures)
    made = [node.relation for node in built if not node.in_place]
    access.warehouse.capabilities.require_fitting((*made, *extras))
    # Another environment's kept release must not be overwritten, whatever the pointers say.
    taken = access.warehouse.relations(made)
    if taken:
        raise NameTaken(str(min(taken)))
    kept = keep_off(
        access.warehouse,
        Sides(access.warehouse, history),
        live.release if live else None,
        (*built, *reused),
        merge_manifests(manifest, live.manifest if live else None, selected.nodes),
        flags,
        request.flags,
    )
    names = {node.pointer for node in kept.composite.nodes}
    names |= {node.pointer for node in live.release.nodes} if live else set()
    access.warehouse.require_atomic(names)
    standing = settle(
        access.warehouse,
        history,
        live.release if live else None,
        names,
        access.warehouse.pointers(names),
        repair=request.repair,
    )
    plan = plan_build_of(
        request.kind.value,
        history.environment,
        history.head.hash if history.head else GENESIS,
        number,
        built,
        reused,
        continued,
        live.release if live else None,
        selected.tests,
        standing.lost,
        extras,
        shown=kept.composite.nodes,
        one_by_one=not access.warehouse.capabilities.transactional_ddl,
    )
    plan = replace(plan, repair=standing.repair)
    sources = manifest.sources_of(selected.chosen)
    access.warehouse.require_permitted(needs_of_plan(plan, sources))
    return DeployPlan(plan, manifest, selected, live, version.dbt_version, kept, own.nodes)


def _select(
    version: ProjectVersion, manifest: Manifest, live: Live | None, request: DeployRequest
) -> Selected:
    if request.kind is ReleaseKind.REFRESH and live is not None:
        return select_refreshed(version, manifest, live, request.select, request.selector)
    return select_nodes(
        version,
        manifest,
        live,
        select=request.select,
        selector=request.selector,
        full=request.full,
    )


def read_live(reader: LedgerReader, history: History) -> Live | None:
    """The live release with its manifest, None before the first publish."""
    if history.live is None:
        return None
    release = read_release(reader, history.live)
    name = f"the manifest of {release.id}"
    content = read_artifact(reader, history.live.manifest_digest, name)
    nodes = (*release.nodes, *release.withheld)
    needed = [name for node in nodes for name in (node.relation, node.storage) if name]
    present = reader.relations(needed)
    return Live(release, read_manifest(content, name), present)
