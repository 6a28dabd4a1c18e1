package sallyport.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code gnutls-cli}: a TLS client that is neither Java nor OpenSSL nor BoringSSL. */
public final class GnutlsClient {
  private static final String REQUEST =
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

  private final Path folder;
  private final String version;

  /**
   * @param folder where {@link TestPki} wrote the authority
   * @param version {@code TLS1.2} or {@code TLS1.3}
   */
  public GnutlsClient(Path folder, String version) {
    this.folder = folder;
    this.version = version;
  }

  /** Asks for a page at localhost; what the client says of it, and what it was answered. */
  public String get(int port, String... more) throws IOException, InterruptedException {
    Peers.demand("gnutls-cli");
    List<String> command =
        new ArrayList<>(
            List.of(
                "gnutls-cli",
                "--x509cafile",
                "ca.pem",
                "--sni-hostname",
                "localhost",
                "--verify-hostname",
                "localhost",
                "--priority",
                "NORMAL:-VERS-ALL:+VERS-" + version,
                "--port",
                String.valueOf(port)));
    command.addAll(List.of(more));
    command.add("127.0.0.1");
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    try {
      process.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
      process.getOutputStream().flush();
    } catch (IOException refused) {
      // It has ended, and said why.
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }
}
