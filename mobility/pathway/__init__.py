"""The hall: objectives, rosters, steps and coverage. It knows what an aid is, and names none."""
