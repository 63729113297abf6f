"""The agenda: when advisers receive, who comes when, who came, and what comes next."""
