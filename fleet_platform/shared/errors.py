"""What a service may raise. No status codes here: each API's dialect turns these into its own answer."""

from collections.abc import Mapping, Sequence


class DomainError(Exception):
    """A refusal the caller can understand. `message` is a sentence for people."""

    message = "The request could not be carried out."

    def __init__(self, message: str | None = None):
        self.message = message or self.message
        super().__init__(self.message)


class Invalid(DomainError):
    """Bad input. `fields` maps a field's name, or a JSON pointer, to sentences about it."""

    message = "Some values are not valid."

    def __init__(self, fields: Mapping[str, str | Sequence[str]], message: str | None = None):
        super().__init__(message)
        self.fields = {
            name: [said] if isinstance(said, str) else list(said) for name, said in fields.items()
        }


class NotAuthenticated(DomainError):
    message = "Sign in first: the credential is missing, wrong or expired."


class NotAllowed(DomainError):
    message = "Your role does not allow this."


class MustChangePassword(NotAllowed):
    message = (
        "You signed in with a temporary password: set a new one first, by POST"
        " /api/fleet/me/password or on the page /settings/password."
    )


class NotFound(DomainError):
    message = "There is no such thing, or you may not see it."


class Gone(DomainError):
    message = "It existed and was removed."


class Conflict(DomainError):
    message = "It is in the way of something that exists already."


class TooLarge(DomainError):
    message = "The request is larger than allowed."


class TooMany(DomainError):
    """`retry_after`: seconds until another try makes sense."""

    message = "Too many requests. Wait before the next one."

    def __init__(self, retry_after: int, message: str | None = None):
        super().__init__(message)
        self.retry_after = max(1, int(retry_after))


class Unavailable(TooMany):
    message = "The service is busy or a part of it is away. Try again."
