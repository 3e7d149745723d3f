"""Limits of the interface, counted by the same client address as everything else."""

from rest_framework.throttling import ScopedRateThrottle

from citymgmt.lib import client


class ByClient(ScopedRateThrottle):
    """The rate of the view's `throttle_scope`, for each person, or each address signed out."""

    def get_ident(self, request):
        return client.identity(request)
