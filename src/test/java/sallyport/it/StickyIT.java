package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.cluster.sticky.StickyTokens;
import sallyport.testkit.DnsServer;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Secrets;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/** Clients that keep their backend by a cookie of the gateway's own. */
class StickyIT {
  private static final String NAME = "__Host-at";
  private static final String STICKY = "sticky.cookie = \"" + NAME + "\"";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin named(String name) {
    return gateway.origin(r -> r.reply(200, name, "Set-Cookie: own=1"));
  }

  private RawClient.Response ask(String cookies) throws IOException {
    try (RawClient client = RawClient.tls(gateway.https())) {
      client.send(
          "GET / HTTP/1.1\r\nHost: localhost\r\n"
              + (cookies.isEmpty() ? "" : "Cookie: " + cookies + "\r\n")
              + "\r\n");
      RawClient.Response response = client.read();
      assertThat(response.status()).isEqualTo(200);
      return response;
    }
  }

  private static List<String> given(RawClient.Response response) {
    return response.all("Set-Cookie").stream().filter(each -> each.startsWith(NAME)).toList();
  }

  /** The cookie of a response, as a client sends it back. */
  private static String cookie(RawClient.Response response) {
    assertThat(given(response)).hasSize(1);
    String field = given(response).getFirst();
    assertThat(field).matches(NAME + "=[A-Za-z0-9_-]{22}; Path=/; Secure; HttpOnly; SameSite=Lax");
    return field.substring(0, field.indexOf(';'));
  }

