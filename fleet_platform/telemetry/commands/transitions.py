"""Which state of a command may follow which. Pure: the one table that every conditional update is made from.

asked -> sent -> accepted -> done or failed. A device that fetches its commands by HTTP answers one that was never
sent, and one that is done at once need not be accepted first. A command that its carrier could not hand over is asked
again. Asked and sent expire; whatever is not over can be canceled. Nothing follows what is over.
"""

ASKED, SENT, ACCEPTED = "asked", "sent", "accepted"
DONE, FAILED, EXPIRED, CANCELED = "done", "failed", "expired", "canceled"

FOLLOWS: dict[str, frozenset[str]] = {
    ASKED: frozenset({SENT, ACCEPTED, DONE, FAILED, EXPIRED, CANCELED}),
    SENT: frozenset({ASKED, SENT, ACCEPTED, DONE, FAILED, EXPIRED, CANCELED}),
    ACCEPTED: frozenset({DONE, FAILED, CANCELED}),
    DONE: frozenset(),
    FAILED: frozenset(),
    EXPIRED: frozenset(),
    CANCELED: frozenset(),
}
STATES = tuple(FOLLOWS)
OVER = frozenset(state for state, following in FOLLOWS.items() if not following)
OPEN = frozenset(FOLLOWS) - OVER
REPLIES = (ACCEPTED, DONE, FAILED)  # what a device may say
UNANSWERED = frozenset({ASKED, SENT})  # runs out at its time of expiry


def sources(state: str) -> frozenset[str]:
    """The states that it may come after."""
    return frozenset(before for before, following in FOLLOWS.items() if state in following)
