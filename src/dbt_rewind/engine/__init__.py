"""The engine: pure plans over a closed set of steps, one executor, one ledger."""
