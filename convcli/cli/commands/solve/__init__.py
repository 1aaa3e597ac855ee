from convcli.cli.commands.solve.command import EXAMPLES as EXAMPLES
from convcli.cli.commands.solve.command import solve as solve
