package sallyport.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The HAProxy of the system, in the foreground, with a configuration of the test's own. */
public final class Haproxy implements AutoCloseable {
  private final Process process;
  private final HeldPort port;

  private Haproxy(Process process, HeldPort port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts it in a folder, and returns once it listens.
   *
   * @param configuration {@code 127.0.0.1:PORT} stands for its address
   */
  public static Haproxy serve(Path folder, String configuration) throws IOException {
    Peers.demand("haproxy");
    HeldPort port = HeldPort.hold();
    Path file = folder.resolve("haproxy.cfg");
    Files.writeString(file, configuration.replace("127.0.0.1:PORT", port.address()));
    ProcessBuilder builder =
        new ProcessBuilder("haproxy", "-W", "-db", "-f", file.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true);
    // Debian has it in a folder that only root looks into.
    builder.environment().merge("PATH", "/usr/sbin", (path, more) -> path + ":" + more);
    Process process = builder.start();
    StringBuilder said = new StringBuilder();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = ""; !line.contains("Loading success"); said.append(line).append('\n')) {
      line = out.readLine();
      if (line == null) {
        port.close();
        throw new AssertionError("HAProxy did not start: " + said);
      }
    }
    return new Haproxy(process, port);
  }

  public String address() {
    return port.address();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    port.close();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("HAProxy does not end");
    }
  }
}
