package sallyport.tools.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.ParseException;
import sallyport.cli.command.Command;
import sallyport.cli.command.ExitStatus;
import sallyport.cli.command.Operands;
import sallyport.tools.pki.DevelopmentPki;
import sallyport.tools.pki.PrivateAuthority;
import sallyport.tools.pki.PrivateAuthority.Role;

/** {@code sallyport pki}: certificates for development and tests. */
final class PkiCommand implements Command {
  private static final String ISSUE = "issue";
  private static final int DAYS = 90;

  /** The longest that every TLS client accepts, also from a private authority. */
  private static final int MOST_DAYS = 825;

  private static final Option NAME =
      Option.builder()
          .longOpt("name")
          .hasArg()
          .argName("NAME")
          .desc("With issue: whom it is for, a host name, an IP address or a URI.")
          .get();
  private static final Option ROLE =
      Option.builder()
          .longOpt("role")
          .hasArg()
          .argName("server|client|backend")
          .desc("With issue: what it is for. A sidecar is a backend, with --client a client.")
          .get();
  private static final Option FOR_DAYS =
      Option.builder()
          .longOpt("days")
          .hasArg()
          .argName("N")
          .desc("With issue: how long it is valid, 1 to " + MOST_DAYS + ". Default: " + DAYS + ".")
          .get();

  @Override
  public String name() {
    return "pki";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Makes a development PKI: an authority, and server, client and backend certificates.",
        "With issue: one certificate, NAME.pem and NAME.key, from the authority private-ca.pem and"
            + " private-ca.key of the folder, which is made when it is missing.",
        "For development and tests only: the authority's key is not kept safe. Keys have mode"
            + " 0600.");
  }

  @Override
  public List<Option> options() {
    return List.of(NAME, ROLE, FOR_DAYS);
  }

  @Override
  public Operands operands() {
    return new Operands("[issue] DIR", "The folder to write; made when it is missing.", 1, 2);
  }

  @Override
  public int run(CommandLine line, PrintWriter out, PrintWriter err) throws ParseException {
    List<String> words = line.getArgList();
    boolean issue = words.getFirst().equals(ISSUE);
    if (issue && words.size() == 1) {
      throw new ParseException("DIR is missing; write ./issue for a folder of that name");
    }
    if (!issue && words.size() > 1) {
      throw new ParseException("'" + words.get(1) + "' is one word too many");
    }
    for (Option option : options()) {
      if (!issue && line.hasOption(option)) {
        throw new ParseException("--" + option.getLongOpt() + " goes with issue alone");
      }
    }
    return issue ? issue(Path.of(words.get(1)), line, out, err) : create(words, out, err);
  }

  private static int create(List<String> words, PrintWriter out, PrintWriter err) {
    Path folder = Path.of(words.getFirst());
    try {
      DevelopmentPki.create(folder);
    } catch (IOException cannotWrite) {
      err.println(folder + ": cannot write the development PKI: " + cannotWrite.getMessage());
      return ExitStatus.CANNOT_WRITE;
    }
    out.println("made a development PKI in " + folder);
    return ExitStatus.OK;
  }

  private static int issue(Path folder, CommandLine line, PrintWriter out, PrintWriter err)
      throws ParseException {
    String name = line.getOptionValue(NAME, "");
    if (!PrivateAuthority.isName(name)) {
      throw new ParseException(
          "--name: must be a host name, an IP address or a URI, is '" + name + "'");
    }
    Role role = role(line.getOptionValue(ROLE, ""));
    int days = days(line.getOptionValue(FOR_DAYS, String.valueOf(DAYS)));
    try {
      out.println("issued " + PrivateAuthority.issue(folder, name, role, days));
      return ExitStatus.OK;
    } catch (FileAlreadyExistsException inTheWay) {
      err.println(inTheWay.getFile() + " " + inTheWay.getReason());
    } catch (IOException failed) {
      err.println(folder + ": cannot issue a certificate: " + failed.getMessage());
    }
    return ExitStatus.CANNOT_WRITE;
  }

  private static Role role(String text) throws ParseException {
    for (Role role : Role.values()) {
      if (role.name().toLowerCase(Locale.ROOT).equals(text)) {
        return role;
      }
    }
    throw new ParseException("--role: must be server|client|backend, is '" + text + "'");
  }

  private static int days(String text) throws ParseException {
    if (text.matches("[1-9][0-9]{0,2}") && Integer.parseInt(text) <= MOST_DAYS) {
      return Integer.parseInt(text);
    }
    throw new ParseException("--days: must be 1 to " + MOST_DAYS + ", is '" + text + "'");
  }
}
