from convcli.cli.commands.run.command import EXAMPLES as EXAMPLES
from convcli.cli.commands.run.command import run as run
