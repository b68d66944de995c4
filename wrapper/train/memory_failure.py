"""Whether a trainer's last words say that it ran out of memory."""

from __future__ import annotations

import re

# torch's CUDA allocator and its CPU allocator, cuBLAS and NCCL without room for a workspace, bitsandbytes
_SIGNS = re.compile(
    r"OutOfMemoryError|CUDA out of memory|CUDA error: out of memory|HIP out of memory"
    r"|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED|DefaultCPUAllocator: (can't|not enough)"
    r"|^MemoryError|std::bad_alloc|Cannot allocate memory",
    re.MULTILINE,
)


def ran_out_of_memory(log: str) -> bool:
    return _SIGNS.search(log) is not None
