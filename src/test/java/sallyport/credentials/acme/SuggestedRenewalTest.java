package sallyport.credentials.acme;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shredzone.acme4j.toolbox.AcmeUtils;
import org.shredzone.acme4j.toolbox.JSON;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.SecretConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.keys.KeptKeys;
import sallyport.credentials.keys.KeyOpener;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.LogLines;
import sallyport.testkit.Secrets;
import sallyport.testkit.TestKeys;
import sallyport.testkit.TestPki;
import sallyport.tools.pki.CertificateRequest;
import sallyport.tools.pki.CertificateRequest.Usage;
import sallyport.tools.pki.Identity;

/**
 * An authority that suggests when to renew (RFC 9773), which Debian's does not do yet: as much of
 * one as is asked before an order.
 */
class SuggestedRenewalTest {
  private static final ConfigLocation HERE = new ConfigLocation("test", 1, "acme.a");
  private static final CertificateInstaller NOWHERE = new NoInstaller();

  @TempDir private Path folder;

  private final HttpServer authority = server();
  private final LogLines said = new LogLines("sallyport.credentials.acme.CertificateRenewer");
  private final List<AuditEvent> events = new ArrayList<>();
  private final GatewayMetrics metrics = new GatewayMetrics();
  private String suggestion = "";

  private static HttpServer server() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String url(String path) {
    return "http://127.0.0.1:" + authority.getAddress().getPort() + path;
  }

