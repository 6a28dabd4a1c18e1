package sallyport.config.certificate;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.config.problem.ConfigLocation;

/** Place of a passphrase or a PIN; never the secret itself. */
public sealed interface SecretConfig {
  /**
   * Says it to people. A text of the configuration is part of it only where it is known to name
   * something that exists; otherwise its place is, since the text may be the secret.
   */
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
  record Environment(String name, ConfigLocation location) implements SecretConfig {
    @Override
    public String origin() {
      return System.getenv(name) != null
          ? "the environment variable " + name
          : "the environment variable named at "
              + location.place()
              + " (not shown, since it may be the secret)";
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
   * Secret that a program writes to its standard output.
   *
   * @param line the program and its arguments; no shell is involved
   */
  record Command(List<String> line, ConfigLocation location) implements SecretConfig {
    @Override
    public String origin() {
      String program = line.getFirst();
      return isProgram(program)
          ? "the command " + program
          : "the command at "
              + location.place()
              + " (not shown, since there is no such program and it may be the secret)";
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
