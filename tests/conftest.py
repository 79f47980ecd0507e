"""Settings of all tests: examples of hypothesis have no deadline, because no test here may depend on speed."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
