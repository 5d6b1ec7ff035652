"""What kind of question it is, by its wording: a plain one, or one that needs the whole text.

`question_kinds` tells the kind and what the question is about, by the linear classifier of
`wording`, whose weights `bench kinds --train` made; `explicit` makes the kinds that an option
names. `sections_asked` and `symbols_asked` tell what is asked of a section that is named, and of
what code defines. Knows strings only; `sweeping` answers the kinds that need the whole text.
"""
