"""Pages of the campaigns: the list, one with its figures and files, making and changing one."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.campaigns import joining as campaigns
from cases.campaigns import totals as campaign_totals
from cases.models import Campaign
from citymgmt.accounts import lists
from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.forms import DateInput, Styled
from citymgmt.accounts.posts import MANAGE_CAMPAIGNS, SEE_LEDGERS
from citymgmt.accounts.rules import holds
from citymgmt.lib.sheets import TYPES
from grid.models import Area
from inventory.models import MatterClass

PAGE = 50
READERS = (MANAGE_CAMPAIGNS, SEE_LEDGERS, "accept")
reads = needs(*READERS)


class CampaignForm(Styled, forms.Form):
    name_zh = forms.CharField(label=gettext_lazy("Chinese name"), max_length=80)
    name_en = forms.CharField(label=gettext_lazy("English name"), max_length=80, required=False)
    first_day = forms.DateField(label=gettext_lazy("First day"), widget=DateInput())
    last_day = forms.DateField(label=gettext_lazy("Last day"), widget=DateInput())
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    areas = forms.ModelMultipleChoiceField(
        Area.objects.none(), label=gettext_lazy("Areas"), required=False,
        widget=forms.CheckboxSelectMultiple, help_text=gettext_lazy("None chosen: everywhere."),
    )  # fmt: skip
    classes = forms.ModelMultipleChoiceField(
        MatterClass.objects.none(), label=gettext_lazy("Classes"),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["areas"].queryset = campaigns.areas_of(user)
        self.fields["areas"].label_from_instance = lambda row: row.name
        if not campaigns.may_manage(user, []):
            self.fields["areas"].required, self.fields["areas"].help_text = True, ""
            said = _("Choose areas: the whole city is not yours.")
            self.fields["areas"].error_messages["required"] = said
        self.fields["classes"].queryset = MatterClass.objects.in_use()
        self.fields["classes"].label_from_instance = lambda row: f"{row.code} {row}"


@never_cache
@reads
@require_safe
def index(request):
    today = timezone.localdate()
    page = Paginator(Campaign.objects.prefetch_related("classes"), PAGE)
    page = page.get_page(request.GET.get("page"))
    for row in page:
        row.now = row.status(today)
    may = holds(request.user, MANAGE_CAMPAIGNS)
    return render(request, "cases/campaigns/list.html", {"page": page, "may_make": may})


@never_cache
@needs(MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "POST"])
def edit(request, pk=None):
    """A new one, or a change to one that is not ended."""
    row = get_object_or_404(Campaign, pk=pk, closed_at=None) if pk else None
    form = CampaignForm(request.POST or None, user=request.user, initial=_initial(row))
    if form.is_valid() and attempt(
        request, campaigns.save, form=form, campaign=row, **form.cleaned_data
    ):
        messages.success(request, _("Saved."))
        return redirect("cases:campaign", pk) if pk else redirect("cases:campaigns")
    context = {"form": form, "row": row}
    return render(request, "cases/campaigns/edit.html", context, status=422 if form.errors else 200)


def _initial(row):
    today = timezone.localdate()
    if row is None:
        return {"first_day": today, "last_day": today}
    names = ("name_zh", "name_en", "first_day", "last_day", "note")
    several = {"classes": row.classes.all(), "areas": row.areas.all()}
    return {name: getattr(row, name) for name in names} | several


@never_cache
@reads
@require_safe
def one(request, pk):
    row = get_object_or_404(Campaign.objects.select_related("by"), pk=pk)
    found = campaign_totals.totals(row, request.user, timezone.now())
    areas = list(row.areas.defer("geometry"))
    row.now = row.status(timezone.localdate())
    running = row.now != "over" and campaigns.may_manage(request.user, areas)
    tables = [(_("Street"), found.streets), (_("Department"), found.departments)]
    context = {
        "row": row, "areas": areas, "classes": row.classes.all(), "found": found,
        "trend": campaign_totals.bars(found.days), "tables": tables, "may_manage": running,
        "list": f"{reverse('cases:search')}?queue=all&campaign={row.pk}",
    }  # fmt: skip
    return render(request, "cases/campaigns/campaign.html", context)


@require_POST
@needs(MANAGE_CAMPAIGNS)
def end(request, pk):
    if attempt(request, campaigns.end, campaign=get_object_or_404(Campaign, pk=pk)):
        messages.success(request, _("Ended."))
    return redirect("cases:campaign", pk)


@never_cache
@reads
@require_safe
def file(request, pk, form):
    row = get_object_or_404(Campaign, pk=pk)
    if form not in TYPES:
        raise Http404
    rows = campaign_totals.lines(campaign_totals.totals(row, request.user, timezone.now()))
    said = lists.Said((), f"{row.first_day} – {row.last_day}", str(row))
    return lists.give(request, campaign_totals.listing(), rows, form, said, id=row.pk)


urlpatterns = [
    path("campaigns/", index, name="campaigns"),
    path("campaigns/new/", edit, name="campaign_new"),
    path("campaigns/<int:pk>/", one, name="campaign"),
    path("campaigns/<int:pk>/edit/", edit, name="campaign_edit"),
    path("campaigns/<int:pk>/end/", end, name="campaign_end"),
    path("campaigns/<int:pk>/figures.<slug:form>", file, name="campaign_file"),
]
