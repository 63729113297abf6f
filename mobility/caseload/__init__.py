"""Who accompanies whom, how closely, and who takes over: phases, caseload, absences, handover, transfers."""
