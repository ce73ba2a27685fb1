"""Measures dbt-rewind beside what people do today; `make bench` runs it."""
