package sallyport.pki;

import static sallyport.pki.CertificateRequest.Usage.CLIENT_AUTH;
import static sallyport.pki.CertificateRequest.Usage.SERVER_AUTH;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The certificates that the demo and a first try need, in one folder:
 *
 * <ul>
 *   <li>{@code ca.pem}: whom clients of the gateway trust; {@code server.pem} and {@code
 *       server.key}: the gateway towards them, for localhost
 *   <li>{@code backend-ca.pem}: whom gateway and backend trust; {@code backend.pem} and {@code
 *       backend.key}: the backend, for legacy.internal and localhost; {@code client.pem} and {@code
 *       client.key}: the gateway towards it
 *   <li>{@code clients-ca.pem}: who vouches for users with certificates; {@code user.pem} and
 *       {@code user.key}: one such user
 * </ul>
 *
 * <p>The authorities' own keys are not kept: nobody can issue more in their names.
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

  private DevelopmentPki() {}

  /** Whether every file is there. */
  public static boolean isComplete(Path folder) {
    return FILES.stream().allMatch(name -> Files.isRegularFile(folder.resolve(name)));
  }

  /**
   * Makes the folder if need be, and all files in it anew.
   *
   * @throws IOException when the folder or a file cannot be written
   */
  public static void create(Path folder) throws IOException {
    Files.createDirectories(folder);
    CertificateAuthority front = CertificateAuthority.create("CA for the gateway");
    write(
        folder,
        "server",
        front.issue(
            CertificateRequest.of("gateway")
                .dns("localhost")
                .ip("127.0.0.1", "::1")
                .usage(SERVER_AUTH)));
    CertificateAuthority back = CertificateAuthority.create("CA for the backend");
    write(
        folder,
        "backend",
        back.issue(
            CertificateRequest.of("backend")
                .dns("legacy.internal", "localhost")
                .ip("127.0.0.1")
                .usage(SERVER_AUTH)));
    write(
        folder,
        "client",
        back.issue(CertificateRequest.of("gateway as client").usage(CLIENT_AUTH)));
    CertificateAuthority clients = CertificateAuthority.create("CA for users");
    write(folder, "user", clients.issue(CertificateRequest.of("user").usage(CLIENT_AUTH)));
    Identity.writeCertificates(folder.resolve("ca.pem"), List.of(front.certificate()));
    Identity.writeCertificates(folder.resolve("backend-ca.pem"), List.of(back.certificate()));
    Identity.writeCertificates(folder.resolve("clients-ca.pem"), List.of(clients.certificate()));
  }

  private static void write(Path folder, String name, Identity identity) throws IOException {
    identity.write(folder.resolve(name + ".pem"), folder.resolve(name + ".key"));
  }
}
