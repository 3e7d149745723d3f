"""Who acts over the HTTP interface: `Authorization: Token <key>`."""

from django.utils.translation import gettext as _
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed


class Tokens(TokenAuthentication):
    def authenticate(self, request):
        self.request = request
        return super().authenticate(request)

    def authenticate_credentials(self, key):
        # The framework imports this module while `lib.errors`, which `tokens` needs, imports it.
        from citymgmt.accounts import tokens

        token = tokens.found(key, self.request)
        if token is None:
            raise AuthenticationFailed(_("This token is not valid, or not valid any more."))
        return token.user, token
