"""The days on which orders come in."""

FIRST_DAY = "date '2011-05-31'"
DAYS = 1127  # 2011-05-31 to 2014-06-30, both included
