package sallyport.cli;

import java.time.Clock;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sallyport.comply.checklist.Checklist;
import sallyport.comply.checklist.ChecklistJson;
import sallyport.comply.checklist.ChecklistText;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.gateway.ConfigurationCheck;
import sallyport.logging.Logs;

/** {@code sallyport check}: what a configuration shows of each compliance control. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {
      "Opens every certificate and key of a configuration, and prints the compliance checklist.",
      "A line a control: its status, its clauses, and what was seen; see docs/compliance.md. Binds"
          + " nothing, asks nobody, makes no file and writes no audit line.",
      "Exit status: 0 no control fails, 1 one does, 78 the configuration cannot be used."
    })
final class CheckCommand implements Callable<Integer> {
  /** How the checklist is written. */
  enum Format {
    TEXT,
    JSON
  }

  @Mixin private ConfigOption config;

  @Option(
      names = "--format",
      paramLabel = "text|json",
      defaultValue = "text",
      description = "For people or for machines (default: ${DEFAULT-VALUE}).")
  private Format format;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InvalidConfiguration {
    Checklist checklist =
        Checklist.of(ConfigurationCheck.of(config.load(), Logs.inspect(), Clock.systemUTC()));
    spec.commandLine()
        .getOut()
        .print(
            switch (format) {
              case TEXT -> ChecklistText.of(checklist);
              case JSON -> ChecklistJson.of(checklist);
            });
    spec.commandLine().getOut().flush();
    return checklist.passes() ? ExitStatus.OK : ExitStatus.NEGATIVE;
  }
}
