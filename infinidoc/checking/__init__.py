"""Checking: what one manuscript writes in two ways, each with both places.

`consistency.ConsistencyCheck` reads the pages of a document once and gives every sentence to each
rule: `names` (a name spelled otherwise once or twice than everywhere else), `spellings` (a word in
British and in American spelling), `weekdays` (a date with the wrong day). A rule keeps what it
counts, not the text, and ends with `finding.Inconsistency`s; its worth is measured by `infinidoc
bench checking`. In other languages than English none runs, and a note says so. No model judges.
"""
