from convcli.cli.commands.shape.command import EXAMPLES as EXAMPLES
from convcli.cli.commands.shape.command import shape as shape
