package sallyport.config;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a passphrase or a PIN is to be had; never the secret itself. */
public sealed interface SecretConfig {
  /** Says it to people; no name that is written in the configuration and may be the secret. */
  String origin();

  /** These files, and the one that the secret is in, where it is in one. */
  static List<Path> filesWith(@Nullable SecretConfig secret, Path... others) {
    List<Path> files = new ArrayList<>(List.of(others));
    if (secret instanceof File file) {
      files.add(file.path());
    }
    return List.copyOf(files);
  }

  /** An environment variable. */
  record Environment(String name) implements SecretConfig {
    private static final Pattern UPPER = Pattern.compile("[A-Z_][A-Z0-9_]*");

    @Override
    public String origin() {
      return "the environment variable "
          + (UPPER.matcher(name).matches() || System.getenv(name) != null
              ? name
              : "(not shown, since it is not in upper case and may be the secret)");
    }
  }

  /** A file that holds nothing else; a line end behind it is left out. */
  record File(Path path, ConfigLocation location) implements SecretConfig {
    @Override
    public String origin() {
      return "the file '" + path + "'";
    }
  }

  /**
   * What a program writes to its standard output.
   *
   * @param line the program and its arguments; no shell is involved
   */
  record Command(List<String> line) implements SecretConfig {
    @Override
    public String origin() {
      String program = line.getFirst();
      return "the command "
          + (isProgram(program)
              ? program
              : "(not shown, since there is no such program and it may be the secret)");
    }

    /** As the system looks for it: along the path, or as a file. */
    private static boolean isProgram(String name) {
      String path = name.contains("/") ? "" : Objects.requireNonNullElse(System.getenv("PATH"), "");
      try {
        for (String folder : path.split(java.io.File.pathSeparator, -1)) {
          Path file = Path.of(folder).resolve(name);
          if (Files.isRegularFile(file) && Files.isExecutable(file)) {
            return true;
          }
        }
      } catch (InvalidPathException none) {
        return false;
      }
      return false;
    }
  }
}
