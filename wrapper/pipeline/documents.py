"""The user's documents for the arm `rag`: read, cut into passages, and held against the test rows."""

from __future__ import annotations

from wrapper.data.prepare import Prepared
from wrapper.evaluation.passages import Passage, chunk, read_documents, standing_in_documents
from wrapper.pipeline.run import Run


def read_passages(run: Run, prepared: Prepared) -> tuple[Passage, ...]:
    """Passages of `evaluation.documents`; test rows that stand in them word for word are told of."""
    named = run.loaded.spec.evaluation.documents
    if named is None:
        return ()
    documents = read_documents(run.loaded.folder / named)
    passages = tuple(chunk(documents))
    run.reporter.step("documents", f"{len(passages)} passages of {len(documents)} documents")
    seen = standing_in_documents(documents, prepared.test)
    if seen:
        run.reporter.note(
            f"{seen} of {len(prepared.test)} test rows stand in the documents with their answers: "
            "the arms with retrieval look better than they are"
        )
    return passages
