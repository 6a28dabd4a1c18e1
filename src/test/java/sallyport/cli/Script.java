package sallyport.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import sallyport.testkit.Signals;

/** {@code bin/sallyport} in a process of its own, as a user or a service manager starts it. */
final class Script implements AutoCloseable {
  static final Path ROOT = Path.of("").toAbsolutePath();

  /** What the product does without, in an installation. */
  static final String TOOLS = "target/sallyport-tools.jar";

  private static final long PATIENCE_SECONDS = 120;

  private final Process process;
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final Semaphore lines = new Semaphore(0);
  private final CompletableFuture<String> standardError;

  private Script(Process process, boolean reading) {
    this.process = process;
    this.standardError =
        reading
            ? CompletableFuture.supplyAsync(this::readErrors, Thread::startVirtualThread)
            : CompletableFuture.completedFuture("not read");
  }

  /** Starts it with {@code arguments} in {@code folder}, on the JDK that runs the tests. */
  static Script start(Path folder, String... arguments) throws IOException {
    return start(folder, Map.of("JAVA_HOME", System.getProperty("java.home")), arguments);
  }

  /**
   * Starts it.
   *
   * @param environment on top of the one that the tests run in
   */
  static Script start(Path folder, Map<String, String> environment, String... arguments)
      throws IOException {
    return start(ROOT, folder, environment, arguments);
  }

  /**
   * The same of another installation.
   *
   * @param home the folder that holds {@code bin}
   */
  static Script start(Path home, Path folder, Map<String, String> environment, String... arguments)
      throws IOException {
    return new Script(process(home, folder, environment, arguments), /* reading= */ true);
  }

  /**
   * Starts it by a program that executes it.
   *
   * @param launcher the program and its arguments
   */
  static Script startBy(List<String> launcher, Path folder, String... arguments)
      throws IOException {
    Map<String, String> environment = Map.of("JAVA_HOME", System.getProperty("java.home"));
    return new Script(process(launcher, ROOT, folder, environment, arguments), /* reading= */ true);
  }

  /** Starts it with a standard error that nobody reads. */
  static Script startUnread(Path folder, String... arguments) throws IOException {
    Map<String, String> environment = Map.of("JAVA_HOME", System.getProperty("java.home"));
    return new Script(process(ROOT, folder, environment, arguments), /* reading= */ false);
  }

  private static Process process(
      Path home, Path folder, Map<String, String> environment, String... arguments)
      throws IOException {
    return process(List.of(), home, folder, environment, arguments);
  }

  private static Process process(
      List<String> launcher,
      Path home,
      Path folder,
      Map<String, String> environment,
      String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(launcher);
    command.add(home.resolve("bin/sallyport").toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().putAll(environment);
    return builder.start();
  }

  /**
   * What the launcher needs, elsewhere, with the tools and without a start-up cache.
   *
   * @param home the folder that will hold {@code bin}
   */
  static Path install(Path home) throws IOException {
    for (String file : List.of("bin/sallyport", "target/sallyport.jar", TOOLS)) {
      Path to = home.resolve(file);
      Files.createDirectories(to.getParent());
      Files.copy(ROOT.resolve(file), to, StandardCopyOption.COPY_ATTRIBUTES);
    }
    for (String folder : List.of("target/lib", "target/native")) {
      Files.createSymbolicLink(home.resolve(folder), ROOT.resolve(folder));
    }
    return home;
  }

  private String readErrors() {
    try (BufferedReader reader = process.errorReader(StandardCharsets.UTF_8)) {
      String line;
      while ((line = reader.readLine()) != null) {
        said.add(line + '\n');
        lines.release();
      }
    } catch (IOException e) {
      said.add(e.toString());
    }
    return String.join("", said);
  }

  /** Waits until a line of standard error has this text. One test thread at a time. */
  void awaitError(String text) throws InterruptedException {
    while (said.stream().noneMatch(line -> line.contains(text))) {
      if (!lines.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("no '" + text + "' in stderr: " + said);
      }
    }
  }

  /** Reads standard output up to and including the first line that begins like this. */
  String awaitLine(String beginning) throws Exception {
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    CompletableFuture<String> line =
        CompletableFuture.supplyAsync(
            () ->
                out.lines()
                    .filter(each -> each.startsWith(beginning))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("ended without: " + beginning)),
            Thread::startVirtualThread);
    try {
      return line.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      process.destroyForcibly();
      throw new AssertionError("no line '" + beginning + "'; stderr: " + err(), e);
    }
  }

  /** What is left of standard output; returns when the process closes it. */
  String out() throws IOException {
    return process.inputReader(StandardCharsets.UTF_8).readAllAsString();
  }

  /** All of standard error; returns when the process closes it. */
  String err() throws Exception {
    return standardError.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** The number of the process, which the launcher hands to the JVM. */
  long pid() {
    return process.pid();
  }

  /** Sends a signal such as {@code TERM}. */
  void signal(String name) throws Exception {
    Signals.send(name, Stream.of(process.toHandle()));
  }

  /** The exit status. */
  int await() throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("still running after " + PATIENCE_SECONDS + " s");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
