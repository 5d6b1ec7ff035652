"""Studying: questions on a document, replies graded by rule, and what to repeat when.

`infinidoc quiz` opens a `quiz.Quiz`. `terms.Terms` finds the names (as `text.names` learns them
from the document), numbers and dates; `cloze.questions` leaves one out of each sentence that can
be understood alone; the round takes what is due by `schedule`, then one new question from each
stretch of the text. `grading.grade` compares a reply with the answer by words, by value and by
spelling. Every reply is kept in the store; `schedule.cards` computes from them what comes next.
No language model is used.
"""
