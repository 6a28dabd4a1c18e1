package sallyport.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program of the resources {@code mllp}, on the python3-hl7 of the system. */
public final class PythonHl7 implements AutoCloseable {
  private static final String PYTHON = "/usr/bin/python3";
  private static final String MODULE = "/usr/lib/python3/dist-packages/hl7/mllp/__init__.py";

  private final Process process;
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final Thread reading;

  private PythonHl7(Process process) {
    this.process = process;
    this.reading = Thread.ofVirtual().start(this::read);
  }

  /** Starts the program of this name in a folder. */
  public static PythonHl7 start(String name, Path folder, Object... arguments) throws IOException {
    Peers.demand(PYTHON, MODULE);
    Path program = folder.resolve(name + ".py");
    try (InputStream text =
        Objects.requireNonNull(PythonHl7.class.getResourceAsStream("/mllp/" + name + ".py"))) {
      Files.write(program, text.readAllBytes());
    }
    List<String> command = new ArrayList<>(List.of(PYTHON, "-B", program.toString()));
    Stream.of(arguments).map(String::valueOf).forEach(command::add);
    return new PythonHl7(
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start());
  }

  private void read() {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      String line;
      while ((line = out.readLine()) != null) {
        said.add(line);
      }
    } catch (IOException ended) {
      said.add(ended.toString());
    }
  }

  /** All lines so far. */
  public List<String> said() {
    return List.copyOf(said);
  }

  /** What followed a word in the lines that began with it. */
  public List<String> said(String word) {
    return said.stream()
        .filter(line -> line.startsWith(word))
        .map(line -> line.substring(word.length()).strip())
        .toList();
  }

  /** Waits until so many lines began with a word. */
  public void await(String word, int lines) {
    Eventually.equal(
        lines + " lines with " + word, true, () -> said(word).size() >= lines || !isAlive());
    if (said(word).size() < lines) {
      throw new AssertionError("it has ended: " + said);
    }
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for the end, and returns its status. */
  public int ended() throws InterruptedException {
    if (!process.waitFor(50, TimeUnit.SECONDS)) {
      throw new AssertionError("it still runs: " + said.subList(0, Math.min(20, said.size())));
    }
    reading.join();
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
