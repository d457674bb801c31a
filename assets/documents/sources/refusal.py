"""Why something on the web cannot be had."""


class Refused(Exception):
    """The rule for the ledger, and what a person should know; never a whole URL with its query, a key, or what a server wrote."""

    def __init__(self, rule: str, said: str = "") -> None:
        self.rule, self.said = rule, said
        super().__init__(f"{rule}: {said}" if said else rule)


class Transient(Exception):
    """Worth another attempt, after `wait_s` where the server says so; `rule` is what it is when attempts are used up."""

    def __init__(self, rule: str, said: str = "", wait_s: float | None = None) -> None:
        self.rule, self.said, self.wait_s = rule, said, wait_s
        super().__init__(rule)
