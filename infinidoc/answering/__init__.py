"""Answers to questions: prompts, what the model writes, and what is checked of it.

A `query.Query` says what is asked of which documents. An `answer.AnswerStream` finds passages
(`retrieval`), reads them with their memories (`generate.read_prompt`) and writes
(`generate.write`): `refusal` tells whether the model refuses, `rerank` chooses among its drafts,
`pointed` takes the words a pointer points at instead, `untaught` is for models without an adapter.
What the passages do not bear out is withdrawn; `confidence` says how sure the rest is. The
`result.Answer` is the whole. `chat` asks in turn; `followup` tells what a question leans on.
"""
