"""`shopsmart up`: the whole platform on one machine, watched over by one process.

Not part of the shop: like the command line it sits outside, so it reads the machine's clock and hands the
environment to the processes it starts. `folder` keeps the data folder, `processes` and `supervisor` the
children, `parts` names them, `up` tells the story.
"""

from shopsmart.launcher.folder import DataFolder, LaunchError
from shopsmart.launcher.up import Options, up

__all__ = ["DataFolder", "LaunchError", "Options", "up"]
