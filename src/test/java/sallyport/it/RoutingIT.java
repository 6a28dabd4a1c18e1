package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** Which backend a request goes to, at which endpoint, and as what. */
class RoutingIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin echo() {
    return gateway.origin(r -> r.reply(200, r.line() + " @ " + r.header("host")));
  }

  private RawClient.Response ask(String host, String target) throws IOException {
    RawClient client = gateway.connect();
    client.send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return client.read();
  }

  @ParameterizedTest
  @CsvSource({
    "portal.test,/,exact",
    "PORTAL.test,/,exact",
    "portal.test:8443,/,exact",
    "portal.test:,/,exact",
    "portal.test:443,/,exact",
    "portal.test,/api,exact-api",
    "portal.test,/api/,exact-api",
    "portal.test,/api/x,exact-api",
    "portal.test,/apix,exact",
    "portal.test,/api/v2,exact-api-v2",
    "portal.test,/api/v2/x?/api,exact-api-v2",
    "portal.test,/x?y=/api,exact",
    "a.portal.test,/,wildcard",
    "a.b.portal.test,/,wildcard",
    "a.portal.test,/api,wildcard",
    "lab.portal.test,/,deeper",
    "a.lab.portal.test,/,deepest",
    "else.test,/,any",
    "portal.test.evil.test,/,any",
    "evilportal.test,/,any",
    "127.0.0.1,/,any"
  })
  void theMostSpecificHostThenTheLongestPathWins(String host, String target, String route)
      throws IOException {
    gateway.start(
        Setup.to(echo())
            .routes(
                """
                { name = any, host = "*", backend = app },
                { name = wildcard, host = "*.portal.test", backend = app },
                { name = deepest, host = "*.lab.portal.test", backend = app },
                { name = deeper, host = "lab.portal.test", backend = app },
                { name = exact, host = portal.test, backend = app },
                { name = exact-api, host = portal.test, path = /api, backend = app },
                { name = exact-api-v2, host = portal.test, path = /api/v2, backend = app }
                """));
    assertThat(ask(host, target).status()).isEqualTo(200);
    assertThat(gateway.access().awaitContaining("\"log\":\"access\""))
        .contains("\"route\":\"" + route + "\"");
  }

  @ParameterizedTest
  @CsvSource({"else.test,/", "portal.test,/", "portal.test,/apix", "xportal.test,/api"})
  void whatNoRouteServesGets404AndReachesNobody(String host, String target) throws IOException {
    Origin origin = echo();
    gateway.start(Setup.to(origin).routes("{ host = portal.test, path = /api, backend = app }"));
    RawClient.Response response = ask(host, target);
    assertThat(response.status()).isEqualTo(404);
    assertThat(response.body()).isEqualTo("404 Not Found\n");
    assertThat(origin.requests()).isEmpty();
    assertThat(gateway.access().awaitContaining("no_route")).contains("\"status\":404");
  }

  @ParameterizedTest
  @CsvSource({
    "/app,strip-prefix = true,/app/x/y?q=1,/x/y?q=1",
    "/app,strip-prefix = true,/app,/",
    "/app,strip-prefix = true,/app/,/",
    "/app,strip-prefix = true,/app?q,/?q",
    "/app,prefix = /v2,/app/x,/v2/x",
    "/app,prefix = /v2,/app,/v2",
    "/app,prefix = /v2/,/app/x,/v2/x",
    "/,prefix = /legacy,/x,/legacy/x",
    "/,prefix = /legacy,/,/legacy",
    "/app,'',/app/%2Bx%20y?a=b&a=%26,/app/%2Bx%20y?a=b&a=%26"
  })
  void theBackendSeesTheRewrittenPathAndTheQueryAsSent(
      String path, String rewrite, String sent, String seen) throws IOException {
    gateway.start(
        Setup.to(echo())
            .routes("{ path = \"%s\", backend = app, rewrite { %s } }".formatted(path, rewrite)));
    assertThat(ask("localhost", sent).body()).startsWith("GET " + seen + " HTTP/1.1");
  }

  @Test
  void theBackendSeesTheClientsHostUnlessItIsRewritten() throws IOException {
    gateway.start(
        Setup.to(echo())
            .routes(
                """
                { path = /kept, backend = app },
                { path = /other, backend = app, rewrite.host = legacy.internal }
                """));
    assertThat(ask("Portal.test:8443", "/kept").body()).endsWith("@ Portal.test:8443");
    assertThat(ask("Portal.test:8443", "/other").body()).endsWith("@ legacy.internal");
  }

  @Test
  void anAbsoluteTargetIsRoutedByItsOwnHostAndSentAsAPath() throws IOException {
    gateway.start(Setup.to(echo()).routes("{ host = portal.test, backend = app }"));
    assertThat(ask("portal.test", "https://portal.test/x?q").body())
        .isEqualTo("GET /x?q HTTP/1.1 @ portal.test");
  }

  @Test
  void roundRobinTakesEndpointsInTurn() throws IOException {
    Origin first = gateway.origin(r -> r.reply(200, "1"));
    Origin second = gateway.origin(r -> r.reply(200, "2"));
    Origin third = gateway.origin(r -> r.reply(200, "3"));
    gateway.start(first, second, third);
    List<String> answers = new ArrayList<>();
    RawClient client = gateway.connect();
    for (int i = 0; i < 6; i++) {
      answers.add(client.get("/").read().body());
    }
    assertThat(answers.subList(0, 3)).containsExactlyInAnyOrder("1", "2", "3");
    assertThat(answers.subList(3, 6)).isEqualTo(answers.subList(0, 3));
  }

  @Test
  void leastRequestsAvoidsAnEndpointThatIsBusy() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Origin.Handler handler =
        r -> {
          if (r.line().contains("/slow")) {
            busy.countDown();
            await(release);
            r.reply(200, "slow");
          } else {
            r.reply(200, "fast");
          }
        };
    Origin first = gateway.origin(handler);
    Origin second = gateway.origin(handler);
    gateway.start(Setup.to(first, second).backend("balance = least-requests"));
    RawClient slow = gateway.connect().get("/slow");
    await(busy);
    Origin occupied = first.requests().isEmpty() ? second : first;
    RawClient client = gateway.connect();
    for (int i = 0; i < 5; i++) {
      assertThat(client.get("/").read().body()).isEqualTo("fast");
    }
    assertThat(occupied.requests()).hasSize(1);
    release.countDown();
    assertThat(slow.read().body()).isEqualTo("slow");
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }
}
