from convcli.cli.commands.learn.command import EXAMPLES as EXAMPLES
from convcli.cli.commands.learn.command import learn as learn
