"""The measurements behind every claim; LOG.md keeps their results, failures too."""
