"""Checking: what one manuscript writes in two ways, each with both places.

`infinidoc check` looks for three things, each worth its place by `infinidoc bench checking`:

- `names.Names`: a name (`text.names`) spelled otherwise once or twice than everywhere else;
- `spellings.Spellings`: a word in British and in American spelling;
- `weekdays.Weekdays`: a date with the wrong day of the week.

`consistency.ConsistencyCheck` reads the pages of a document once, sentence by sentence, and
gives every sentence to each rule. A rule keeps what it counts, not the text, and says at the
end what it found as a `finding.Finding`. The rules are those of English; on a text in another
language none of them runs, and a note says so. No language model judges here.
"""
