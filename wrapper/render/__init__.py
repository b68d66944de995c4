"""Jinja templates rendered strictly: a name that is missing is an error, a value cannot break out of its place."""

from wrapper.render.environment import html_template, python_template, text_template, yaml_template

__all__ = ["html_template", "python_template", "text_template", "yaml_template"]
