from convcli.cli.commands.exercise.command import EXAMPLES as EXAMPLES
from convcli.cli.commands.exercise.command import exercise as exercise
