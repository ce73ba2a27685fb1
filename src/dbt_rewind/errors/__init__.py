"""Every error a command can end with.

RewindError
├── InputError            exit 3   what the user wrote: rewind.yml, profiles.yml, arguments
│   ├── ConfigNotFound, ConfigInvalid, ConfigExists
│   ├── EnvironmentUnknown, EnvironmentAmbiguous, EnvironmentTaken
│   ├── ProjectNotFound, ProjectInvalid
│   ├── ProfileNotFound, ProfileInvalid, TargetNotFound, EnvVarUnset, AdapterUnsupported
│   └── SelectorUnknown, ConfirmationNeeded, FolderInUse, DataUnusable, GateUnknown,
│       ReasonNeeded, QuarantineAmbiguous, DemoServerFailed, IncidentNotFound, NoIncidentOpen,
│       WordsNeeded, ChannelUnknown, BackupUnsupported, BackupNotFound, WorkflowsExist,
│       BranchesMissing, NoRemote, NothingToContinue, GithubUnusable, RunNotFound,
│       FlagUnknown, FlagInvalid, FlagUnclear, ResetRefused, SentenceNeeded, DatabaseShared,
│       FlagProviderUnusable, BranchUnusable, NotAFix, HotfixUnclear
├── GitError              exit 4
│   └── GitMissing, NotARepository, UnknownRef, ShallowClone, UncommittedChanges, GitFailed,
│       RemoteUnreachable, RemoteBranchMissing, RemoteMoves, PushRefused, NotBuiltOn, StillHeld,
│       CodeConflict, ConflictWaits, GithubFailed
├── DbtError              exit 5   dbt could not be run, or not understand the project
│   └── DbtMissing, DbtTooOld, RequirementsFailed, DbtCrashed, ProjectUnusable, SourceCycle,
│       NameWrittenOut, ArtifactInvalid
├── BuildFailed           exit 6   a model or a test failed; nothing was published
├── CommitQuarantined     exit 17  the commit, or one that it holds, was rolled back
├── CodeApart             exit 19  the data went back, the code did not
├── CodeBusy              exit 7
├── GateStopped           exit 14  a gate stopped a built release; nothing was published
├── LockHeld              exit 7
├── PublishBlocked        exit 7
├── ConflictError         exit 8   what is live is not what the plan believed
│   └── PointerDrifted, PointerOccupied, NameTaken, AlreadyLive, AdoptionRefused,
│       EjectionRefused, DependentsInTheWay, LiveChanged, LeaseLost, IncidentOpen,
│       IncidentClosed, FlagsCollide
├── ReleaseError          exit 9
│   └── ReleaseNotFound, ReleaseNotRestorable, ReleaseIsLive, NothingLive, NothingEarlier,
│       NotInQuarantine, NoReleaseWithout, FlagStuck
├── WarehouseError        exit 12
│   └── WarehouseLocked, WarehouseMissing, WarehouseUnreachable, WarehouseFailed,
│       ConnectionLost, CommitUnconfirmed, PermissionMissing, NameTooLong, DiskFull, NotAtomic,
│       DriverMissing, PublishUnfinished,
│       ServerNotReady, ServerFull, LoginRefused, DatabaseMissing, EncryptionFailed
├── LedgerError           exit 13
│   └── ChainBroken, LedgerTooNew, MirrorAhead, MirrorBroken, MirrorUnreadable,
│       MirrorUnusable, ArtifactDamaged
├── ApprovalError         exit 16  somebody's yes is missing or not proven
│   └── ApprovalNeeded, EmergencyRefused, NotYours, RequestClosed, RequestNotFound,
│       ReviewNotFound, NotProven, SignerUnknown, ProofInvalid, SigningFailed,
│       ProofToolMissing, TokenRefused, TokenUnavailable
├── BackupError           exit 24  a copy of the database is not made, or of no use
│   └── ProgramMissing, BackupFailed, BackupDamaged, RestoreUnfinished, RestoreUnreadable
├── InternalFault         exit 1
├── UsageInvalid          exit 2
└── Interrupted           exit 130
"""

