package sallyport.cli;

import java.io.PrintWriter;
import java.util.List;

/** {@code sallyport version}. */
final class VersionCommand implements Command {
  @Override
  public String name() {
    return "version";
  }

  @Override
  public List<String> description() {
    return List.of(Arguments.VERSION.description());
  }

  @Override
  public int run(Arguments arguments, PrintWriter out, PrintWriter err) {
    out.print(Version.text());
    out.flush();
    return ExitStatus.OK;
  }
}
