"""Procedures: the runbook's steps, made of the engine's verbs."""
