"""The schema's history, and the commands that bring a database to it.

``mobility db upgrade`` runs everything in one transaction: guards (triggers, exclusion constraint) are set
aside, the steps run, the guards come back, foreign keys are checked; whatever fails leaves the database
as it was.
"""
