"""Data sets of the hub that a spec names, fetched into the user's cache before rows are read."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable

from wrapper.data.reading.hub_names import HubData, hub_data, is_hub_name
from wrapper.errors import BadInput, EnvironmentFault
from wrapper.models.hub import hub_environment, is_offline, run_fetcher
from wrapper.spec.fields import Data

Say = Callable[[str], None]


def fetch_hub_data(data: Data, *, say: Say) -> None:
    """Fetch what is not there yet; raises EnvironmentFault where the hub cannot be reached or has no such data."""
    for files in data.named.values():
        for named in filter(is_hub_name, files):
            wanted = hub_data(named)
            if not wanted.folder.is_dir():
                say(f"fetching {named} from the hub")
                _fetch(named, wanted)


def _fetch(named: str, wanted: HubData) -> None:
    draft = wanted.folder.with_name(f".{wanted.folder.name}-{uuid.uuid4().hex}")
    draft.mkdir(parents=True)
    try:
        failed = "the hub is switched off (HF_HUB_OFFLINE)"
        if not is_offline():
            arguments = [wanted.repository, wanted.revision, str(draft), *wanted.patterns]
            failed = run_fetcher(hub_environment(), "fetch_data.py", arguments)
        if failed:
            raise EnvironmentFault(
                f"{named} cannot be fetched: {' '.join(failed.split())}",
                hint="check the name and the network (a gated data set needs HF_TOKEN), or name local files",
            )
        shutil.rmtree(draft / ".cache", ignore_errors=True)  # what huggingface_hub notes down for itself
        if not any(draft.iterdir()):
            raise BadInput(f"{named} holds no file of rows", hint=f"fetched are {', '.join(wanted.patterns)}")
        if not wanted.folder.is_dir():  # another thriftune may have been faster
            draft.rename(wanted.folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
