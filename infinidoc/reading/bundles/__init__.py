"""Several files as one document: a folder, an archive, a pack, files named one by one."""
