"""After the money is paid: what the bank's files say, early signals, agreed plans, new schedules, losses, figures."""
