package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;

/** Listeners with {@code plain = local}: senders without TLS go out over mutual TLS. */
class LocalListenerIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private static String hocon(String bind, Origin partner, String more) {
    return """
        gateway {
          listeners.out { bind = "%s", plain = local }
          routes = [ { backend = partner } ]
          backends.partner {
            endpoints = [ "%s" ]
            tls {
              trust = backend-ca.pem
              certificate { chain = client.pem, key = client.key }
              server-name = legacy.internal
            }
          }
          admin.bind = "127.0.0.1:0"
        }
        %s
        """
        .formatted(bind, partner.address(), more);
  }

  private RawClient connect() throws IOException {
    return gateway.closing(RawClient.plain(gateway.gateway().address("out")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:0", "127.9.9.9:0", "[::1]:0"})
  void aSenderWithoutTlsGoesOutOverMutualTls(String bind) throws IOException {
    Origin partner = gateway.origin(r -> r.reply(200, "taken"));
    gateway.startWith(hocon(bind, partner, ""));
    RawClient sender = connect();
    for (int i = 0; i < 2; i++) {
      RawClient.Response response =
          sender.send("POST /in HTTP/1.1\r\nHost: h:8080\r\nContent-Length: 5\r\n\r\nhello").read();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.body()).isEqualTo("taken");
      assertThat(response.header("strict-transport-security")).isNull();
    }
    assertThat(gateway.metric("gateway_upstream_handshakes_total", "client_certificate=\"sent\""))
        .isEqualTo(1);
    assertThat(gateway.access().awaitContaining("\"status\":200"))
        .contains("\"listener\":\"out\"")
        .doesNotContain("tls_version");
    assertThat(gateway.metric("gateway_tls_handshakes_total")).isZero();
  }

  @Test
  void thePartnerIsToldOfPlainHttp() throws Exception {
    Origin partner =
        gateway.origin(
            r ->
                r.reply(
                    200,
                    String.join(
                        " ",
                        r.header("x-forwarded-proto"),
                        r.header("x-forwarded-port"),
                        r.header("forwarded"))));
    gateway.startWith(hocon("127.0.0.1:0", partner, ""));
    assertThat(connect().get("/").read().body()).startsWith("http 80 ").endsWith(";proto=http");
  }

  @Test
  void aSenderThatEndsItsDirectionGetsItsAnswer() throws IOException {
    Origin partner = gateway.origin(r -> r.reply(200, "taken"));
    gateway.startWith(hocon("127.0.0.1:0", partner, ""));
    RawClient sender = connect().send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    sender.socket().shutdownOutput();
    assertThat(sender.read().body()).isEqualTo("taken");
    assertThat(sender.isClosedByPeer()).isTrue();
  }

  @Test
  void aRouteThatDemandsACertificateIsClosedToPlainSenders() throws IOException {
    Origin partner = gateway.origin(r -> r.reply(200, "taken"));
    gateway.startWith(
        hocon("127.0.0.1:0", partner, "")
            + """
            gateway.listeners.https {
              bind = "127.0.0.1:0"
              tls {
                certificates = [ { chain = server.pem, key = server.key } ]
                client-auth { mode = optional, trust = backend-ca.pem }
              }
            }
            gateway.routes = [ { backend = partner, client-auth = required } ]
            """);
    assertThat(connect().get("/").read().status()).isEqualTo(403);
    assertThat(partner.requests()).isEmpty();
  }

  /** HTTP/2 is not spoken without TLS here. */
  @Test
  void thePrefaceOfHttp2IsRefused() throws IOException {
    Origin partner = gateway.origin(r -> r.reply(200, "taken"));
    gateway.startWith(hocon("127.0.0.1:0", partner, ""));
    assertThat(connect().send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").read().status()).isEqualTo(505);
    assertThat(partner.requests()).isEmpty();
  }

  @Test
  void aDrainEndsPlainConnectionsAfterTheirAnswers() throws Exception {
    Origin partner = gateway.origin(r -> r.reply(200, "taken"));
    gateway.startWith(hocon("127.0.0.1:0", partner, ""));
    RawClient sender = connect();
    assertThat(sender.get("/").read().status()).isEqualTo(200);
    gateway.drain(java.time.Duration.ofSeconds(20));
    assertThat(sender.isClosedByPeer()).isTrue();
  }

  @Test
  void clientsOfTheJdkSpeakToIt() throws Exception {
    Origin partner = gateway.origin(r -> r.reply(200, "taken"));
    gateway.startWith(hocon("127.0.0.1:0", partner, ""));
    try (HttpClient client = HttpClient.newHttpClient()) {
      // It offers h2c by Upgrade, which is ignored (RFC 9113 section 3.1).
      var address = gateway.gateway().address("out");
      var response =
          client.send(
              java.net.http.HttpRequest.newBuilder(
                      java.net.URI.create("http://127.0.0.1:" + address.getPort() + "/x"))
                  .build(),
              java.net.http.HttpResponse.BodyHandlers.ofString());
      assertThat(response.body()).isEqualTo("taken");
    }
  }
}