  @BeforeEach
  void serve() {
    authority.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          if (path.equals("/dir")) {
            answer(
                exchange,
                200,
                "{\"newNonce\":\"%s\",\"newAccount\":\"%s\",\"newOrder\":\"%s\",\"renewalInfo\":\"%s\"}"
                    .formatted(url("/nonce"), url("/account"), url("/order"), url("/renewal")));
          } else if (path.startsWith("/renewal/")) {
            answer(exchange, 200, suggestion);
          } else {
            exchange.getResponseHeaders().add("Retry-After", "7200");
            answer(exchange, 503, "{}");
          }
        });
    authority.start();
  }

  @AfterEach
  void stop() {
    authority.stop(0);
    said.close();
    metrics.close();
  }

  private void answer(HttpExchange exchange, int status, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.getResponseHeaders().add("Replay-Nonce", "abcdefgh");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  /** With a certificate in its store that is valid from and to these days from now. */
  private Acme acme(int from, int to) throws Exception {
    Path secret = folder.resolve("pass");
    Secrets.write(secret, "correct horse");
    AcmeConfig account =
        new AcmeConfig(
            "a",
            URI.create(url("/dir")),
            List.of(),
            folder.resolve("store"),
            new SecretConfig.File(secret, HERE),
            AcmeConfig.Challenge.HTTP_01,
            null,
            null,
            new AcmeConfig.Renewal(
                0.33, Duration.ofHours(6), Duration.ofMinutes(1), Duration.ofHours(1)),
            HERE);
    CertificateConfig.Acme certificate =
        new CertificateConfig.Acme(
            account,
            CertificateConfig.Acme.Purpose.LISTENER,
            List.of("a.test"),
            CertificateConfig.Acme.Keys.EC,
            HERE);
    Instant now = Instant.now();
    Identity issued =
        TestPki.FRONT.issue(
            CertificateRequest.of("a")
                .dns("a.test")
                .valid(now.plus(from, ChronoUnit.DAYS), now.plus(to, ChronoUnit.DAYS))
                .usage(Usage.SERVER_AUTH));
    KeptKeys.folder(account.folder());
    KeptKeys.write(certificate.file(), issued.key(), issued.chain(), account.passphrase());
    AuditLog audit =
        event -> {
          synchronized (events) {
            events.add(event);
          }
        };
    KeyOpener keys = new KeyOpener(TestKeys.CONFIG, audit, Clock.systemUTC());
    Acme acme =
        new Acme(List.of(certificate), NOWHERE, () -> keys, metrics, audit, Clock.systemUTC());
    List<String> problems = new ArrayList<>();
    acme.prepare(problems);
    assertThat(problems).isEmpty();
    return acme;
  }

  private void suggest(Instant start, Instant end) {
    suggestion = "{\"suggestedWindow\":{\"start\":\"%s\",\"end\":\"%s\"}}".formatted(start, end);
  }

  @Test
  void anAuthorityThatWantsItLaterIsHeardThoughLessThanAThirdIsLeft() throws Exception {
    Instant start = Instant.now().plus(2, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);
    suggest(start, start.plus(1, ChronoUnit.HOURS));
    try (Acme acme = acme(-80, 10)) {
      acme.start();
      String line = said.awaitContaining("ordered next at ");
      assertThat(Instant.parse(line.substring(line.lastIndexOf(' ') + 1)))
          .isBetween(start, start.plus(1, ChronoUnit.HOURS));
    }
    assertThat(events).noneMatch(AuditEvent.AcmeFailed.class::isInstance);
  }

  @Test
  void anAuthorityThatWantsItNowIsHeardThoughTheCertificateIsNew() throws Exception {
    suggest(Instant.now().minus(2, ChronoUnit.DAYS), Instant.now().minus(1, ChronoUnit.DAYS));
    try (Acme acme = acme(-1, 89)) {
      acme.start();
      said.awaitContaining("no new certificate");
      String line = said.awaitContaining("ordered next at ");
      // It has no time for orders, and says for how long.
      assertThat(Instant.parse(line.substring(line.lastIndexOf(' ') + 1)))
          .isBetween(
              Instant.now().plus(110, ChronoUnit.MINUTES),
              Instant.now().plus(121, ChronoUnit.MINUTES));
    }
  }

  @Test
  void anAuthorityThatAnswersNonsenseIsNot() throws Exception {
    suggestion = "{\"suggestedWindow\":{\"start\":\"soon\",\"end\":\"later\"}}";
    try (Acme acme = acme(-1, 89)) {
      acme.start();
      said.awaitContaining("does not say when to renew");
      String line = said.awaitContaining("ordered next at ");
      assertThat(Instant.parse(line.substring(line.lastIndexOf(' ') + 1)))
          .isBetween(
              Instant.now().plus(56, ChronoUnit.DAYS), Instant.now().plus(60, ChronoUnit.DAYS));
    }
  }

  // ---- the order says which certificate it replaces (RFC 9773 section 5)

  private final List<String> orders = Collections.synchronizedList(new ArrayList<>());

  /** Lets it have an account and orders, each of which is refused with the next of these. */
  private void refuseOrders(String... problems) {
    Iterator<String> next = List.of(problems).iterator();
    authority.createContext("/nonce", exchange -> answer(exchange, 200, "{}"));
    authority.createContext(
        "/account",
        exchange -> {
          exchange.getResponseHeaders().add("Location", url("/account/1"));
          answer(exchange, 200, "{\"status\":\"valid\"}");
        });
    authority.createContext(
        "/order",
        exchange -> {
          JSON signed = JSON.parse(exchange.getRequestBody());
          byte[] payload = Base64.getUrlDecoder().decode(signed.get("payload").asString());
          orders.add(new String(payload, StandardCharsets.UTF_8));
          exchange.getResponseHeaders().set("Content-Type", "application/problem+json");
          answer(
              exchange,
              409,
              "{\"type\":\"urn:ietf:params:acme:error:" + next.next() + "\",\"detail\":\"no\"}");
        });
    suggest(Instant.now().minus(2, ChronoUnit.DAYS), Instant.now().minus(1, ChronoUnit.DAYS));
  }

  private String replaced() throws Exception {
    return "\"replaces\":\""
        + AcmeUtils.getRenewalUniqueIdentifier(
            Certificates.readChain(folder.resolve("store").resolve("a.test-ec.pem")).getFirst())
        + "\"";
  }

  @Test
  void theOrderSaysWhichCertificateItReplaces() throws Exception {
    refuseOrders("rateLimited");
    try (Acme acme = acme(-1, 89)) {
      acme.start();
      assertThat(said.awaitContaining("no new certificate")).contains("(rateLimited)");
    }
    assertThat(orders).singleElement().asString().contains(replaced());
  }

  @Test
  void whereThatIsRefusedItIsOrderedAllTheSame() throws Exception {
    refuseOrders("alreadyReplaced", "serverInternal");
    try (Acme acme = acme(-1, 89)) {
      acme.start();
      assertThat(said.awaitContaining("no new certificate")).contains("(serverInternal)");
    }
    assertThat(orders).hasSize(2);
    assertThat(orders.getFirst()).contains(replaced());
    assertThat(orders.getLast()).contains("a.test").doesNotContain("replaces");
  }

  // ---- what is asked

  @Test
  void theSuggestionIsForThisCertificate() throws Exception {
    Instant start = Instant.now().plus(2, ChronoUnit.DAYS);
    suggest(start, start.plusSeconds(1));
    List<String> asked = new ArrayList<>();
    authority.createContext(
        "/renewal/",
        exchange -> {
          asked.add(exchange.getRequestURI().getPath());
          answer(exchange, 200, suggestion);
        });
    try (Acme acme = acme(-1, 89)) {
      acme.start();
      said.awaitContaining("ordered next at ");
    }
    Path file = folder.resolve("store").resolve("a.test-ec.pem");
    assertThat(asked)
        .containsExactly(
            "/renewal/"
                + AcmeUtils.getRenewalUniqueIdentifier(Certificates.readChain(file).getFirst()));
  }
}
