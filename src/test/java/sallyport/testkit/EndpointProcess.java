package sallyport.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Backend of HTTP/1.1 over mutual TLS in a process of its own, to be killed, stopped and started
 * again at the same port. It writes a line for each request to a file before it answers, so that a
 * request that is sent twice is found after its death too.
 */
public final class EndpointProcess implements AutoCloseable {
  private static final char[] PASSWORD = "test".toCharArray();
  private static final String READY = "ready";

  private final HeldPort port = HeldPort.hold();
  private final Path store;
  private final Path seen;
  private @Nullable Process process;

  private EndpointProcess(Path folder) {
    this.store = folder.resolve("endpoint.p12");
    this.seen = folder.resolve("endpoint.seen");
  }

  /** Starts it with files in this folder. */
  public static EndpointProcess start(Path folder) throws IOException {
    EndpointProcess endpoint = new EndpointProcess(folder);
    Files.writeString(endpoint.seen, "");
    try (OutputStream out = Files.newOutputStream(endpoint.store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(null, null);
      keys.setKeyEntry(
          "endpoint",
          TestPki.BACKEND.key(),
          PASSWORD,
          TestPki.BACKEND.chain().toArray(new Certificate[0]));
      keys.setCertificateEntry("clients", TestPki.BACK.certificate());
      keys.store(out, PASSWORD);
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
    endpoint.startAgain();
    return endpoint;
  }

  public String address() {
    return port.address();
  }

  /** The requests that it has seen, each as {@code METHOD ID}. */
  public List<String> seen() throws IOException {
    return Files.readAllLines(seen);
  }

  /** Starts it after a kill, and returns once it serves. */
  public void startAgain() throws IOException {
    Process started =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                EndpointProcess.class.getName(),
                String.valueOf(port.number()),
                store.toString(),
                seen.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    process = started;
    if (!READY.equals(started.inputReader(StandardCharsets.US_ASCII).readLine())) {
      throw new IOException("the endpoint did not start");
    }
  }

  /** Ends it at once: the kernel closes its connections. */
  public void kill() throws InterruptedException {
    Process running = running();
    running.destroyForcibly();
    running.waitFor();
  }

  /** The kernel takes connections in its place. */
  public void stop() throws IOException, InterruptedException {
    Signals.send("STOP", Stream.of(running().toHandle()));
  }

  /** Ends a stop. */
  public void resume() throws IOException, InterruptedException {
    Signals.send("CONT", Stream.of(running().toHandle()));
  }

  private Process running() {
    return Objects.requireNonNull(process);
  }

  @Override
  public void close() {
    running().destroyForcibly();
    port.close();
  }

  // ---- the process

  /**
   * Serves.
   *
   * @param arguments the port, the key store and the file of requests
   */
  public static void main(String[] arguments) throws Exception {
    Path seen = Path.of(arguments[2]);
    SSLServerSocket server =
        (SSLServerSocket)
            context(Path.of(arguments[1]))
                .getServerSocketFactory()
                .createServerSocket(
                    Integer.parseInt(arguments[0]), 200, InetAddress.getLoopbackAddress());
    server.setNeedClientAuth(true);
    System.out.println(READY);
    while (true) {
      Socket socket = server.accept();
      Thread.ofVirtual().start(() -> serve(socket, seen));
    }
  }

  private static SSLContext context(Path store) throws Exception {
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD);
    KeyManagerFactory identity = KeyManagerFactory.getInstance("PKIX");
    identity.init(keys, PASSWORD);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(keys);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(identity.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static void serve(Socket socket, Path seen) {
    try (socket) {
      socket.setTcpNoDelay(true);
      HttpReader reader = new HttpReader(socket.getInputStream());
      HttpReader.Head head;
      while ((head = reader.readHead()) != null) {
        Files.writeString(
            seen,
            head.start().split(" ", 2)[0] + " " + head.first(FaultyBackend.ID) + "\n",
            StandardOpenOption.APPEND);
        reader.readBody(head, false);
        socket
            .getOutputStream()
            .write(
                "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                    .formatted(FaultyBackend.BODY.length(), FaultyBackend.BODY)
                    .getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      // The gateway ended the connection.
    }
  }
}
