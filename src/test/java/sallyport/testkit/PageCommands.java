package sallyport.testkit;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The shell commands that a page of the documentation shows. */
public final class PageCommands {
  private PageCommands() {}

  /**
   * Those that begin like this, in their order; at least one. DocumentationTest looks for calls of
   * this, with literals, to tell which commands are run.
   *
   * @param page a file of {@code docs}, or {@code README.md}
   */
  public static List<String> of(String page, String beginning) throws IOException {
    Path path = page.equals("README.md") ? Path.of(page) : Path.of("docs", page);
    List<String> commands =
        MarkdownPage.parse(path, Files.readString(path)).commands().stream()
            .filter(command -> command.startsWith(beginning))
            .toList();
    if (commands.isEmpty()) {
      throw new AssertionError(path + " has no command '" + beginning + "'");
    }
    return commands;
  }

  /** Runs a command in this folder; fails where it does. */
  public static String run(Path folder, String command) throws IOException, InterruptedException {
    Peers.demandFor(command);
    Process process =
        new ProcessBuilder("sh", "-c", command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(command + ": " + said);
    }
    return said;
  }
}
