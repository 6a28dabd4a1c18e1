package sallyport.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/** A small HTTPS service on loopback that demands a client certificate. */
final class DemoBackend implements AutoCloseable {
  private static final char[] IN_MEMORY = "in memory only".toCharArray();
  private static final int MAX_STREAM = 1 << 30;

  private final HttpsServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private DemoBackend(HttpsServer server) {
    this.server = server;
  }

  /** Serves with the development PKI of this folder, on a port that the system picks. */
  static DemoBackend start(Path pki) throws IOException {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    DemoBackend backend = new DemoBackend(server);
    try {
      SSLContext tls = context(pki);
      server.setHttpsConfigurator(
          new HttpsConfigurator(tls) {
            @Override
            public void configure(HttpsParameters parameters) {
              SSLParameters demanding = tls.getDefaultSSLParameters();
              demanding.setNeedClientAuth(true);
              parameters.setSSLParameters(demanding);
            }
          });
    } catch (GeneralSecurityException e) {
      throw new IOException("the development PKI in " + pki + " cannot be used", e);
    }
    server.setExecutor(backend.threads);
    server.createContext("/", DemoBackend::notFound);
    server.createContext("/hello", exchange -> reply(exchange, 200, "hello\n"));
    server.createContext("/echo", DemoBackend::echo);
    server.createContext("/stream", DemoBackend::stream);
    server.createContext("/upload", DemoBackend::upload);
    server.start();
    return backend;
  }

  int port() {
    return server.getAddress().getPort();
  }

  private static SSLContext context(Path pki) throws IOException, GeneralSecurityException {
    KeyStore identity = KeyStore.getInstance(KeyStore.getDefaultType());
    identity.load(null, null);
    Certificate[] chain = certificates(pki.resolve("backend.pem")).toArray(Certificate[]::new);
    identity.setKeyEntry("backend", key(pki.resolve("backend.key")), IN_MEMORY, chain);
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(identity, IN_MEMORY);
    KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
    authorities.load(null, null);
    for (Certificate authority : certificates(pki.resolve("backend-ca.pem"))) {
      authorities.setCertificateEntry("authority", authority);
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(authorities);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(in);
    }
  }

  private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    String base64 = Files.readString(file).replaceAll("-----[A-Z ]+-----|\\s", "");
    return KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
  }

  // ---- what it serves

  private static void notFound(HttpExchange exchange) throws IOException {
    reply(exchange, 404, "the demo serves /hello, /echo, /stream?bytes=N and /upload\n");
  }

  /** Shows what the backend sees: the request, its fields, and who is calling. */
  private static void echo(HttpExchange exchange) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append(exchange.getRequestMethod()).append(' ').append(exchange.getRequestURI());
    text.append(' ').append(exchange.getProtocol()).append('\n');
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> values.forEach(v -> text.append(name + ": " + v + "\n")));
    text.append("\ncaller: ")
        .append(((HttpsExchange) exchange).getSSLSession().getPeerPrincipal())
        .append('\n');
    reply(exchange, 200, text.toString());
  }

  /** {@code ?bytes=N}: that many bytes, at most 1 GiB. */
  private static void stream(HttpExchange exchange) throws IOException {
    String query = exchange.getRequestURI().getQuery();
    int bytes;
    try {
      bytes =
          query != null && query.startsWith("bytes=") ? Integer.parseInt(query.substring(6)) : -1;
    } catch (NumberFormatException notANumber) {
      bytes = -1;
    }
    if (bytes < 1 || bytes > MAX_STREAM) {
      reply(exchange, 400, "say ?bytes=N, 1 to " + MAX_STREAM + "\n");
      return;
    }
    exchange.sendResponseHeaders(200, bytes);
    try (OutputStream out = exchange.getResponseBody()) {
      byte[] piece = new byte[16 * 1024];
      for (int left = bytes; left > 0; left -= piece.length) {
        out.write(piece, 0, Math.min(left, piece.length));
      }
    }
  }

  private static void upload(HttpExchange exchange) throws IOException {
    long bytes;
    try (InputStream in = exchange.getRequestBody()) {
      bytes = in.transferTo(OutputStream.nullOutputStream());
    }
    reply(exchange, 200, bytes + " bytes received\n");
  }

  private static void reply(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      if (!head) {
        out.write(bytes);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
