package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Nginx;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** How many fields a message may have, in both directions. */
class FieldCountsIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** Host makes one more. */
  private static String[] fields(int count) {
    return IntStream.range(0, count).mapToObj(i -> "X-" + i + ": a").toArray(String[]::new);
  }

  private Http2Headers ask(List<Map.Entry<String, String>> fields) throws IOException {
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.requestWithFields(1, fields);
    return client.readHead(1);
  }

  private static List<Map.Entry<String, String>> crumbs(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Map.entry("cookie", "c" + i + "=v"))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  @Test
  void theCrumbsOfACookieAreOneField() throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(Setup.to(origin).limits("max-fields = 16"));
    List<Map.Entry<String, String>> fields = crumbs(300);
    for (int i = 0; i < 15; i++) {
      fields.add(Map.entry("x-" + i, "a"));
    }
    assertThat(ask(fields).status()).hasToString("200");
    assertThat(origin.requests().getFirst().all("cookie"))
        .singleElement()
        .satisfies(cookie -> assertThat(cookie.split("; ")).hasSize(300));
    fields.add(Map.entry("x-15", "a"));
    assertThat(ask(fields).status()).hasToString("431");
  }

  @Test
  void crumbsWithoutEndAreBoundedByTheSizeOfTheHead() throws IOException {
    gateway.start(Setup.to(gateway.origin(r -> r.reply(200, ""))).limits("max-header = 4KiB"));
    // Each counts as 32 bytes more than it has (RFC 9113 section 6.5.2).
    assertThat(ask(crumbs(120)).status()).hasToString("431");
  }

  @ParameterizedTest
  @CsvSource({
    "'',127,200",
    "'',128,431",
    "max-fields = 16,15,200",
    "max-fields = 16,16,431",
    "max-fields = 500,499,200"
  })
  void aRequestMayHaveAsManyFieldsAsTheListenerTakes(String limits, int count, int status)
      throws IOException {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(Setup.to(origin).limits(limits));
    RawClient.Response response = gateway.connect().get("/", fields(count)).read();
    assertThat(response.status()).isEqualTo(status);
    assertThat(origin.requests()).hasSize(status == 200 ? 1 : 0);
  }

  @Test
  void trailersAreCountedForThemselves() throws IOException {
    gateway.start(Setup.to(gateway.origin(r -> r.reply(200, ""))).limits("max-fields = 16"));
    String head = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n";
    String fields = String.join("\r\n", fields(14)) + "\r\n\r\n0\r\n";
    for (int trailers : new int[] {16, 17}) {
      String end = String.join("\r\n", fields(trailers)) + "\r\n\r\n";
      RawClient client = gateway.connect().send(head + fields + end);
      assertThat(client.read().status()).isEqualTo(trailers == 16 ? 200 : 431);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'',127,200",
    "'',128,502",
    "limits.max-fields = 16,15,200",
    "limits.max-fields = 16,16,502",
    "limits.max-fields = 500,499,200"
  })
  void aResponseMayHaveAsManyFieldsAsTheBackendIsAllowed(String backend, int count, int status)
      throws IOException {
    // Content-Length makes one more.
    gateway.start(Setup.to(gateway.origin(r -> r.reply(200, "", fields(count)))).backend(backend));
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({"'',502", "limits.max-fields = 300,200"})
  void theSameHoldsForABackendOfHttp2(String backend, int status) throws IOException {
    String headers =
        IntStream.range(0, 200)
            .mapToObj(i -> "add_header x-" + i + " a;")
            .collect(Collectors.joining("\n"));
    Nginx nginx =
        gateway.closing(
            Nginx.start(
                gateway.file("nginx"), "http2", "location / { " + headers + " return 200 ok; }"));
    gateway.start(Setup.to(nginx.address()).backend("protocol = http2, " + backend));
    assertThat(gateway.connect().get("/").read().status()).isEqualTo(status);
  }
}
