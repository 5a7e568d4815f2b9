"""How sending may go wrong."""


class Failed(Exception):
    """A notice that did not go. `final`: another try would fail the same way. `gone`: nobody is there any more. `ours`:
    the platform's own side is not in order, which says nothing about the channel.

    The reason is for people, and holds no part of an address or an answer.
    """

    def __init__(self, reason: str, *, final: bool = False, gone: bool = False, ours: bool = False):
        super().__init__(reason)
        self.reason, self.final, self.gone, self.ours = reason, final or gone, gone, ours
