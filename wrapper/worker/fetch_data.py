"""Put the rows of a hub data set into a folder: data files only, no code of the repository's.

`python fetch_data.py REPOSITORY REVISION FOLDER PATTERN...`
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    repository, revision, folder, *patterns = sys.argv[1:]
    try:
        from huggingface_hub import snapshot_download

        snapshot_download(repository, repo_type="dataset", revision=revision, local_dir=folder, allow_patterns=patterns)
    except Exception as failure:  # told to the core, which says what to do
        print(json.dumps({"failed": f"{type(failure).__name__}: {failure}"[:2000]}))
        sys.exit(1)


if __name__ == "__main__":
    main()
