"""The runbook's chain of an environment: decisions, approvals, incidents, messages."""
