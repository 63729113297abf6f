"""Users, roles, grants, sign-in, and the audit log."""
