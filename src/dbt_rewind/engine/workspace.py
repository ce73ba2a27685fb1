"""From a folder and an environment's name to everything an operation needs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.environment import choose_environment
from dbt_rewind.config.load import find_config, load_config
from dbt_rewind.config.notify import know_channels
from dbt_rewind.config.profile import Profile, load_profile, private_profile
from dbt_rewind.config.project import PROJECT_FILE, ProjectFile, project_name, read_project
from dbt_rewind.config.schema import EnvironmentConfig, RewindConfig
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.history import History
from dbt_rewind.engine.ledger import read_history
from dbt_rewind.engine.mirror import mirror_name
from dbt_rewind.engine.project_door import ProjectDoor
from dbt_rewind.engine.site import Site, require_own
from dbt_rewind.errors import GitError, UnknownRef, WarehouseMissing
from dbt_rewind.git.bench import clear_abandoned
from dbt_rewind.git.repository import Repository
from dbt_rewind.git.worktree import private_worktree, remove_abandoned
from dbt_rewind.model import Patience
from dbt_rewind.state_folder import STATE_FOLDER, make_state_folder
from dbt_rewind.warehouse.connect import connect, connect_through_dbt
from dbt_rewind.warehouse.owner import current_owner
from dbt_rewind.warehouse.protocol import LedgerReader, Warehouse

if TYPE_CHECKING:
    from dbt_rewind.dbt.environment import Requirements
    from dbt_rewind.dbt.version import ProjectVersion
    from dbt_rewind.warehouse.dbt_adapter_channel import Channel

_CI_ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOR")


@dataclass(frozen=True, slots=True)
class Workspace:
    """One environment of one project. `root` is the folder that holds rewind.yml."""

    root: Path
    config: RewindConfig
    name: str
    environment: EnvironmentConfig
    project: ProjectFile
    profile: Profile
    repository: Repository
    patience: Patience = field(default_factory=Patience)
    door: ProjectDoor = field(default_factory=ProjectDoor)

    @property
    def state_folder(self) -> Path:
        return self.root / STATE_FOLDER

    @property
    def mirror(self) -> Path:
        """The mirror's file: outside the database, and by default outside git."""
        folder = self.root / self.config.mirror if self.config.mirror else self.state_folder
        return folder / mirror_name(self.name)

    @property
    def project_path(self) -> PurePosixPath:
        """The dbt project's folder, relative to the repository's top."""
        relative = self.project.folder.resolve().relative_to(self.repository.root.resolve())
        return PurePosixPath(relative.as_posix())

    @property
    def person(self) -> str:
        """Who acts: the person that CI names, or git's user."""
        for variable in _CI_ACTORS:
            if actor := os.environ.get(variable):
                return actor
        return self.repository.person()

    def connect(self, *, read_only: bool = False) -> Warehouse:
        warehouse = self._connect(read_only=read_only)
        if not warehouse.capabilities.tried and not self.door.told:
            self.door.told = True
            self.patience.tell(
                f"dbt-rewind was never tried on a warehouse of this kind"
                f" ({warehouse.capabilities.engine}): see docs/how-to/other-warehouses.md"
            )
        return warehouse

    def _connect(self, *, read_only: bool) -> Warehouse:
        profile = self.profile
        if self.environment.through == "dbt":
            return connect_through_dbt(
                profile.adapter, profile.settings, self._open_channel, read_only=read_only
            )
        return connect(
            profile.adapter,
            profile.settings,
            profile.folder,
            read_only=read_only,
            patience=self.patience,
            open_channel=self._open_channel,
        )

    def _open_channel(self) -> Channel:
        """A connection through the dbt of the checkout as it is."""
        from dbt_rewind.dbt.environment import find_python

        requirements = self._requirements(self.repository.root, self.project.folder)
        return self.door.open(
            self.profile,
            self.environment.vars,
            lambda: find_python(self.config.dbt.python, requirements),
        )

    def waiting(self, wait: timedelta | None, tell: Callable[[str], None]) -> Workspace:
        """The workspace whose publishes wait that long for readers (None: as rewind.yml says), and
        tell whom they wait for."""
        patience = self.patience if wait is None else replace(self.patience, wait=wait)
        return replace(self, patience=replace(patience, tell=tell))

    def connect_to_read(self) -> Warehouse:
        """A read-only connection; an empty warehouse where the database is not there yet."""
        try:
            return self.connect(read_only=True)
        except WarehouseMissing:
            from dbt_rewind.warehouse.memory import MemoryWarehouse
            from dbt_rewind.warehouse.memory_store import MemoryStore

            return MemoryWarehouse(MemoryStore(), read_only=True)

    def find_commit(self, name: str) -> str | None:
        """The commit that git knows by `name`, or None. Raises ShallowClone, GitFailed."""
        try:
            return self.repository.resolve(name)
        except UnknownRef:
            return None

    def site(self, operation: str) -> Site:
        """The environment as an operation sees it."""
        make_state_folder(self.state_folder)  # before the mirror is written there
        return Site(
            self.name,
            self.project.name,
            self.project_at,
            Access(self.connect),
            self.mirror,
            current_owner(self.person, operation),
            self._remove_abandoned,
        )

    def project_at(self, sha: str) -> str | None:
        """What the dbt project in this folder was called in that commit, None if git cannot
        tell."""
        try:
            content = self.repository.file(sha, self.project_path / PROJECT_FILE)
        except GitError:
            return None
        return project_name(content) if content is not None else None

    def history(self, reader: LedgerReader) -> History:
        """The environment's derived state, for commands that only read.

        Raises EnvironmentTaken, ChainBroken, LedgerTooNew.
        """
        found = read_history(reader, self.name)
        require_own(found, self.project.name, self.project_at)
        return found

    def read_history(self) -> History:
        """As `history`, over a connection of its own. Raises what `connect_to_read` raises, too."""
        reader = self.connect_to_read()
        try:
            return self.history(reader)
        finally:
            reader.close()

    @property
    def code_folder(self) -> Path:
        """Where commits that take the environment's code back are made."""
        return self.state_folder / "code" / self.name

    def _remove_abandoned(self) -> None:
        remove_abandoned(self.repository, self._worktrees)
        clear_abandoned(self.repository, self.code_folder)

    @property
    def _worktrees(self) -> Path:
        return self.state_folder / "worktrees"

    @contextmanager
    def open_version(self, sha: str) -> Iterator[ProjectVersion]:
        """The commit's project in a private worktree, ready for dbt; gone when the block ends.

        Raises GitFailed, DbtError, ProjectNotFound, ProjectInvalid.
        """
        from dbt_rewind.dbt.environment import find_python
        from dbt_rewind.dbt.version import Layout, open_version

        make_state_folder(self.state_folder)
        with (
            private_worktree(self.repository, sha, self._worktrees) as tree,
            # In the worktree: what a kill leaves, the profile above all, goes with it.
            tempfile.TemporaryDirectory(prefix=".rewind-", dir=tree) as scratch,
        ):
            folder = tree / self.project_path
            python = find_python(self.config.dbt.python, self._requirements(tree, folder))
            layout = Layout(
                tree,
                read_project(folder, self.environment.vars),
                self._write_profile(Path(scratch)),
                Path(scratch),
                self.profile.name,
                self.environment.target,
                self.environment.vars,
            )
            with open_version(layout, python) as version:
                yield version

    def _write_profile(self, folder: Path) -> Path:
        path = folder / "profiles.yml"
        path.touch(mode=0o600)
        path.write_text(private_profile(self.profile, threads=self.config.dbt.threads))
        return folder

    def requirements_here(self) -> Requirements | None:
        """The requirements file of the working copy."""
        return self._requirements(self.repository.root, self.project.folder)

    def _requirements(self, tree: Path, project: Path) -> Requirements | None:
        from dbt_rewind.dbt.environment import Requirements

        for path in self._requirements_candidates(tree, project):
            if path.is_file():
                return Requirements(path, path.read_bytes())
        return None

    def _requirements_candidates(self, tree: Path, project: Path) -> tuple[Path, ...]:
        chosen = self.config.dbt.requirements
        if chosen is False:
            return ()
        if chosen is not None:
            return (tree / chosen,)
        return (project / "requirements.txt", tree / "requirements.txt")


def open_workspace(start: Path, name: str | None) -> Workspace:
    """The workspace around `start`; `name` is the environment's, None: the current branch tells.

    Raises InputError, GitError.
    """
    path = find_config(start)
    config = load_config(path)
    repository = Repository.open(path.parent)
    # Asking git takes a moment that the only environment need not wait for.
    asked = name is None and len(config.environments) > 1
    name, environment = choose_environment(config, name, repository.branch() if asked else None)
    project = read_project(path.parent / config.project, environment.vars)
    profiles = path.parent / Path(config.profiles_dir).expanduser() if config.profiles_dir else None
    profile = load_profile(project, profiles, environment.target, environment.vars)
    know_channels(config.notify, config.github)
    publish = config.publish
    patience = Patience(parse_duration(publish.lock_timeout), parse_duration(publish.wait))
    return Workspace(path.parent, config, name, environment, project, profile, repository, patience)
