package sallyport.tools.training;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.sources.UnusableFile;

/** Clients of all kinds that use a gateway for a few seconds. */
final class TrainingClients {
  /** Of each kind; all of them in a second are below the limit of one source. */
  private static final int HANDSHAKES = 250;

  /** Enough for the JVM to find what is worth its best code. */
  private static final int REQUESTS = 12_000;

  private static final int STREAMS = 3_000;
  private static final int CLIENTS = 4;
  private static final int EACH_TENTH = 10;
  private static final String CLOSE = "Connection: close\r\n\r\n";
  private static final String UPLOAD =
      "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4096\r\n\r\n" + "x".repeat(4096);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final InetSocketAddress http;
  private final InetSocketAddress https;
  private final InetSocketAddress admin;
  private final TrustManagerFactory trust;

  /**
   * Clients of a gateway that serves.
   *
   * @param authority the file with the authority that its certificate is from
   */
  TrainingClients(TrainedGateway gateway, Path authority) throws IOException {
    this.http = gateway.address("http");
    this.https = gateway.address("https");
    this.admin = gateway.address("admin");
    this.trust = trust(authority);
  }

  /**
   * Does all of it: full and resumed handshakes, HTTP/1.1, HTTP/2, refusals, a redirect, a scrape.
   *
   * @throws IOException when something was not answered as it should be
   */
  void act() throws IOException, InterruptedException {
    refused();
    redirected();
    for (String version : List.of("TLSv1.3", "TLSv1.2")) {
      SSLContext known = BlockingClient.context(trust);
      atOnce(HANDSHAKES, () -> greet(BlockingClient.context(trust), version));
      atOnce(HANDSHAKES, () -> greet(known, version));
    }
    keptAlive();
    multiplexed();
    scraped();
  }

  private void greet(SSLContext tls, String version) throws IOException {
    try (BlockingClient client = BlockingClient.secure(https, tls, version)) {
      expect(200, client.send(BlockingClient.HELLO + CLOSE));
    }
  }

  private void keptAlive() throws IOException, InterruptedException {
    SSLContext tls = BlockingClient.context(trust);
    atOnce(
        CLIENTS,
        () -> {
          try (BlockingClient client = BlockingClient.secure(https, tls, "TLSv1.3")) {
            for (int i = 0; i < REQUESTS / CLIENTS; i++) {
              expect(
                  200, client.send(i % EACH_TENTH == 0 ? UPLOAD : BlockingClient.HELLO + "\r\n"));
            }
          }
        });
  }

  private void multiplexed() throws IOException, InterruptedException {
    try (HttpClient client =
        HttpClient.newBuilder()
            .sslContext(BlockingClient.context(trust))
            .version(HttpClient.Version.HTTP_2)
            .connectTimeout(PATIENCE)
            .build()) {
      String origin = "https://localhost:" + https.getPort();
      HttpRequest hello = HttpRequest.newBuilder(URI.create(origin + "/hello")).build();
      HttpRequest large =
          HttpRequest.newBuilder(URI.create(origin + "/stream?bytes=65536")).build();
      atOnce(
          CLIENTS,
          () -> {
            for (int i = 0; i < STREAMS / CLIENTS; i++) {
              HttpRequest request = i % EACH_TENTH == 0 ? large : hello;
              expect(
                  200, client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode());
            }
          });
    }
  }

  private void redirected() throws IOException {
    try (BlockingClient client = BlockingClient.plain(http)) {
      expect(301, client.send(BlockingClient.HELLO + CLOSE));
    }
  }

  /** A handshake with nothing approved, and a request without a host. */
  private void refused() throws IOException {
    try {
      BlockingClient.secure(
              https,
              BlockingClient.context(trust),
              "TLSv1.2",
              "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")
          .close();
      throw new IOException("a suite that is not approved was accepted");
    } catch (SSLHandshakeException refused) {
      // As it should be.
    }
    try (BlockingClient client =
        BlockingClient.secure(https, BlockingClient.context(trust), "TLSv1.3")) {
      expect(400, client.send("GET / HTTP/1.1\r\n\r\n"));
    }
  }

  private void scraped() throws IOException {
    for (String path : List.of("/metrics", "/healthz", "/readyz", "/")) {
      try (BlockingClient client = BlockingClient.plain(admin)) {
        expect(200, client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + CLOSE));
      }
    }
  }

  // ---- how

  /** One thing that a client does. */
  private interface Act {
    void run() throws IOException, InterruptedException;
  }

  /** So many times, by a few clients at a time. */
  private static void atOnce(int times, Act act) throws IOException, InterruptedException {
    Callable<Void> each =
        () -> {
          act.run();
          return null;
        };
    List<Callable<Void>> all = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      all.add(each);
    }
    try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      for (Future<Void> done : clients.invokeAll(all)) {
        done.get();
      }
    } catch (ExecutionException failed) {
      throw new IOException(String.valueOf(failed.getCause()), failed.getCause());
    }
  }

  private static void expect(int expected, int status) throws IOException {
    if (status != expected) {
      throw new IOException("the gateway answered " + status + ", not " + expected);
    }
  }

  private static TrustManagerFactory trust(Path authority) throws IOException {
    try {
      return Certificates.trusting(Certificates.readChain(authority));
    } catch (GeneralSecurityException | UnusableFile e) {
      throw new IOException(authority + ": " + e.getMessage(), e);
    }
  }
}
