"""Cases written by hand in a form: at a contact point its own, at an office what a sheet of paper says, by the same fields and rules."""
