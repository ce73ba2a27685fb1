"""`python -m dbt_rewind` is the command `rewind`."""

from dbt_rewind.cli.main import main

if __name__ == "__main__":
    main()
