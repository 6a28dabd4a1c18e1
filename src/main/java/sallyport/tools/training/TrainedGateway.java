package sallyport.tools.training;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The gateway in a process of its own, on loopback; its stderr is that of this process. */
final class TrainedGateway implements AutoCloseable {
  /** For making the cache, which takes the JVM most of a minute where the machine is busy. */
  private static final long STOP_MINUTES = 10;

  private final Process process;
  private final BufferedReader out;
  private final Thread killer;
  private final String serving;

  private TrainedGateway(Process process) throws IOException {
    this.process = process;
    this.out = process.inputReader(StandardCharsets.UTF_8);
    this.killer = new Thread(process::destroyForcibly, "sallyport-training-end");
    Runtime.getRuntime().addShutdownHook(killer);
    this.serving = awaitServing();
  }

  /**
   * Starts it, and waits until it serves.
   *
   * @param logs the folder that its environment names as {@code SALLYPORT_LOG_DIR}
   * @throws IOException when it cannot be started, or ends instead
   */
  static TrainedGateway start(List<String> command, Path logs) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("SALLYPORT_LOG_DIR", logs.toString());
    return new TrainedGateway(builder.start());
  }

  private String awaitServing() throws IOException {
    String line;
    do {
      line = out.readLine();
      if (line == null) {
        throw new IOException("the gateway ended before it served");
      }
    } while (!line.startsWith("serving "));
    return line;
  }

  /** Where one of its listeners is: {@code http}, {@code https} or {@code admin}. */
  InetSocketAddress address(String listener) throws IOException {
    Matcher matcher = Pattern.compile(" " + listener + "=\\S+:(\\d+)").matcher(serving);
    if (!matcher.find()) {
      throw new IOException("no " + listener + " in: " + serving);
    }
    return new InetSocketAddress(
        InetAddress.getLoopbackAddress(), Integer.parseInt(matcher.group(1)));
  }

  /**
   * Stops it as a service manager does, and waits until the process has ended.
   *
   * @throws IOException when it does not end with 0
   */
  void stop() throws IOException, InterruptedException {
    process.toHandle().destroy(); // SIGTERM; of the process itself it would close the streams too.
    out.transferTo(Writer.nullWriter());
    if (!process.waitFor(STOP_MINUTES, TimeUnit.MINUTES)) {
      throw new IOException("the gateway still runs " + STOP_MINUTES + " minutes after SIGTERM");
    }
    if (process.exitValue() != 0) {
      throw new IOException("the gateway ended with " + process.exitValue());
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    Runtime.getRuntime().removeShutdownHook(killer);
  }
}
