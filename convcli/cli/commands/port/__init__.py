from convcli.cli.commands.port.command import EXAMPLES as EXAMPLES
from convcli.cli.commands.port.command import port as port
