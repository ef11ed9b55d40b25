"""The grocer's vocabulary: departments, shelves, kinds of goods and makers' names.

Everything here was composed for this project. Makers' names are invented; where one sounds like a real firm,
that is chance. Hindi and Odia names are given for what a household buys every week.
"""
