from __future__ import annotations

from django.utils.functional import Promise


class DomainError(Exception):
    """
    A refusal that a person can act on.

    Subclasses live beside the operation that raises them and give a stable ``code`` for programs and a translatable
    ``message`` for people, with ``%(name)s`` places for the keyword arguments.
    """

    code: str = "refused"
    message: str | Promise = "%(code)s"

    def __init__(self, **params: object) -> None:
        self.params: dict[str, object] = {"code": self.code, **params}
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message) % self.params
