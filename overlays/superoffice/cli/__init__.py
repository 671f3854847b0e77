"""The command line, and its exit statuses."""

from typing import Final

MISSING: Final = 1  # tickets, or what a reader who left did not read
WARNED: Final = 1  # by the doctor
USAGE: Final = 2
FAILED: Final = 3  # the server, the authentication or the disk
INTERNAL: Final = 70  # Python's own is 1, which says that tickets are missing
STOPPED: Final = 130  # as shells have it for Ctrl-C
