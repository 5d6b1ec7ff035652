"""What a log is made of: its lines' levels, and the messages that it says again and again.

`severity` learns how a log writes its levels; `line_levels` tells how grave each line is, by
those or by its words; `lines_asked` tells what a question to a log asks; `line_filter` is which
lines it means, by the time (`time_range`) and the words (`line_words`) that it names; `messages`
puts together the lines that one place in a program wrote.
"""
