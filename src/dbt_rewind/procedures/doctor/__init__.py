"""`rewind doctor`: one small check after the other, each with its fix."""
