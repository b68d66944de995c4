"""The user's documents for the arm `rag`: read, cut into passages, and held against the test rows."""

from __future__ import annotations

import re
from dataclasses import replace

from wrapper.data.prepared import Prepared
from wrapper.evaluation.passages import Document, Passage, chunk, read_documents, standing_in_documents
from wrapper.pipeline.run import Run

# of ChatML, Llama, Phi, gpt-oss, DeepSeek; of Gemma; of Mistral and Llama 2
_CONTROL_TEXT = re.compile(r"<[|｜][^<>|｜\n]{1,40}[|｜]>|</?(?:start|end)_of_turn>|\[/?INST\]|</?s>")


def read_passages(run: Run, prepared: Prepared) -> tuple[Passage, ...]:
    """Passages of `evaluation.documents`; test rows that stand in them word for word are told of."""
    named = run.loaded.spec.evaluation.documents
    if named is None:
        return ()
    documents = [_without_control_texts(document) for document in read_documents(run.loaded.folder / named)]
    passages = tuple(chunk(documents))
    run.reporter.step("documents", f"{len(passages)} passages of {len(documents)} documents")
    seen = standing_in_documents(documents, prepared.test)
    if seen:
        run.reporter.note(
            f"{seen} of {len(prepared.test)} test rows stand in the documents with their answers: "
            "the arms with retrieval look better than they are"
        )
    return passages


def _without_control_texts(document: Document) -> Document:
    """A document that spells `<|im_end|>` or the like must not end the turn that it is shown in."""
    return replace(document, text=_CONTROL_TEXT.sub(" ", document.text))
