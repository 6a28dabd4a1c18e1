package sallyport.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Runs the curl that operators have: a client that is not written in Java. */
public final class Curl {
  /**
   * What it did.
   *
   * @param exit 0 when it got a response
   */
  public record Result(int exit, String out, String err) {
    /** Fails unless curl was content. */
    public String outOnSuccess() {
      if (exit != 0) {
        throw new AssertionError("curl ended with %d: %s".formatted(exit, err));
      }
      return out;
    }
  }

  private Curl() {}

  /** Runs curl with these arguments; it trusts the authority in this file. */
  public static Result run(Path authority, String... arguments)
      throws IOException, InterruptedException {
    Process process = start(authority, arguments);
    String[] err = {""};
    Thread errors =
        Thread.startVirtualThread(
            () -> {
              try {
                err[0] = text(process.getErrorStream().readAllBytes());
              } catch (IOException gone) {
                err[0] = gone.toString();
              }
            });
    String out = text(process.getInputStream().readAllBytes());
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("curl did not end");
    }
    errors.join();
    return new Result(process.exitValue(), out, err[0]);
  }

  /** Starts curl, for those who read what it writes while it writes it. */
  public static Process start(Path authority, String... arguments) throws IOException {
    Peers.demand("curl");
    List<String> command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "20"));
    command.add("--cacert");
    command.add(authority.toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.toLowerCase(Locale.ROOT).endsWith("_proxy"));
    Process process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
