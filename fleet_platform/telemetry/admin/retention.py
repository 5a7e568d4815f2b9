"""How long a workspace keeps what."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.admin_base import ScopedAdmin

from .. import retention
from ..models import RetentionRule


class RetentionRuleForm(forms.ModelForm):
    class Meta:
        model = RetentionRule
        fields = ["workspace", "data_class", "days"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        names = [data_class.name for data_class in retention.data_classes()]
        self.fields["data_class"] = forms.ChoiceField(
            label=_("class of data"),
            choices=[(name, name) for name in names],
            widget=UnfoldAdminSelectWidget,
        )


@admin.register(RetentionRule)
class RetentionRuleAdmin(ScopedAdmin):
    form = RetentionRuleForm
    list_display = ("workspace", "data_class", "days")
    list_select_related = ("workspace",)
