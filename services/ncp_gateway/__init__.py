"""The national contact point: gathers seizures, reports them, receives verdicts and intelligence."""
