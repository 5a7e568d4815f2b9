"""The schedule of background work, in the console's clothes and for platform roles alone."""

from django.contrib import admin
from django_celery_beat.admin import ClockedScheduleAdmin as BeatClockedScheduleAdmin
from django_celery_beat.admin import CrontabScheduleAdmin as BeatCrontabScheduleAdmin
from django_celery_beat.admin import PeriodicTaskAdmin as BeatPeriodicTaskAdmin
from django_celery_beat.admin import PeriodicTaskForm, TaskSelectWidget
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from ..admin_base import ScopedAdmin

for model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(model)


class InstallationAdmin(ScopedAdmin):
    """Rows of the installation, not of a workspace."""

    view_verb = change_verb = "workspace.manage"
    workspace_path = None


class TaskSelect(UnfoldAdminSelectWidget, TaskSelectWidget):
    pass


class TaskForm(PeriodicTaskForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = TaskSelect()


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(InstallationAdmin, BeatPeriodicTaskAdmin):
    form = TaskForm


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(InstallationAdmin, BeatCrontabScheduleAdmin):
    inlines = ()


@admin.register(ClockedSchedule)
class ClockedScheduleAdmin(InstallationAdmin, BeatClockedScheduleAdmin):
    inlines = ()


@admin.register(IntervalSchedule, SolarSchedule)
class ScheduleAdmin(InstallationAdmin):
    pass
