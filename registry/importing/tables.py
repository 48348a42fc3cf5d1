"""All tables that can be imported, by the names that `jieti import` knows them by, in the order in which they build on each other."""

from collections.abc import Mapping

from registry.importing.forms import DossiersForm, Form, RosterForm, UnitsForm
from registry.importing.people import AppointmentsForm, RecipientsForm

FORMS: Mapping[str, Form] = {
    "units": UnitsForm(),
    "roster": RosterForm(),
    "dossiers": DossiersForm(),
    "recipients": RecipientsForm(),
    "appointments": AppointmentsForm(),
}
