"""Six offices of a federation on one machine, doing the main job through the installed command: `python -m demo`."""
