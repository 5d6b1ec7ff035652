"""Answers to questions: prompts, what the model writes, and what is checked of it.

A `query.Query` says what is asked of which documents. An `answer.AnswerStream` finds passages
(`retrieval`). A pointer proposes words of them (`pointed`). Where it is not sure the model reads
the passages with their memories (`generate.read_prompt`) and says how likely each proposal is as
its answer (`extract`); without passages or pointer it writes (`generate.write`), from the memory
alone twice, and the likelier draft is told (`recalled`). `refusal` tells whether the model
refuses, `untaught` is for models without an adapter.
What the passages do not bear out is withdrawn; `confidence` says how sure the rest is. The
`result.Answer` is the whole. `chat` asks in turn; `followup` tells what a question leans on.
"""
