"""Prescriptions (« orientations »): who is sent by whom, the shared inbox, and the time until the first meeting."""
