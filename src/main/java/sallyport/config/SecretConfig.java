package sallyport.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a passphrase or a PIN is to be had; never the secret itself. */
public sealed interface SecretConfig {
  /** Says it to people. */
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
    @Override
    public String origin() {
      return "the environment variable " + name;
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
      return "the command " + line.getFirst();
    }
  }
}
