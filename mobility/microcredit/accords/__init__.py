"""What person and bank agree to once a loan is paid out: a plan of arrears, a new schedule, and its signatures."""
