package sallyport.tools.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import sallyport.cli.command.Command;
import sallyport.cli.command.ExitStatus;
import sallyport.cli.command.Operands;
import sallyport.tools.pki.DevelopmentPki;

/** {@code sallyport pki}: certificates for development and tests. */
final class PkiCommand implements Command {
  @Override
  public String name() {
    return "pki";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Makes a development PKI: an authority, and server, client and backend certificates.",
        "For development and tests only: the authority's key is not kept safe. Keys have mode"
            + " 0600.");
  }

  @Override
  public Operands operands() {
    return new Operands("DIR", "The folder to write; made when it is missing.", 1, 1);
  }

  @Override
  public int run(CommandLine line, PrintWriter out, PrintWriter err) {
    Path folder = Path.of(line.getArgList().getFirst());
    try {
      DevelopmentPki.create(folder);
    } catch (IOException cannotWrite) {
      err.println(folder + ": cannot write the development PKI: " + cannotWrite.getMessage());
      return ExitStatus.CANNOT_WRITE;
    }
    out.println("made a development PKI in " + folder);
    return ExitStatus.OK;
  }
}
