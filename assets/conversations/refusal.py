"""Why a published row cannot become a canonical conversation."""


class Refused(Exception):
    """A row that is not read: the ledger's rule, the field, the character in it (from 0) and the reason, never the text itself."""

    def __init__(self, rule: str, reason: str, offset: int = 0, field: str = "") -> None:
        super().__init__(f"{rule}: {reason}")
        self.rule, self.reason, self.offset, self.field = rule, reason, offset, field

    def within(self, field: str, offset: int = 0) -> "Refused":
        """Return the same for a text that stands at `offset` of `field`; what is placed already keeps its field."""
        return self if self.field else Refused(self.rule, self.reason, self.offset + offset, field)

    @property
    def detail(self) -> str:
        """What the ledger says."""
        return f"{self.field or 'payload'} offset {self.offset}: {self.reason}"