  @Test
  void aClientKeepsTheBackendOfItsFirstRequest() throws IOException {
    Origin a = named("a");
    Origin b = named("b");
    gateway.start(Setup.to(a, b).backend(STICKY));
    for (int client = 0; client < 4; client++) {
      RawClient.Response first = ask("");
      String cookie = cookie(first);
      List<String> answers = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        RawClient.Response next = ask("x=y; " + cookie + "; z=1");
        assertThat(given(next)).as("it has the cookie").isEmpty();
        assertThat(next.header("Set-Cookie")).as("of the backend").isEqualTo("own=1");
        answers.add(next.body());
      }
      assertThat(answers).containsOnly(first.body());
    }
    assertThat(List.of(a.requests().size(), b.requests().size()))
        .as("clients without the cookie take turns")
        .containsOnly(12);
    assertThat(a.requests())
        .allSatisfy(
            request -> assertThat(request.all("Cookie")).isIn(List.of(), List.of("x=y; z=1")));
  }

  @Test
  void aForgedCookieIsIgnoredAndReplaced() throws IOException {
    Origin a = named("a");
    gateway.start(Setup.to(a, named("b")).backend(STICKY));
    String valid = cookie(ask(""));
    List<String> forged =
        List.of(
            NAME + "=" + a.address(),
            NAME + "=",
            NAME + "=AAAAAAAAAAAAAAAAAAAAAA",
            valid + "x",
            valid.substring(0, valid.length() - 1),
            NAME + "=" + StickyTokens.ofProcess("other").of(a.address()));
    List<String> answers = new ArrayList<>();
    for (String cookies : forged) {
      RawClient.Response response = ask(cookies);
      cookie(response);
      answers.add(response.body());
    }
    assertThat(answers).as("turns").containsExactly("b", "a", "b", "a", "b", "a");
    assertThat(a.requests()).allSatisfy(request -> assertThat(request.header("Cookie")).isNull());
  }

  @Test
  void whereItsBackendIsGoneAClientGetsAnotherAndItsCookie() throws IOException {
    Origin a = named("a");
    Origin b = named("b");
    gateway.start(Setup.to(a, b).backend(STICKY));
    RawClient.Response first = ask("");
    String old = cookie(first);
    assertThat(first.body()).isEqualTo("a");
    a.close();
    RawClient.Response moved = ask(old);
    assertThat(moved.body()).isEqualTo("b");
    String fresh = cookie(moved);
    assertThat(fresh).isNotEqualTo(old);
    RawClient.Response next = ask(fresh);
    assertThat(next.body()).isEqualTo("b");
    assertThat(given(next)).isEmpty();
  }

  @Test
  void aDrainMovesTheClientsOfAnEndpoint() throws IOException {
    Origin a = named("a");
    gateway.start(Setup.to(a, named("b")).backend(STICKY));
    String old = cookie(ask(""));
    assertThat(ask(old).body()).isEqualTo("a");
    try (RawClient operator = RawClient.plain(gateway.gateway().address("admin"))) {
      operator.send(
          "POST /drain?endpoint=%s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(a.address()));
      assertThat(operator.read().status()).isEqualTo(200);
    }
    RawClient.Response moved = ask(old);
    assertThat(moved.body()).isEqualTo("b");
    assertThat(ask(cookie(moved)).body()).isEqualTo("b");
  }

  @Test
  void replicasWithTheSameKeyTakeEachOthersCookies() throws IOException {
    byte[] key = new byte[32];
    key[5] = 7;
    Secrets.write(gateway.file("sticky.key"), Base64.getEncoder().encodeToString(key));
    Origin a = named("a");
    Origin b = named("b");
    gateway.start(
        Setup.to(a, b)
            .backend(
                "sticky { cookie = \"%s\", key.file = \"%s\" }"
                    .formatted(NAME, gateway.file("sticky.key"))));
    StickyTokens replica = new StickyTokens(new SecretKeySpec(key, "HmacSHA256"), "app");
    for (int i = 0; i < 3; i++) {
      RawClient.Response response = ask(NAME + "=" + replica.of(b.address()));
      assertThat(Objects.requireNonNull(response.body())).isEqualTo("b");
      assertThat(given(response)).isEmpty();
    }
  }

  /** An origin at another address of this machine, with the port of the first one. */
  private Origin namedAt(String address, int port) {
    return gateway.closing(
        Origin.startAt(address, port, TestPki.BACKEND, r -> r.reply(200, address)));
  }

  @Test
  void aClientKeepsItsAddressOfANameAsLongAsTheNameHasIt() throws IOException {
    DnsServer dns = gateway.closing(new DnsServer());
    Origin first = namedAt("127.0.0.2", 0);
    int port = Integer.parseInt(first.address().split(":", 2)[1]);
    namedAt("127.0.0.3", port);
    dns.define("portal.test", "127.0.0.2", "127.0.0.3");
    gateway.start(Setup.to("portal.test:" + port).backend(STICKY).gateway(dns.settings()));
    gateway.awaitMetric(2, "gateway_upstream_endpoint_up", "address=");
    RawClient.Response started = ask("");
    String cookie = cookie(started);
    String own = String.valueOf(started.body());
    String other = own.equals("127.0.0.2") ? "127.0.0.3" : "127.0.0.2";
    assertKeeps(cookie, own);
    // The other address leaves and comes back: that is no matter of this client.
    dns.define("portal.test", own);
    gateway.awaitMetric(1, "gateway_upstream_endpoint_up", "address=");
    assertKeeps(cookie, own);
    dns.define("portal.test", other, own);
    gateway.awaitMetric(2, "gateway_upstream_endpoint_up", "address=");
    assertKeeps(cookie, own);
    // Its own leaves: it moves, and stays where it is.
    dns.define("portal.test", other);
    gateway.awaitMetric(1, "gateway_upstream_endpoint_up", "address=");
    RawClient.Response moved = ask(cookie);
    assertThat(moved.body()).isEqualTo(other);
    String next = cookie(moved);
    dns.define("portal.test", own, other);
    gateway.awaitMetric(2, "gateway_upstream_endpoint_up", "address=");
    assertKeeps(next, other);
    // A client that was away meanwhile finds its session where it was.
    assertKeeps(cookie, own);
  }

  private void assertKeeps(String cookie, String address) throws IOException {
    for (int i = 0; i < 4; i++) {
      RawClient.Response response = ask(cookie);
      assertThat(response.body()).isEqualTo(address);
      assertThat(given(response)).isEmpty();
    }
  }

  @Test
  void withoutItNothingIsTakenOrGiven() throws IOException {
    Origin a = named("a");
    gateway.start(a);
    RawClient.Response response = ask(NAME + "=x");
    assertThat(given(response)).isEmpty();
    assertThat(a.requests().getFirst().header("Cookie")).isEqualTo(NAME + "=x");
  }
}
