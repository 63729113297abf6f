"""What each of the staff has to do, found by rules in every room: done when the facts say so."""
