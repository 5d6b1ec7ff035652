"""Answers to questions: prompts, what the model writes, and what is checked of it.

A `query.Query` says what is asked of which documents. An `answer.AnswerStream` finds passages
(`retrieval`). A pointer proposes words of them (`answer_spans`). Where it is not sure the model
reads the passages with their memories (`generate.read_prompt`) and says how likely each is as its
answer (`rescoring`); without passages or pointer it writes (`generate.write`), from the memory
alone twice, and the likelier draft is told (`recalled`). `refusal` tells whether the model
refuses; `without_adapter` is for models that have none.
What the passages do not bear out is withdrawn; `confidence` says how sure the rest is. The
`result.Answer` is the whole.
"""
