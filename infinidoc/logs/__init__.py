"""What a log is made of: its lines' levels, and the messages that it says again and again.

`severity` learns how a log writes its levels; `line_levels` tells how grave each line is, by
those or by its words; `time_range` reads the time that a question names; `messages` puts
together the lines that one place in a program wrote.
"""
