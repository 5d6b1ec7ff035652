"""Questions that need the whole text: counts, lists, comparisons, first and last mentions.

`question_kinds` says from the wording which questions these are; `routing` chooses the answer;
`sweep` goes through one document, `structure` through its pages and chapters, `symbols` through
its definitions, `comparison` sets two things side by side, `several_documents` asks many.
`assembled` is the frame of an answer put together from findings.
"""
