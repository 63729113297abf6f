"""The public « standard covoiturage »: our members' shared journeys for other services, and theirs for ours."""
