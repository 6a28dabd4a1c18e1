package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Backends that authenticate the connection, as every IIS with Windows authentication does. */
class ConnectionAuthenticationIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** Connections on which a login is under way ("") or done (the user). */
  private final Map<Object, String> logins = new ConcurrentHashMap<>();

  private final CountDownLatch closed = new CountDownLatch(1);

  /** Three steps on one connection: an offer, a challenge, the user. */
  private void ntlm(Origin.Request request) throws IOException {
    String authorization = request.header("authorization");
    String user = logins.get(request.connection());
    if (authorization != null && authorization.endsWith(" type1")) {
      logins.put(request.connection(), "");
      answer(request, 401, "challenge", "WWW-Authenticate: NTLM type2");
    } else if (authorization != null && authorization.endsWith(" type3") && "".equals(user)) {
      logins.put(request.connection(), "alice");
      answer(request, 200, "alice");
    } else if (user != null && !user.isEmpty()) {
      answer(request, 200, user);
    } else {
      answer(request, 401, "who?", "WWW-Authenticate: Negotiate", "WWW-Authenticate: NTLM");
    }
  }

  /** As IIS does: at once, whether or not the body is whole. */
  private static void answer(Origin.Request request, int status, String text, String... fields)
      throws IOException {
    request.answer(status, text, fields);
    request.body();
  }

  private Origin iis() {
    return gateway.origin(this::ntlm);
  }

  private static void login(RawClient client, String scheme) throws IOException {
    assertThat(client.get("/").read().status()).isEqualTo(401);
    RawClient.Response challenge = client.get("/", "Authorization: " + scheme + " type1").read();
    assertThat(challenge.header("www-authenticate")).isEqualTo("NTLM type2");
    assertThat(client.get("/", "Authorization: " + scheme + " type3").read().body())
        .isEqualTo("alice");
  }

  @ParameterizedTest
  @ValueSource(strings = {"NTLM", "Negotiate", "ntlm"})
  void aLoginBelongsToItsClientsConnectionAlone(String scheme) throws IOException {
    gateway.start(iis());
    RawClient alice = gateway.connect();
    login(alice, scheme);
    for (int i = 0; i < 20; i++) {
      try (RawClient stranger = RawClient.tls(gateway.https())) {
        assertThat(stranger.get("/").read().status()).isEqualTo(401);
      }
    }
    assertThat(alice.get("/").read().body()).isEqualTo("alice");
    assertThat(gateway.metric("gateway_upstream_pinned_total", "backend=\"app\""))
        .isGreaterThanOrEqualTo(1);
    assertThat(gateway.access().all()).anyMatch(line -> line.contains("\"connection\":\"pinned\""));
  }

  /** The first request of a connection may carry the credentials: an early stranger came before. */
  @Test
  void aConnectionOfThePoolThatSeesALoginDoesNotGoBack() throws IOException {
    gateway.start(
        gateway.origin(
            r -> {
              if (r.line().contains("/open")) {
                r.reply(200, "open");
              } else {
                ntlm(r);
              }
            }));
    assertThat(gateway.connect().get("/open").read().body()).isEqualTo("open");
    RawClient alice = gateway.connect();
    assertThat(alice.get("/", "Authorization: NTLM type1").read().status()).isEqualTo(401);
    assertThat(alice.get("/", "Authorization: NTLM type3").read().body()).isEqualTo("alice");
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(401);
  }

  @Test
  void aLoginThroughAnUploadThatIsAnsweredEarlyGoesOnOverItsConnection() throws IOException {
    gateway.start(iis());
    RawClient client = gateway.connect();
    String head =
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nAuthorization: NTLM ";
    client.send(head + "type1\r\n\r\n01234");
    assertThat(client.readHead().header("connection")).isNull();
    assertThat(new String(client.in().readNBytes(9), StandardCharsets.US_ASCII))
        .isEqualTo("challenge");
    client.send("56789");
    client.send(head + "type3\r\n\r\n0123456789");
    assertThat(client.read().body()).isEqualTo("alice");
    assertThat(logins).hasSize(1);
  }

  @Test
  void pipelinedRequestsWaitForTheirConnection() throws IOException {
    gateway.start(iis());
    RawClient alice = gateway.connect();
    login(alice, "NTLM");
    alice.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(3));
    for (int i = 0; i < 3; i++) {
      assertThat(alice.read().body()).isEqualTo("alice");
    }
  }

  @Test
  void theBackendsConnectionEndsWithTheClients() throws Exception {
    gateway.start(
        gateway.origin(
            r -> {
              ntlm(r);
              if ("alice".equals(logins.get(r.connection())) && r.raw().read() < 0) {
                closed.countDown();
              }
            }));
    RawClient alice = gateway.connect();
    login(alice, "NTLM");
    alice.close();
    assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aLoginIsNotTriedElsewhere() throws IOException {
    Origin.Handler cutsTheThird =
        r -> {
          if ("type3".equals(String.valueOf(r.header("authorization")).replace("NTLM ", ""))) {
            r.close();
          } else {
            ntlm(r);
          }
        };
    Origin one = gateway.origin(cutsTheThird);
    Origin two = gateway.origin(cutsTheThird);
    gateway.start(one, two);
    RawClient client = gateway.connect();
    assertThat(client.get("/", "Authorization: NTLM type1").read().status()).isEqualTo(401);
    assertThat(client.get("/", "Authorization: NTLM type3").read().status()).isEqualTo(502);
    assertThat(one.requests().size() + two.requests().size()).isEqualTo(2);
    assertThat(List.of(one.requests().size(), two.requests().size())).contains(0);
  }

  /** A stream shares its connection with others: the client comes back over HTTP/1.1. */
  @Test
  void anHttp2RequestThatAuthenticatesItsConnectionIsSentToHttp1() throws IOException {
    Origin origin = iis();
    gateway.start(origin);
    try (RawHttp2 client = RawHttp2.connect(gateway.https())) {
      client.request(1, "GET", "/", true, Map.of("authorization", "Negotiate type1"));
      RawHttp2.Frame reset = client.readUntil(f -> f.type() == RawHttp2.RST_STREAM);
      assertThat(reset.number(0)).as("HTTP_1_1_REQUIRED").isEqualTo(0xd);
      // The connection lives on.
      client.get(3, "/");
      assertThat(client.readHead(3).status()).hasToString("401");
    }
    assertThat(origin.requests()).hasSize(1);
  }

  @Test
  void clientsShareNoConnectionWhereThePoolIsNotShared() throws IOException {
    gateway.start(
        Setup.to(
                gateway.origin(
                    r -> {
                      String before = logins.putIfAbsent(r.connection(), r.line());
                      r.reply(200, before == null ? "fresh" : "used");
                    }))
            .backend("pool.share = false"));
    RawClient one = gateway.connect();
    RawClient two = gateway.connect();
    assertThat(one.get("/").read().body()).isEqualTo("fresh");
    assertThat(two.get("/").read().body()).isEqualTo("fresh");
    assertThat(one.get("/").read().body()).isEqualTo("used");
    assertThat(two.get("/").read().body()).isEqualTo("used");
    one.close();
    assertThat(gateway.connect().get("/").read().body()).isEqualTo("fresh");
  }
}
