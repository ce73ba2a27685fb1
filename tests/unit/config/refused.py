"""Every way in which rewind.yml is refused: content, line, problem, fix."""

from __future__ import annotations

from itertools import pairwise

SMALLEST = "version: 1\nenvironments: {prod: {target: prod}}\n"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOtBcHc0IDHmCqOxRuSFMdfdyp+2+APtnpCaS9aVkBEr"


REFUSED: dict[str, tuple[str | bytes, int | None, str, str]] = {
    "empty": ("", 1, "the file is empty", "rewind init"),
    "only a comment": ("# nothing\n", 1, "the file is empty", "rewind init"),
    "a list": ("- a\n", 1, "the file is not a mapping", "rewind init"),
    "not UTF-8": (b"version: 1\nx: \xff\n", 2, "the file is not UTF-8 text", ""),
    "syntax": ("version: 1\nenvironments: {a\n", 3, "the file is not valid YAML", ""),
    "a tab": ("version: 1\nenvironments:\n\tprod: {}\n", 3, "the file is not valid YAML", ""),
    "control character": (b"version: 1\x00\n", None, "the file is not valid YAML", ""),
    "two documents": (SMALLEST + "---\na: 1\n", 3, "the file is not valid YAML", ""),
    "unknown alias": ("version: *x\n", 1, "the file is not valid YAML", ""),
    "deep": ("[" * 30_000, 1, "the file is nested too deeply", ""),
    "a bomb": (
        "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in pairwise("abcdefg")),
        1,
        "the file holds too many values",
        "aliases",
    ),
    "a circle": (
        "version: 1\nenvironments: &a\n  prod: *a\n",
        2,
        "an alias refers to the value that holds it",
        "",
    ),
    "a circle of merges": (
        "version: 1\nenvironments: &a\n  <<: *a\n",
        2,
        "an alias refers to the value that holds it",
        "",
    ),
    "a merge of nothing": ("version: 1\n<<: x\n", 2, "`<<` merges something", ""),
    "a tag": ("version: !!python/object:os.system 1\n", 1, "the YAML tag", "without it"),
    "a set": ("version: !!set {a}\n", 1, "the YAML tag", "without it"),
    "a broken number": ('version: !!int ""\n', 1, "'' is not a number", ""),
    "infinite": (SMALLEST + "mirror: .inf\n", 3, "'.inf' is not a number", ""),
    "a list as a key": ("? [a]\n: b\n", 1, "a key is not plain text", ""),
    "twice": ("version: 1\nproject: a\nproject: b\n", 3, "`project` is there twice", ""),
    "twice, deeper": (
        "version: 1\nenvironments:\n  prod: {target: a}\n  prod: {target: b}\n",
        4,
        "`prod` is there twice",
        "",
    ),
    "unknown": (
        SMALLEST + "enviroments: {}\n",
        3,
        "there is no setting `enviroments`",
        "did you mean `environments`? allowed here: version, project, profiles_dir, environments",
    ),
    "unknown in an environment": (
        "version: 1\nenvironments:\n  prod:\n    target: a\n    brnch: b\n",
        5,
        "there is no setting `brnch` in `environments.prod`",
        "did you mean `branch`? allowed here: target, branch, production, through, vars",
    ),
    "unknown in a list": (
        SMALLEST + "verify:\n  queries:\n    - name: a\n      sql: b\n      rows: 3\n",
        7,
        "there is no setting `rows` in `verify.queries[0]`",
        "allowed here: name, sql, max_seconds, min_rows",
    ),
    "unknown and far from any": (
        SMALLEST + "xyzzy: 1\n",
        3,
        "there is no setting `xyzzy`",
        "allowed here:",
    ),
    "a remote that is an option": (
        SMALLEST + "git:\n  remote: --all\n",
        4,
        "`git.remote` must be the name of a remote, such as origin",
        "",
    ),
    "notices of an environment that is none": (
        SMALLEST + "notify:\n  channels:\n    team:\n      url: X\n      environments: [prd]\n",
        7,
        "`notify.channels.team.environments[0]` must be one of the environments: prod",
        "",
    ),
    "a channel called github": (
        SMALLEST + "notify:\n  channels:\n    github: {url: X}\n",
        5,
        "`notify.channels.github` is the name of what `notify.github` sets",
        "",
    ),
    "a repository without its owner": (
        SMALLEST + "notify:\n  github:\n    repository: shop\n",
        5,
        "`notify.github.repository` must be owner/name, such as acme/shop",
        "",
    ),
    "an API without TLS": (
        SMALLEST + "notify:\n  github:\n    repository: a/b\n    api: http://example.com\n",
        6,
        "`notify.github.api` must be the address of an API, such as https://",
        "",
    ),
    "a token in place of its variable": (
        SMALLEST + "notify:\n  github:\n    repository: a/b\n    token: ghp-1234\n",
        6,
        "`notify.github.token` must be the name of an environment variable",
        "",
    ),
    "unknown beside a repository": (
        SMALLEST + "notify:\n  github:\n    repository: a/b\n    label: x\n",
        6,
        "there is no setting `label` in `notify.github`",
        "did you mean `labels`?",
    ),
    "GitHub of an environment that is none": (
        SMALLEST + "notify:\n  github: {repository: a/b, environments: [prd]}\n",
        4,
        "`notify.github.environments[0]` must be one of the environments: prod",
        "",
    ),
    "a token in place of the shared variable": (
        SMALLEST + "github:\n  token: ghp-1234\n",
        4,
        "`github.token` must be the name of an environment variable",
        "",
    ),
    "no version": ("environments: {a: {target: b}}\n", 1, "the file lacks `version`", "add"),
    "no environments": ("version: 1\n", 1, "the file lacks `environments`", "add"),
    "no target": (
        "version: 1\nenvironments:\n  prod: {branch: a}\n",
        3,
        "`environments.prod` lacks `target`",
        "add `target:`",
    ),
    "empty environments": (
        "version: 1\nenvironments: {}\n",
        2,
        "`environments` must be a mapping with at least one entry, not empty",
        "",
    ),
    "environments a list": (
        "version: 1\nenvironments: [a]\n",
        2,
        "`environments` must be a mapping of settings, not a list",
        "",
    ),
    "an environment that is text": (
        "version: 1\nenvironments:\n  prod: main\n",
        3,
        "`environments.prod` must be a mapping of settings, not text",
        "",
    ),
    "another version": (
        "version: 2\nenvironments: {a: {target: b}}\n",
        1,
        "`version` must be 1",
        "upgrade",
    ),
    "version as text": (
        "version: '1'\nenvironments: {a: {target: b}}\n",
        1,
        "`version` must be 1",
        "",
    ),
    "version as a boolean": (
        "version: true\nenvironments: {a: {target: b}}\n",
        1,
        "`version` must be 1",
        "",
    ),
    "a bad name": (
        "version: 1\nenvironments:\n  my prod: {target: a}\n",
        3,
        "'my prod' cannot be the name of an environment",
        "begin with a letter",
    ),
    "a long name": (
        f"version: 1\nenvironments:\n  {'x' * 64}: {{target: a}}\n",
        3,
        "cannot be the name of an environment",
        "63",
    ),
    "a name with a line break": (
        'version: 1\nenvironments:\n  "prod\\n": {target: a}\n',
        3,
        "cannot be the name of an environment",
        "",
    ),
    "one branch for two": (
        "version: 1\nenvironments:\n  prod: {target: a, branch: main}\n"
        "  dev:\n    target: b\n    branch: main\n",
        6,
        "'prod' and 'dev' cannot share a branch",
        "",
    ),
    "a number for text": (
        "version: 1\nenvironments:\n  prod:\n    target: a\n    branch: 1.0\n",
        5,
        "`environments.prod.branch` must be text, not 1",
        "put it in quotes",
    ),
    "nothing for text": (
        "version: 1\nproject:\nenvironments: {a: {target: b}}\n",
        2,
        "`project` must be text, not empty",
        "",
    ),
    "an empty text": (SMALLEST + "mirror: ''\n", 3, "`mirror` must be text, not empty", ""),
    "an absolute project": (SMALLEST + "project: /a\n", 3, "`project` must be a relative path", ""),
    "absolute requirements": (
        SMALLEST + "dbt: {requirements: /a}\n",
        3,
        "`dbt.requirements` must be a relative path",
        "",
    ),
    "requirements true": (
        SMALLEST + "dbt: {requirements: true}\n",
        3,
        "`dbt.requirements` must be the name of a file, or false",
        "",
    ),
    "retries as text": (
        SMALLEST + "dbt: {retries: '3'}\n",
        3,
        "`dbt.retries` must be a whole number, not text",
        "",
    ),
    "retries as a boolean": (
        SMALLEST + "dbt: {retries: true}\n",
        3,
        "`dbt.retries` must be a whole number, not true",
        "",
    ),
    "too many retries": (
        SMALLEST + "dbt: {retries: 11}\n",
        3,
        "`dbt.retries` must be at most 10, not 11",
        "",
    ),
    "negative retries": (
        SMALLEST + "dbt: {retries: -1}\n",
        3,
        "`dbt.retries` must be 0 or more, not -1",
        "",
    ),
    "no threads": (
        SMALLEST + "dbt: {threads: 0}\n",
        3,
        "`dbt.threads` must be 1 or more, not 0",
        "",
    ),
    "an empty section": (
        SMALLEST + "dbt:\n",
        3,
        "`dbt` must be a mapping of settings, not empty",
        "",
    ),
    "no time": (
        SMALLEST + "verify:\n  queries:\n    - {name: a, sql: b, max_seconds: 0}\n",
        5,
        "`verify.queries[0].max_seconds` must be more than 0, not 0",
        "",
    ),
    "queries a mapping": (
        SMALLEST + "verify: {queries: {a: b}}\n",
        3,
        "`verify.queries` must be a list, not a mapping",
        "",
    ),
    "one name for two queries": (
        SMALLEST + "verify:\n  queries:\n    - {name: a, sql: b}\n    - {name: a, sql: c}\n",
        6,
        "is the second query called 'a'",
        "",
    ),
    "the first problem of several": (
        "version: 1\nenvironments: {a: {target: 1}}\nproject: 2\nnope: 3\n",
        2,
        "`environments.a.target` must be text",
        "",
    ),
    "an age without a unit": (
        SMALLEST + "retention: {within: '30'}\n",
        3,
        "`retention.within` must be an age such as 12h, 30d or 4w",
        "change this line",
    ),
    "an age of a number": (
        SMALLEST + "retention: {within: 30}\n",
        3,
        "`retention.within` must be text",
        "quotes",
    ),
    "nothing kept": (
        SMALLEST + "retention: {keep: 0}\n",
        3,
        "`retention.keep` must be 1 or more",
        "",
    ),
    "a publish that never waits for a lock": (
        SMALLEST + "publish: {lock_timeout: 0s}\n",
        3,
        "`publish.lock_timeout` must be at least 10ms, and less than 1s",
        "",
    ),
    "a publish in which readers may deadlock": (
        SMALLEST + "publish: {lock_timeout: 1s}\n",
        3,
        "`publish.lock_timeout` must be at least 10ms, and less than 1s",
        "",
    ),
    "a publish that waits for days": (
        SMALLEST + "publish: {wait: 2d}\n",
        3,
        "`publish.wait` must be a time such as 500ms, 30s or 5m",
        "",
    ),
    "a health check that asks nothing": (
        SMALLEST + "triggers:\n  health:\n    checks:\n      - {name: a}\n",
        6,
        "`triggers.health.checks[0]` must have either `url` or `sql`",
        "",
    ),
    "a health check that asks two things": (
        SMALLEST
        + "triggers:\n  health:\n    checks:\n      - {name: a, url: 'http://b', sql: c}\n",
        6,
        "`triggers.health.checks[0]` must have either `url` or `sql`",
        "",
    ),
    "a status of a query": (
        SMALLEST + "triggers:\n  health:\n    checks:\n      - {name: a, sql: b, status: 200}\n",
        6,
        "`triggers.health.checks[0].status` says nothing beside `sql`",
        "",
    ),
    "a path that is no JSON pointer": (
        SMALLEST
        + "triggers:\n  health:\n    checks:\n"
        + "      - {name: a, url: 'http://b', values: {c: 1}}\n",
        6,
        "`triggers.health.checks[0].values` must have JSON pointers",
        "",
    ),
    "one name for two health checks": (
        SMALLEST
        + "triggers:\n  health:\n    checks:\n"
        + "      - {name: a, sql: b}\n      - {name: a, sql: c}\n",
        7,
        "is the second check called 'a'",
        "",
    ),
    "an address of a file": (
        SMALLEST + "triggers: {health: {checks: [{name: a, url: 'file:///b'}]}}\n",
        3,
        "must be an http or https address, or begin with ${NAME}",
        "",
    ),
    "no status": (
        SMALLEST + "triggers: {health: {checks: [{name: a, url: 'http://b', status: 299-200}]}}\n",
        3,
        "must be a status such as 200 or 200-299",
        "",
    ),
    "a health check that takes hours": (
        SMALLEST + "triggers: {health: {checks: [{name: a, sql: b, timeout: 1h}]}}\n",
        3,
        "must be more than 0s, and at most 1m",
        "",
    ),
    "fewer earlier counts than there must be": (
        SMALLEST + "triggers: {data: {releases: 2}}\n",
        3,
        "`triggers.data.releases` must be at least 3, which `samples` is",
        "",
    ),
    "counting that takes no time": (
        SMALLEST + "triggers: {data: {time: soon}}\n",
        3,
        "`triggers.data.time` must be a time such as 500ms, 30s or 5m",
        "",
    ),
    "a level that is called after soon": (
        SMALLEST + "escalation: {levels: [{name: CTO, after: soon}]}\n",
        3,
        "`escalation.levels[0].after` must be a time such as 0s, 15m or 1h, at most 168h",
        "",
    ),
    "a level that is called after years": (
        SMALLEST + "escalation: {levels: [{name: CTO, after: 169h}]}\n",
        3,
        "`escalation.levels[0].after` must be a time",
        "",
    ),
    "a level that is called before the one before it": (
        SMALLEST + "escalation:\n  levels:\n"
        "    - {name: on-call, after: 15m}\n    - {name: CTO, after: 1s}\n",
        6,
        "`escalation.levels[1].after` is earlier than that of the level before it",
        "",
    ),
    "a level that is told through no channel": (
        SMALLEST + "escalation:\n  levels:\n"
        "    - name: on-call\n      after: 15m\n      channels: [pager]\n",
        7,
        "`escalation.levels[0].channels[0]` is 'pager', which is no channel of `notify`",
        "",
    ),
    "a publish that waits for a number": (
        SMALLEST + "publish: {wait: 30}\n",
        3,
        "`publish.wait` must be text",
        "",
    ),
    "a key that is none": (
        SMALLEST + "people:\n  Ada:\n    keys:\n      - hunter2 hunter2\n",
        6,
        "`people.Ada.keys[0]` must be a public SSH key such as `ssh-ed25519 AAAA...`",
        "change this line",
    ),
    "a private key": (
        SMALLEST
        + "people:\n  Ada:\n    keys:\n    - |\n"
        + "      -----BEGIN OPENSSH PRIVATE KEY-----\n      hunter2\n",
        6,
        "`people.Ada.keys[0]` is a private key, which is no secret any more",
        "",
    ),
    "one key for two": (
        SMALLEST + f"people:\n  Ada: {{keys: ['{KEY} a']}}\n  Bob:\n    keys: ['{KEY} b']\n",
        6,
        "`people.Bob.keys[0]` is a key of 'Ada' already",
        "",
    ),
    "one login for two": (
        SMALLEST + "people:\n  Ada: {logins: [ada]}\n  Bob:\n    logins: [bob, ADA]\n",
        6,
        "`people.Bob.logins[1]` is a login of 'Ada' already",
        "",
    ),
    "a name that moves the cursor": (
        SMALLEST + 'people:\n  "A\\e[2J": {}\n',
        4,
        "`people.'A\\x1b[2J'` must be a name without control characters",
        "",
    ),
    "people a list": (
        SMALLEST + "people: [Ada]\n",
        3,
        "`people` must be a mapping of settings, not a list",
        "",
    ),
    "a role that is a number": (
        SMALLEST + "people: {Ada: {roles: [1]}}\n",
        3,
        "`people.Ada.roles[0]` must be text, not 1",
        "",
    ),
    "approvals that never end": (
        SMALLEST + "approvals: {expires: 8d}\n",
        3,
        "`approvals.expires` must be a time from 1m to 168h",
        "",
    ),
    "approvals for weeks": (
        SMALLEST + "approvals: {expires: 169h}\n",
        3,
        "`approvals.expires` must be a time from 1m to 168h",
        "",
    ),
    "a deploy that somebody approves": (
        SMALLEST + "approvals: {deploy: somebody}\n",
        3,
        "`approvals.deploy` must be nobody, emergency, or a mapping",
        "",
    ),
    "deploys that are emergencies": (
        SMALLEST + "approvals: {deploy: emergency}\n",
        3,
        "`approvals.deploy` must be nobody or people",
        "",
    ),
    "nobody whom the matrix asks": (
        SMALLEST + f"people:\n  Ada: {{roles: [cto], keys: ['{KEY}']}}\n",
        3,
        "`people` names nobody with a key, or a login that `approvals.ci` proves, for the yes of 1 "
        "of team-lead",
        "",
    ),
    "a lead without a key": (
        SMALLEST + "people:\n  Ada: {roles: [team-lead]}\n",
        3,
        "`people` names nobody with a key",
        "",
    ),
    "a lead whom no CI proves": (
        SMALLEST + "people:\n  Ada: {roles: [team-lead], logins: [ada]}\n",
        3,
        "`people` names nobody with a key",
        "",
    ),
    "two where there is one": (
        SMALLEST
        + f"people:\n  Ada: {{roles: [cto, team-lead], keys: ['{KEY}']}}\n"
        + "matrix:\n  - severities: [high]\n    production: true\n    action: roll back\n"
        + "    approval: {roles: [cto, team-lead], people: 2}\n",
        9,
        "`matrix[0].approval` needs the yes of 2 of cto or team-lead, and `people` names 1 of them",
        "",
    ),
    "a deploy that is nobody's to approve": (
        SMALLEST
        + f"people:\n  Ada: {{roles: [team-lead], keys: ['{KEY}']}}\n"
        + "approvals:\n  deploy: {roles: [release-manager]}\n",
        6,
        "`approvals.deploy` needs the yes of 1 of release-manager, and `people` names nobody",
        "",
    ),
    "a repository by its address": (
        SMALLEST + "approvals: {ci: {repository: 'https://github.com/acme/shop'}}\n",
        3,
        "`approvals.ci.repository` must be a repository such as acme/analytics",
        "",
    ),
    "an issuer that anybody can be": (
        SMALLEST + "approvals: {ci: {repository: acme/shop, issuer: 'http://issuer.example'}}\n",
        3,
        "`approvals.ci.issuer` must be an https address",
        "",
    ),
    "no branch": (
        SMALLEST + "approvals: {ci: {repository: acme/shop, branches: []}}\n",
        3,
        "`approvals.ci.branches`",
        "",
    ),
}
