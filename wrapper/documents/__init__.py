"""Files that users write, read so that every fault can say its line."""

from wrapper.documents.document import Document, parse_yaml
from wrapper.documents.files import read_document, read_text
from wrapper.documents.places import KeyPath, dotted
from wrapper.documents.reading import Floats
from wrapper.documents.suggestions import did_you_mean, nearest

__all__ = [
    "Document",
    "Floats",
    "KeyPath",
    "did_you_mean",
    "dotted",
    "nearest",
    "parse_yaml",
    "read_document",
    "read_text",
]
