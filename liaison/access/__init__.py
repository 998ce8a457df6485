"""Who may do what at this node: users, sessions, the one permission table, the desk every command and page works at."""
