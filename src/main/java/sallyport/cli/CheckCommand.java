package sallyport.cli;

import java.io.PrintWriter;
import java.time.Clock;
import java.util.List;
import sallyport.comply.checklist.Checklist;
import sallyport.comply.checklist.ChecklistJson;
import sallyport.comply.checklist.ChecklistText;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.gateway.ConfigurationCheck;
import sallyport.logging.setup.Logs;

/** {@code sallyport check}: what a configuration shows of each compliance control. */
final class CheckCommand implements Command {
  /** How the checklist is written. */
  enum Format {
    TEXT,
    JSON
  }

  private static final Option FORMAT =
      Option.valued("text|json", "For people or for machines.", "--format").withDefault("text");

  @Override
  public String name() {
    return "check";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Opens every certificate and key of a configuration, and prints the compliance checklist.",
        "A line a control: its status, its clauses, and what was seen; see docs/compliance.md."
            + " Binds no address, asks no authority or responder, makes no file and writes no audit line.",
        "Exit status: 0 no control fails, 1 one does, 78 the configuration cannot be used.");
  }

  @Override
  public List<Option> options() {
    return List.of(ConfigFile.OPTION, FORMAT);
  }

  @Override
  public int run(Arguments arguments, PrintWriter out, PrintWriter err)
      throws BadUsage, InvalidConfiguration {
    Format format = arguments.choice(FORMAT, Format.class);
    Checklist checklist =
        Checklist.of(
            ConfigurationCheck.of(ConfigFile.load(arguments), Logs.inspect(), Clock.systemUTC()));
    out.print(
        switch (format) {
          case TEXT -> ChecklistText.of(checklist);
          case JSON -> ChecklistJson.of(checklist);
        });
    out.flush();
    return checklist.passes() ? ExitStatus.OK : ExitStatus.NEGATIVE;
  }
}
