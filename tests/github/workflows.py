"""The workflows of several projects, this repository's own among them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dbt_rewind.integrations.github_workflows import Layout, workflows
from dbt_rewind.procedures.workflows import plan_workflows

ROOT = Path(__file__).parents[2]
REFERENCE = "examples/adventureworks"

SMALLEST = Layout(
    branches={"main": "prod"},
    environments=("prod",),
    drilled="prod",
    strategies=("data",),
    folder=".",
    install="python -m pip install dbt-rewind",
    runner="ubuntu-24.04",
    variables={"GITHUB_TOKEN": "${{ github.token }}"},
)
LARGEST = Layout(
    branches={"develop": "dev", "release/it's": "on", "main": "prod"},
    environments=("dev", "on", "prod", "scratch"),
    drilled="on",
    strategies=("revert", "data"),
    folder="analytics & more/dbt",
    install="python -m pip install 'dbt-rewind[github,postgres,notify,ci]==0.1.0' 'dbt-postgres'",
    runner="[self-hosted, linux]",
    variables={
        "GITHUB_TOKEN": "${{ github.token }}",
        "PGPASSWORD": "${{ secrets.PGPASSWORD }}",
    },
    permits=("id-token: write # proves who", "issues: write # incidents"),
    guard="vars.RUNNER != ''",
)


def reference() -> Layout:
    """The reference pipeline's, whose jobs run where somebody has named a machine for them: it has
    the warehouse, and this checkout's dbt-rewind."""
    layout = plan_workflows(ROOT / REFERENCE).layout
    return replace(
        layout,
        install="python -m pip install '../..[github,demo]'",
        runner="${{ vars.REFERENCE_RUNNER }}",
        guard="vars.REFERENCE_RUNNER != ''",
    )


def texts() -> dict[str, str]:
    """The workflows by a name for the test."""
    layouts = {"smallest": SMALLEST, "largest": LARGEST, "reference": reference()}
    return {
        f"{name}-{file}": text
        for name, layout in layouts.items()
        for file, text in workflows(layout).items()
    }
