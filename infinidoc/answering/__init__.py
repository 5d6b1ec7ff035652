"""Answers and summaries: evidence, memories, prompts, and the words the model writes."""
