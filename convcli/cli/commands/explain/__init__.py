from convcli.cli.commands.explain.command import EXAMPLES as EXAMPLES
from convcli.cli.commands.explain.command import explain as explain
