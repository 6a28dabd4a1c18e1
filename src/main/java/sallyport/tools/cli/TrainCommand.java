package sallyport.tools.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import sallyport.cli.command.Command;
import sallyport.cli.command.ExitStatus;
import sallyport.cli.command.Operands;
import sallyport.tools.training.Training;

/**
 * {@code sallyport train DIR -- COMMAND...}: the clients and the backend of the training run.
 * {@code bin/sallyport train} calls it; the help does not list it.
 */
final class TrainCommand implements Command {
  @Override
  public String name() {
    return "train";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Starts a gateway in a process of its own, is its backend and its clients, and stops it.");
  }

  @Override
  public Operands operands() {
    return new Operands(
        "DIR -- COMMAND...",
        "A folder for certificates, gateway.conf and logback.xml, and the command that starts a"
            + " gateway with these.",
        2,
        Integer.MAX_VALUE);
  }

  @Override
  public boolean isListed() {
    return false;
  }

  @Override
  public int run(CommandLine line, PrintWriter out, PrintWriter err) throws InterruptedException {
    List<String> words = line.getArgList();
    try {
      Training.perform(Path.of(words.getFirst()), words.subList(1, words.size()));
    } catch (IOException failed) {
      err.println("the training failed: " + failed.getMessage());
      return ExitStatus.SOFTWARE;
    }
    return ExitStatus.OK;
  }
}
