package sallyport.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The HAProxy of the system, in the foreground, with a configuration of the test's own. */
public final class Haproxy implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  /** Lines that a failure shows. */
  private static final int LAST = 20;

  private final Process process;
  private final HeldPort port;
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final Semaphore lines = new Semaphore(0);

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
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    for (String line = ""; !line.contains("Loading success"); said.append(line).append('\n')) {
      line = out.readLine();
      if (line == null) {
        port.close();
        throw new AssertionError("HAProxy did not start: " + said);
      }
    }
    Haproxy haproxy = new Haproxy(process, port);
    Thread.ofVirtual().start(haproxy::read);
    return haproxy;
  }

  /** Reads what it says from now on, its log included where that is {@code stdout}. */
  private void read() {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      String line;
      while ((line = out.readLine()) != null) {
        said.add(line);
        lines.release();
      }
    } catch (IOException ended) {
      said.add(ended.toString());
    }
  }

  /** Waits for a line with a match of {@code regex}. One test thread at a time. */
  public void awaitLine(String regex) throws InterruptedException {
    Predicate<String> wanted = Pattern.compile(regex).asPredicate();
    while (said.stream().noneMatch(wanted)) {
      if (!lines.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        List<String> last = said.subList(Math.max(0, said.size() - LAST), said.size());
        throw new AssertionError(
            "no line '%s' of HAProxy, last: %s".formatted(regex, String.join("\n", last)));
      }
    }
  }

  public String address() {
    return port.address();
  }

  public int port() {
    return port.number();
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
