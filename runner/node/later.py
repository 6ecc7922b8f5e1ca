"""Modules that only some requests need: half of what a start of the agent takes is reading modules."""


class Later:
    """Stands for a module, which is imported when something of it is first used."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, attribute):
        return getattr(__import__(self._name), attribute)
