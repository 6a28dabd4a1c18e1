package sallyport.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Signals to processes, by the shell's own {@code kill}: a bare machine has no program for it. */
public final class Signals {
  private Signals() {}

  /** Sends a signal such as {@code TERM} to all of these. */
  public static void send(String name, Stream<ProcessHandle> processes)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("sh", "-c", "kill \"$@\"", "kill", "-" + name));
    processes.forEach(each -> command.add(String.valueOf(each.pid())));
    assertThat(new ProcessBuilder(command).start().waitFor()).as(command.toString()).isZero();
  }
}
