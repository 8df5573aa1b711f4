"""The rivals on a GPU; filled below."""
LIBRARIES = {}
