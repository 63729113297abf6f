"""The rules of micro-credit: pure, every fact, rate and date is an argument."""
