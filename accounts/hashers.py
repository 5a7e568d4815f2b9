"""Password hashing at a cost that a small machine bears while many devices sign in at once."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class SmallArgon2(Argon2PasswordHasher):
    """Argon2id as OWASP's cheat sheet advises: 19 MiB and two passes, where Django's default takes 100 MiB a try."""

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1
