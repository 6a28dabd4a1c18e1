package sallyport.cli.command;

import io.netty.handler.ssl.OpenSsl;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import org.apache.commons.cli.CommandLine;

/** {@code sallyport version}, which {@code --version} of every command prints too. */
public final class VersionCommand implements Command {
  static final String DESCRIPTION = "Prints the version of Sallyport and of what it runs on.";

  @Override
  public String name() {
    return "version";
  }

  @Override
  public List<String> description() {
    return List.of(DESCRIPTION);
  }

  @Override
  public int run(CommandLine line, PrintWriter out, PrintWriter err) {
    out.print(text());
    out.flush();
    return ExitStatus.OK;
  }

  /** Returns the lines that a report of a fault needs. */
  static String text() {
    return """
    sallyport %s
    Java %s, Netty %s
    TLS by %s, not a FIPS validated module
    """
        .formatted(
            versionOf(VersionCommand.class, "(not packaged)"),
            Runtime.version(),
            versionOf(OpenSsl.class, "(unknown)"),
            tlsLibrary());
  }

  private static String versionOf(Class<?> type, String otherwise) {
    return Objects.requireNonNullElse(type.getPackage().getImplementationVersion(), otherwise);
  }

  private static String tlsLibrary() {
    return OpenSsl.isAvailable()
        ? OpenSsl.versionString()
        : "nothing: the native library does not load (" + OpenSsl.unavailabilityCause() + ")";
  }
}
