"""Triggers: one small class for each question that can ask for a rollback."""
