"""Summaries that can be checked: every sentence comes with its page.

The way of the data, from `infinidoc summarize` to the last line:

1. `summary.SummaryStream` takes the options and divides the document (`sections.Sections`):
   by chapter, or into shares of its pages. Nothing after `--until` is looked at.
2. Each section becomes a `sections.SectionDraft`: the section, a digest of all its sentences depend
   on, and a function that makes them. `drafts.Drafts` has those of a text, and those of a
   repository with code in it, from its definitions.
3. A draft whose digest is known is taken from the store. Otherwise it is made:
   `extraction.quote` chooses sentences of the section; with `--mode memory`
   `abstraction.Abstraction` lets the model write, and keeps only those sentences that
   `grounding` finds borne out by the passages that were read. What is missing is quoted.
4. A finished section is kept in the store at once and yielded as a `result.SectionSummary`.
   `SummaryStream.result` is the whole, a `result.Summary`.
"""
