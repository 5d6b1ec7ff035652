"""What source text says of itself: definitions, references, entry points.

`definitions` finds what a text defines and remarks, `uses` what calls a name and where it stands,
`source` is a document's files, `lookup` looks names up in them, `catalogue` lists them by kind,
`outline` describes a repository from them. No model is asked.
"""
