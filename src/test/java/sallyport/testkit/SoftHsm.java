package sallyport.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import sallyport.tools.pki.Identity;

/**
 * A token of SoftHSM2, behind its PKCS#11 module. The module finds its tokens by the environment
 * variable {@code SOFTHSM2_CONF}, which the build sets.
 */
public final class SoftHsm {
  public static final String MODULE = "/usr/lib/softhsm/libsofthsm2.so";
  public static final String TOKEN = "sallyport";
  public static final String PIN = "987654";

  private static final String PAGE = "keys.md";

  private final Path folder;

  private SoftHsm(Path folder) {
    this.folder = folder;
  }

  /** A new token, in place of any that was there, made as docs/keys.md says. */
  public static SoftHsm create() throws IOException, InterruptedException {
    Peers.demand("softhsm2-util", "pkcs11-tool", "openssl");
    Path config =
        Path.of(Objects.requireNonNull(System.getenv("SOFTHSM2_CONF"), "SOFTHSM2_CONF is not set"));
    Path folder = Objects.requireNonNull(config.getParent());
    if (Files.exists(folder)) {
      try (Stream<Path> old = Files.walk(folder)) {
        for (Path file : old.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    Files.createDirectories(folder.resolve("tokens"));
    Files.writeString(
        config,
        "directories.tokendir = " + folder.resolve("tokens") + "\nobjectstore.backend = file\n");
    for (String command : PageCommands.of(PAGE, "softhsm2-util --init-token")) {
      PageCommands.run(folder, command);
    }
    return new SoftHsm(folder);
  }

  /**
   * One more, with no key in it.
   *
   * @param pin as {@code printf} writes it, so that it is the same in any locale
   */
  public void initialize(String label, String pin) throws IOException, InterruptedException {
    for (String command : PageCommands.of(PAGE, "softhsm2-util --init-token")) {
      PageCommands.run(
          folder,
          command
              .replace("--label " + TOKEN, "--label " + label)
              .replace("--pin " + PIN, "--pin \"$(printf '" + pin + "')\""));
    }
  }

  /** A token with the same name and PIN, and this key, in place of the one that is away. */
  public void another(String label, String id, Identity identity)
      throws IOException, InterruptedException {
    Files.createDirectory(folder.resolve("tokens"));
    for (String command : PageCommands.of(PAGE, "softhsm2-util --init-token")) {
      PageCommands.run(folder, command);
    }
    store(label, id, identity);
  }

  /** Puts a key into the token, where it stays, with its certificate, as docs/keys.md says. */
  public void store(String label, String id, Identity identity)
      throws IOException, InterruptedException {
    store(TOKEN, label, id, identity);
  }

  /** The same in another token, of the same PIN; see {@link #initialize}. */
  public void store(String token, String label, String id, Identity identity)
      throws IOException, InterruptedException {
    identity.write(folder.resolve("server.pem"), folder.resolve("server.key"));
    List<String> commands = new ArrayList<>();
    commands.addAll(PageCommands.of(PAGE, "softhsm2-util --import"));
    commands.addAll(PageCommands.of(PAGE, "openssl x509"));
    commands.addAll(PageCommands.of(PAGE, "pkcs11-tool"));
    for (String command : commands) {
      PageCommands.run(
          folder,
          command
              .replace("--token " + TOKEN, "--token " + token)
              .replace("--token-label " + TOKEN, "--token-label " + token)
              .replace("--label portal", "--label " + label)
              .replace("--id 01", "--id " + id));
    }
    Files.delete(folder.resolve("server.key"));
  }

  /** As if it were pulled out, with all other tokens. */
  public void takeAway() throws IOException {
    Files.move(folder.resolve("tokens"), folder.resolve("away"));
  }

  /** Undoes {@link #takeAway}, and takes away {@link #another}. */
  public void putBack() throws IOException {
    if (Files.exists(folder.resolve("tokens"))) {
      Files.move(folder.resolve("tokens"), folder.resolve("other"));
    }
    Files.move(folder.resolve("away"), folder.resolve("tokens"));
  }
}
