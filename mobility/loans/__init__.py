"""Vehicle loans: policies, rights, booking, hand-over, reminders, the desk's day."""
