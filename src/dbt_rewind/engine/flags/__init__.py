"""Feature flags: which models are shown as an earlier release has them, and why that fits."""
