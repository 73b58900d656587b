"""Stands in for the library aenum, which Debian does not have, as far as generated enums use it."""

from enum import Enum as _Enum
from enum import EnumMeta

no_arg = object()


class _Meta(EnumMeta):
    """Lets the annotations in the body of a class name the class."""

    @classmethod
    def __prepare__(metacls, name, bases, **kwargs):
        namespace = super().__prepare__(name, bases, **kwargs)
        dict.__setitem__(namespace, name, name)  # as an attribute, not as a member of the enum
        return namespace


class Enum(_Enum, metaclass=_Meta):
    pass
