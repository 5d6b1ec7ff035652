"""Studying: questions on a document, replies graded by rule, and what to repeat when.

`infinidoc quiz` opens a `quiz.Quiz`. `terms.Terms` learns from the document which words
are names (`text.names`); `cloze.questions` leaves a name, a number or a date out of each sentence that can be
understood alone; the round takes what is due by `schedule`, then one new question from each
stretch of the text. `grading.grade` compares a reply with the answer by words, by value and by
spelling. Every reply is kept in the store; `schedule.cards` computes from them what comes next.
No language model is used.
"""
