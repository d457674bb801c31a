"""What one document may take of the machine."""

from pydantic import BaseModel, Field


class LimitSettings(BaseModel, frozen=True, extra="forbid"):
    """What one document may take. Processor time decides, so that a busy machine drops nothing that a free one keeps."""

    max_cpu_s: int = Field(120, gt=0, description="processor time: 2,000 full pages take 40 s")
    max_wall_s: float = Field(1_200.0, gt=0, description="for what waits without using the processor")
    max_memory_bytes: int = Field(1_500_000_000, ge=300_000_000, description="address space of the process that reads (enforced on Linux)")
