"""The rules of prescriptions: states, time, figures. Pure."""
