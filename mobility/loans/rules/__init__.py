"""The rules of loans: pure, every fact and the present instant are arguments."""
