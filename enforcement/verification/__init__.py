"""Verifying what national contact points report: the same at a RILO and at the hub for members without one."""
