"""Whether texts say the same: a statement and the passages it should stand in, two short answers.

`grounding` finds the sentence that bears a statement out, and what of it is missing there: names,
numbers and dates by value, content words by stem, negations. `agreement` compares two short
answers, `overlap` counts the words that two have in common (F1 and exact match of SQuAD). Knows
strings only.
"""
