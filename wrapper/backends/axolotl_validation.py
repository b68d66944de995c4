"""Every fault of an Axolotl config that can be seen without Axolotl, whoever wrote it."""

from __future__ import annotations

from wrapper.errors import BadInput, Fault

WARNING = "warning_"


def find_faults(text: str, *, file: str) -> list[Fault]:
    """Faults against the schema, the keys and each other, in the order of the file.

    Kinds that begin with `warning_` are no reason to refuse the config. Text that cannot be read at all
    gives its syntax faults alone.
    """
    from wrapper.backends.axolotl_checks.cross_fields import cross_field_faults
    from wrapper.backends.axolotl_checks.deprecated import deprecation_faults
    from wrapper.backends.axolotl_checks.keys import key_faults
    from wrapper.backends.axolotl_checks.schema import schema_of
    from wrapper.backends.axolotl_checks.values import value_faults
    from wrapper.documents import parse_yaml

    try:
        document = parse_yaml(text, file=file, floats="yaml11")
    except BadInput as refused:
        return list(refused.faults) or [Fault(kind="syntax", message=refused.message, file=file)]
    schema = schema_of(document.value)
    found = [
        *(fault for fault in document.faults if not _is_number_as_key(fault)),
        *value_faults(document, schema),
        *key_faults(document, schema),
        *deprecation_faults(document, schema),
        *cross_field_faults(document, schema),
    ]
    return sorted(dict.fromkeys(found), key=lambda fault: (fault.line, fault.column))


def _is_number_as_key(fault: Fault) -> bool:
    """True in a nested table, such as `max_memory: {0: 20GB}`: Axolotl reads those."""
    return fault.kind == "syntax" and "." in fault.key
