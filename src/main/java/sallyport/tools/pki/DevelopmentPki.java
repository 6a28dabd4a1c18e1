package sallyport.tools.pki;

import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;
import static sallyport.tools.pki.CertificateRequest.Usage.SERVER_AUTH;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The certificates that the demo and a first try need, in one folder:
 *
 * <ul>
 *   <li>{@code ca.pem}: the authority that clients of the gateway trust; {@code server.pem} and
 *       {@code server.key}: the gateway's identity for clients, for localhost
 *   <li>{@code backend-ca.pem}: the authority that gateway and backend trust; {@code backend.pem}
 *       and {@code backend.key}: the backend, for legacy.internal and localhost; {@code client.pem}
 *       and {@code client.key}: the gateway's identity for the backend
 *   <li>{@code clients-ca.pem}: the authority of users with certificates; {@code user.pem} and
 *       {@code user.key}: one such user
 * </ul>
 *
 * <p>The keys of the authorities are discarded: a browser that trusts {@code ca.pem} trusts these
 * certificates and no others, for as long as the folder exists.
 */
public final class DevelopmentPki {
  private static final List<String> FILES =
      List.of(
          "ca.pem",
          "server.pem",
          "server.key",
          "backend-ca.pem",
          "backend.pem",
          "backend.key",
          "client.pem",
          "client.key",
          "clients-ca.pem",
          "user.pem",
          "user.key");

  /** The longest that every TLS client accepts, also from a private authority. */
  private static final Duration LIFETIME = Duration.ofDays(825);

  /** Clocks differ, most of all between a laptop and its containers. */
  private static final Duration ONE_HOUR = Duration.ofHours(1);

  private DevelopmentPki() {}

  /** Whether every file is there. */
  public static boolean isComplete(Path folder) {
    return FILES.stream().allMatch(name -> Files.isRegularFile(folder.resolve(name)));
  }

  /**
   * Makes the folder if need be, and all files in it; does nothing when all of them are there.
   *
   * @throws FileAlreadyExistsException when some of the files are there and others are not: nothing
   *     is overwritten
   * @throws IOException when the folder or a file cannot be written
   */
  public static void create(Path folder) throws IOException {
    if (isComplete(folder)) {
      return;
    }
    refuseToOverwrite(folder);
    Files.createDirectories(folder);
    // Made aside and moved into place, so that a disk that fills up leaves no half a PKI.
    Path draft = Files.createTempDirectory(folder, ".draft");
    try {
      fill(draft);
      for (String name : FILES) {
        Files.move(draft.resolve(name), folder.resolve(name));
      }
    } finally {
      for (String name : FILES) {
        Files.deleteIfExists(draft.resolve(name));
      }
      Files.delete(draft);
    }
  }

  private static void refuseToOverwrite(Path folder) throws FileAlreadyExistsException {
    for (String name : FILES) {
      Path file = folder.resolve(name);
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new FileAlreadyExistsException(
            file.toString(), null, "is in the way; move it, or name another folder");
      }
    }
  }

  private static void fill(Path folder) throws IOException {
    CertificateAuthority front = CertificateAuthority.create("CA for the gateway");
    write(
        folder,
        "server",
        front.issue(lasting("gateway").dns("localhost").ip("127.0.0.1", "::1").usage(SERVER_AUTH)));
    CertificateAuthority back = CertificateAuthority.create("CA for the backend");
    write(
        folder,
        "backend",
        back.issue(
            lasting("backend")
                .dns("legacy.internal", "localhost")
                .ip("127.0.0.1", "::1")
                .usage(SERVER_AUTH)));
    write(folder, "client", back.issue(lasting("gateway as client").usage(CLIENT_AUTH)));
    CertificateAuthority clients = CertificateAuthority.create("CA for users");
    write(folder, "user", clients.issue(lasting("user").usage(CLIENT_AUTH)));
    Identity.writeCertificates(folder.resolve("ca.pem"), List.of(front.certificate()));
    Identity.writeCertificates(folder.resolve("backend-ca.pem"), List.of(back.certificate()));
    Identity.writeCertificates(folder.resolve("clients-ca.pem"), List.of(clients.certificate()));
  }

  private static CertificateRequest lasting(String commonName) {
    Instant now = Instant.now();
    return CertificateRequest.of(commonName).valid(now.minus(ONE_HOUR), now.plus(LIFETIME));
  }

  private static void write(Path folder, String name, Identity identity) throws IOException {
    identity.write(folder.resolve(name + ".pem"), folder.resolve(name + ".key"));
  }
}
