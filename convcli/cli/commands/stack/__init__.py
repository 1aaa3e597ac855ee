from convcli.cli.commands.stack.command import EXAMPLES as EXAMPLES
from convcli.cli.commands.stack.command import stack as stack
