"""Settings of the domain's property tests: a machine that is busy with other things makes none of them wrong."""

from hypothesis import settings

settings.register_profile("domain", deadline=None)
settings.load_profile("domain")
