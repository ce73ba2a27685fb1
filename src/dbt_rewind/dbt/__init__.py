"""dbt, kept outside: its own Python, its own process; we read the artifacts it writes."""
