package sallyport.testkit;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import sallyport.pki.Identity;

/**
 * A token of SoftHSM2, behind its PKCS#11 module. The module finds its tokens by the environment
 * variable {@code SOFTHSM2_CONF}, which the build sets.
 */
public final class SoftHsm {
  public static final String MODULE = "/usr/lib/softhsm/libsofthsm2.so";
  public static final String TOKEN = "sallyport";
  public static final String PIN = "987654";

  private final Path folder;

  private SoftHsm(Path folder) {
    this.folder = folder;
  }

  /** A new token, in place of any that was there. */
  public static SoftHsm create() throws IOException, InterruptedException {
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
    SoftHsm hsm = new SoftHsm(folder);
    hsm.run(
        "softhsm2-util",
        "--init-token",
        "--free",
        "--label",
        TOKEN,
        "--so-pin",
        "12345678",
        "--pin",
        PIN);
    return hsm;
  }

  /** Puts a key into the token, where it stays, with its certificate. */
  public void store(String label, String id, Identity identity)
      throws IOException, InterruptedException {
    Path key = folder.resolve(label + ".key");
    identity.writeKey(key);
    run(
        "softhsm2-util",
        "--import",
        key.toString(),
        "--token",
        TOKEN,
        "--label",
        label,
        "--id",
        id,
        "--pin",
        PIN);
    Files.delete(key);
    Path certificate = folder.resolve(label + ".der");
    try {
      Files.write(certificate, identity.certificate().getEncoded());
    } catch (java.security.cert.CertificateEncodingException e) {
      throw new IOException(e);
    }
    run(
        "pkcs11-tool",
        "--module",
        MODULE,
        "--token-label",
        TOKEN,
        "--login",
        "--pin",
        PIN,
        "--write-object",
        certificate.toString(),
        "--type",
        "cert",
        "--label",
        label,
        "--id",
        id);
  }

  private void run(String... line) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(line));
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(new File("/dev/null"))
              .start();
    } catch (IOException missing) {
      throw new AssertionError(line[0] + " is missing: apt-get install softhsm2 opensc", missing);
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(line[0] + ": " + said);
    }
  }
}
