"""The plan's rules: what is proposed and why, what comes before what, what is frozen, what a signature is. Pure."""
