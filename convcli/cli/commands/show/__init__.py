from convcli.cli.commands.show.command import EXAMPLES as EXAMPLES
from convcli.cli.commands.show.command import show as show
