"""The code goes where the data is: reverts, resets, picks, and how they get to the remote."""
