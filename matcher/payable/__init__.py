"""How much a measure gives one company: amounts worked out line by line, limits, payments, combinations.

Unknown is never zero: a missing fact leaves an interval, what a department decides or another rule
says is named as such, and what the text gives no amount for does not apply.
"""