from dbt_rewind.errors.approval import (
    ApprovalNeeded,
    EmergencyRefused,
    NotYours,
    RequestClosed,
    RequestNotFound,
    ReviewNotFound,
)
from dbt_rewind.errors.backup import (
    BackupDamaged,
    BackupError,
    BackupFailed,
    BackupNotFound,
    BackupUnsupported,
    DatabaseShared,
    ProgramMissing,
    RestoreUnfinished,
    RestoreUnreadable,
    SentenceNeeded,
)
from dbt_rewind.errors.base import ExitCode, RewindError
from dbt_rewind.errors.blocked import PublishBlocked
from dbt_rewind.errors.code import (
    BranchUnusable,
    CodeApart,
    CodeBusy,
    CodeConflict,
    ConflictWaits,
    HotfixUnclear,
    NoRemote,
    NotAFix,
    NothingToContinue,
    PushRefused,
    RemoteMoves,
    ResetRefused,
    StillHeld,
)
from dbt_rewind.errors.conflict import (
    AdoptionRefused,
    AlreadyLive,
    ConflictError,
    DependentsInTheWay,
    EjectionRefused,
    LeaseLost,
    LiveChanged,
    LockHeld,
    NameTaken,
    PointerDrifted,
    PointerOccupied,
)
from dbt_rewind.errors.connection import (
    DatabaseMissing,
    DriverMissing,
    EncryptionFailed,
    LoginRefused,
    ServerFull,
    ServerNotReady,
)
from dbt_rewind.errors.dbt import (
    ArtifactInvalid,
    BuildFailed,
    DbtCrashed,
    DbtError,
    DbtMissing,
    DbtTooOld,
    NameWrittenOut,
    ProjectUnusable,
    RequirementsFailed,
    SourceCycle,
)
from dbt_rewind.errors.flag import (
    FlagInvalid,
    FlagProviderUnusable,
    FlagsCollide,
    FlagStuck,
    FlagUnclear,
    FlagUnknown,
    NoReleaseWithout,
)
from dbt_rewind.errors.gate import GateStopped, GateUnknown, ReasonNeeded
from dbt_rewind.errors.git import (
    GitError,
    GitFailed,
    GitMissing,
    NotARepository,
    NotBuiltOn,
    RemoteBranchMissing,
    RemoteUnreachable,
    ShallowClone,
    UncommittedChanges,
    UnknownRef,
)
from dbt_rewind.errors.github import GithubFailed, GithubUnusable, RunNotFound
from dbt_rewind.errors.identity import (
    ApprovalError,
    NotProven,
    ProofInvalid,
    ProofToolMissing,
    SignerUnknown,
    SigningFailed,
    TokenRefused,
    TokenUnavailable,
)
from dbt_rewind.errors.incident import (
    IncidentClosed,
    IncidentNotFound,
    IncidentOpen,
    NoIncidentOpen,
    WordsNeeded,
)
from dbt_rewind.errors.input import (
    AdapterUnsupported,
    BranchesMissing,
    ChannelUnknown,
    ConfigExists,
    ConfigInvalid,
    ConfigNotFound,
    ConfirmationNeeded,
    DataUnusable,
    DemoServerFailed,
    EnvironmentAmbiguous,
    EnvironmentTaken,
    EnvironmentUnknown,
    EnvVarUnset,
    FolderInUse,
    InputError,
    ProfileInvalid,
    ProfileNotFound,
    ProjectInvalid,
    ProjectNotFound,
    SelectorUnknown,
    TargetNotFound,
    WorkflowsExist,
)
from dbt_rewind.errors.ledger import (
    ArtifactDamaged,
    ChainBroken,
    LedgerError,
    LedgerTooNew,
    MirrorAhead,
    MirrorBroken,
    MirrorUnreadable,
    MirrorUnusable,
)
from dbt_rewind.errors.quarantine import (
    CommitQuarantined,
    NotInQuarantine,
    QuarantineAmbiguous,
)
from dbt_rewind.errors.release import (
    NothingEarlier,
    NothingLive,
    ReleaseError,
    ReleaseIsLive,
    ReleaseNotFound,
    ReleaseNotRestorable,
)
from dbt_rewind.errors.stopped import InternalFault, Interrupted, UsageInvalid
from dbt_rewind.errors.warehouse import (
    CommitUnconfirmed,
    ConnectionLost,
    DiskFull,
    NameTooLong,
    NotAtomic,
    PermissionMissing,
    PublishUnfinished,
    WarehouseError,
    WarehouseFailed,
    WarehouseLocked,
    WarehouseMissing,
    WarehouseUnreachable,
)

