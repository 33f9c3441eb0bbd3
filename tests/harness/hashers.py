"""Password hashing for tests: the same algorithm, with the least work it allows."""

from django.contrib.auth.hashers import ScryptPasswordHasher


class QuickScrypt(ScryptPasswordHasher):
    work_factor = 2
