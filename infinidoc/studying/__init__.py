"""Studying: questions on a document, replies graded by rule, and what to repeat when."""
