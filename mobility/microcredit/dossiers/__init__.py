"""The accompanied dossier: budget, states, transmission to the bank, its answer, repayment."""