__all__ = [
    "AdapterUnsupported",
    "AdoptionRefused",
    "AlreadyLive",
    "ApprovalError",
    "ApprovalNeeded",
    "ArtifactDamaged",
    "ArtifactInvalid",
    "BackupDamaged",
    "BackupError",
    "BackupFailed",
    "BackupNotFound",
    "BackupUnsupported",
    "BranchUnusable",
    "BranchesMissing",
    "BuildFailed",
    "ChainBroken",
    "ChannelUnknown",
    "CodeApart",
    "CodeBusy",
    "CodeConflict",
    "CommitQuarantined",
    "CommitUnconfirmed",
    "ConfigExists",
    "ConfigInvalid",
    "ConfigNotFound",
    "ConfirmationNeeded",
    "ConflictError",
    "ConflictWaits",
    "ConnectionLost",
    "DataUnusable",
    "DatabaseMissing",
    "DatabaseShared",
    "DbtCrashed",
    "DbtError",
    "DbtMissing",
    "DbtTooOld",
    "DemoServerFailed",
    "DependentsInTheWay",
    "DiskFull",
    "DriverMissing",
    "EjectionRefused",
    "EmergencyRefused",
    "EncryptionFailed",
    "EnvVarUnset",
    "EnvironmentAmbiguous",
    "EnvironmentTaken",
    "EnvironmentUnknown",
    "ExitCode",
    "FlagInvalid",
    "FlagProviderUnusable",
    "FlagStuck",
    "FlagUnclear",
    "FlagUnknown",
    "FlagsCollide",
    "FolderInUse",
    "GateStopped",
    "GateUnknown",
    "GitError",
    "GitFailed",
    "GitMissing",
    "GithubFailed",
    "GithubUnusable",
    "HotfixUnclear",
    "IncidentClosed",
    "IncidentNotFound",
    "IncidentOpen",
    "InputError",
    "InternalFault",
    "Interrupted",
    "LeaseLost",
    "LedgerError",
    "LedgerTooNew",
    "LiveChanged",
    "LockHeld",
    "LoginRefused",
    "MirrorAhead",
    "MirrorBroken",
    "MirrorUnreadable",
    "MirrorUnusable",
    "NameTaken",
    "NameTooLong",
    "NameWrittenOut",
    "NoIncidentOpen",
    "NoReleaseWithout",
    "NoRemote",
    "NotAFix",
    "NotARepository",
    "NotAtomic",
    "NotBuiltOn",
    "NotInQuarantine",
    "NotProven",
    "NotYours",
    "NothingEarlier",
    "NothingLive",
    "NothingToContinue",
    "PermissionMissing",
    "PointerDrifted",
    "PointerOccupied",
    "ProfileInvalid",
    "ProfileNotFound",
    "ProgramMissing",
    "ProjectInvalid",
    "ProjectNotFound",
    "ProjectUnusable",
    "ProofInvalid",
    "ProofToolMissing",
    "PublishBlocked",
    "PublishUnfinished",
    "PushRefused",
    "QuarantineAmbiguous",
    "ReasonNeeded",
    "ReleaseError",
    "ReleaseIsLive",
    "ReleaseNotFound",
    "ReleaseNotRestorable",
    "RemoteBranchMissing",
    "RemoteMoves",
    "RemoteUnreachable",
    "RequestClosed",
    "RequestNotFound",
    "RequirementsFailed",
    "ResetRefused",
    "RestoreUnfinished",
    "RestoreUnreadable",
    "ReviewNotFound",
    "RewindError",
    "RunNotFound",
    "SelectorUnknown",
    "SentenceNeeded",
    "ServerFull",
    "ServerNotReady",
    "ShallowClone",
    "SignerUnknown",
    "SigningFailed",
    "SourceCycle",
    "StillHeld",
    "TargetNotFound",
    "TokenRefused",
    "TokenUnavailable",
    "UncommittedChanges",
    "UnknownRef",
    "UsageInvalid",
    "WarehouseError",
    "WarehouseFailed",
    "WarehouseLocked",
    "WarehouseMissing",
    "WarehouseUnreachable",
    "WordsNeeded",
    "WorkflowsExist",
]
