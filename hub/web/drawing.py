"""How templates look things up and call them: as Jinja does, but straight to it for what pages do thousands of times.

Our values are dicts, and our functions want no context: the usual way asks a dict for an attribute first and catches the
fault, and looks every function over for decorators.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import BuiltinMethodType, FunctionType
from typing import Any

from babel.support import NullTranslations
from jinja2 import Environment
from jinja2.runtime import Context, Macro
from markupsafe import Markup

METHODS = frozenset(dir(dict))  # `data.get` is the method, whatever keys there are
PLAIN = frozenset({BuiltinMethodType, FunctionType, type(cache(len))})  # methods of values, functions of ours


class Straight(Context):
    """A template's variables."""

    def call(self, what: Any, /, *args: Any, **kwargs: Any) -> Any:
        kind = type(what)
        if kind is Macro:
            args = (self.eval_ctx, *args)
        elif kind not in PLAIN or hasattr(what, "jinja_pass_arg"):
            return super().call(what, *args, **kwargs)
        if kwargs:
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
        return what(*args, **kwargs)


class Drawing(Environment):
    """The templates' environment."""

    context_class = Straight

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute not in METHODS:
            try:
                return obj[attribute]
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


def words(catalogue: NullTranslations) -> Callable[..., Markup]:
    """`_` of a language: each msgid is looked up once. Our own words are safe, what is put into them is escaped."""

    @cache
    def found(msgid: str) -> tuple[Markup, Markup | None]:
        text = Markup(catalogue.ugettext(msgid))
        return text, None if "%(" in text else text % {}

    def _(msgid: str, **values: Any) -> Markup:
        text, whole = found(msgid)
        return whole if whole is not None else text % values

    return _
