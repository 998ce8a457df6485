"""The profiles that ship with the package, one YAML file a source."""
