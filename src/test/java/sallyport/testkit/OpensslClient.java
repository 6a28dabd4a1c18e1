package sallyport.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code openssl s_client}: a TLS client of another make, each connection a process of its own. It
 * keeps sessions in files, so that it can take one to another server.
 */
public final class OpensslClient {
  private static final String REQUEST =
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

  /** How the handshake went. */
  public enum Handshake {
    FULL,
    RESUMED,
    FAILED
  }

  private final Path folder;
  private final String version;

  /**
   * @param folder where {@link TestPki} wrote the authority
   * @param version {@code tls1_2} or {@code tls1_3}
   */
  public OpensslClient(Path folder, String version) {
    this.folder = folder;
    this.version = version;
  }

  /** Connects, keeps the session under this name, and says whether the server gave it one. */
  public boolean begin(int port, String session, String... more) throws Exception {
    List<String> options = new ArrayList<>(List.of("-sess_out", session));
    options.addAll(List.of(more));
    Handshake handshake = connect(port, options);
    if (handshake != Handshake.FULL) {
      throw new AssertionError("a new session began with a handshake that was " + handshake);
    }
    return Files.exists(folder.resolve(session));
  }

  /** Connects with the session of this name, and changes nothing about it. */
  public Handshake resume(int port, String session, String... more) throws Exception {
    List<String> options = new ArrayList<>(List.of("-sess_in", session));
    options.addAll(List.of(more));
    return connect(port, options);
  }

  /** What OpenSSL has to say of a session, its ticket included. */
  public String describe(String session) throws Exception {
    return PageCommands.run(folder, "openssl sess_id -noout -text -in " + session);
  }

  private Handshake connect(int port, List<String> options)
      throws IOException, InterruptedException {
    Peers.demand("openssl");
    List<String> command =
        new ArrayList<>(
            List.of(
                "openssl",
                "s_client",
                "-connect",
                "127.0.0.1:" + port,
                "-servername",
                "localhost",
                "-CAfile",
                "ca.pem",
                "-verify_return_error",
                "-ign_eof",
                "-" + version));
    command.addAll(options);
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
    process.getOutputStream().flush();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    // In TLS 1.3 a client takes the handshake for done before its certificate was looked at.
    if (!said.contains("HTTP/1.1 200")) {
      return Handshake.FAILED;
    }
    return said.contains("\nReused, TLSv1.") ? Handshake.RESUMED : Handshake.FULL;
  }
}
