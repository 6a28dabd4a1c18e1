package sallyport.cli;

import java.io.PrintWriter;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.ParseException;
import sallyport.cli.command.Command;
import sallyport.cli.command.ExitStatus;
import sallyport.comply.checklist.Checklist;
import sallyport.comply.checklist.ChecklistJson;
import sallyport.comply.checklist.ChecklistText;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.gateway.ConfigurationCheck;
import sallyport.logging.setup.Logs;

/** {@code sallyport check}: the compliance checklist of a configuration. */
final class CheckCommand implements Command {
  private static final Option FORMAT =
      Option.builder()
          .longOpt("format")
          .hasArg()
          .argName("text|json")
          .desc("For people or for machines. Default: text.")
          .get();

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
  public int run(CommandLine line, PrintWriter out, PrintWriter err)
      throws ParseException, InvalidConfiguration {
    Function<Checklist, String> format = format(line.getOptionValue(FORMAT, "text"));
    Checklist checklist =
        Checklist.of(
            ConfigurationCheck.of(ConfigFile.load(line), Logs.inspect(), Clock.systemUTC()));
    out.print(format.apply(checklist));
    out.flush();
    return checklist.passes() ? ExitStatus.OK : ExitStatus.NEGATIVE;
  }

  private static Function<Checklist, String> format(String name) throws ParseException {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "text" -> ChecklistText::of;
      case "json" -> ChecklistJson::of;
      default -> throw new ParseException("--format: must be text|json, is '" + name + "'");
    };
  }
}
