package sallyport.testkit;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The shell commands that a page of the documentation shows. */
public final class PageCommands {
  private static final Pattern BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

  private PageCommands() {}

  /** Those of {@code docs/PAGE} that begin like this, in their order; at least one. */
  public static List<String> of(String page, String beginning) throws IOException {
    List<String> commands = new ArrayList<>();
    Matcher block = BLOCK.matcher(Files.readString(Path.of("docs", page)));
    while (block.find()) {
      block.group(1).lines().filter(line -> line.startsWith(beginning)).forEach(commands::add);
    }
    if (commands.isEmpty()) {
      throw new AssertionError("docs/" + page + " has no command '" + beginning + "'");
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
