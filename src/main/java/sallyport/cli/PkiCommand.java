package sallyport.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sallyport.tools.pki.DevelopmentPki;

/** {@code sallyport pki}: certificates for development and tests. */
@Command(
    name = "pki",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a development PKI: an authority, and server, client and backend certificates.",
      "For development and tests only: the authority's key is not kept safe. Keys have mode 0600."
    })
final class PkiCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The folder to write; made when it is missing.")
  private Path folder;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    try {
      DevelopmentPki.create(folder);
    } catch (IOException cannotWrite) {
      spec.commandLine()
          .getErr()
          .println(folder + ": cannot write the development PKI: " + cannotWrite.getMessage());
      return ExitStatus.CANNOT_WRITE;
    }
    spec.commandLine().getOut().println("made a development PKI in " + folder);
    return ExitStatus.OK;
  }
}
