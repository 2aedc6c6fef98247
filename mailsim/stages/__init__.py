"""The stages of the pipeline, one file each, in the order archive, deliver."""

from mailsim.stages.archive import Archive
from mailsim.stages.deliver import Deliver

__all__ = ["Archive", "Deliver"]
