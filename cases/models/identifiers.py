"""What the identifiers of clients were used for."""

from django.db import models


class ClientIdentifier(models.Model):
    """An identifier given by a client, with the digest of the one content it covers."""

    uuid = models.UUIDField(primary_key=True)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(digest__regex=r"^[0-9a-f]{64}$"),
                name="client_identifier_has_digest",
            ),
        ]

    def __str__(self):
        return str(self.uuid)
