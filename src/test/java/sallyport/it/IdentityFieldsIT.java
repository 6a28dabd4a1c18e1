package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** Fields by which a client could pass for another one, or ask for something else than it asks. */
class IdentityFieldsIT {
  private static final List<String> CERTIFICATE =
      List.of(
          "X-SSL-Client-Cert",
          "X-SSL-Client-Verify",
          "X-SSL-Client-DN",
          "SSL-Client-S-DN",
          "X-Client-Cert",
          "X-ARR-ClientCert",
          "X-Forwarded-Tls-Client-Cert",
          "X-Amzn-Mtls-Clientcert-Leaf",
          "WL-Proxy-Client-Cert");

  private static final List<String> ADDRESS =
      List.of("WL-Proxy-Client-IP", "CF-Connecting-IP", "Client-IP", "X-Real-IP", "True-Client-IP");

  private static final List<String> FORWARDING =
      List.of("X-Forwarded", "X-Host", "X-Forwarded-Uri", "X-Original-Host");

  private static final List<String> ROUTING =
      List.of(
          "Proxy",
          "X-HTTP-Method-Override",
          "X-Accel-Redirect",
          "X-Sendfile",
          "X-Envoy-Original-Path",
          "X-Original-URL");

  private static final List<String> USER =
      List.of("Remote-User", "X-Forwarded-User", "X-Auth-Request-Email", "X-WebAuth-User");

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin start(String listener) {
    Origin origin = gateway.origin(r -> r.reply(200, ""));
    gateway.start(Setup.to(origin).listener(listener));
    return origin;
  }

  /** Those of these fields that reach the backend. */
  private List<String> passed(Origin origin, List<String> names) throws IOException {
    String[] fields = names.stream().map(name -> name + ": forged").toArray(String[]::new);
    assertThat(gateway.connect().get("/", fields).read().status()).isEqualTo(200);
    return among(origin.requests().getLast(), names);
  }

  private static List<String> among(Origin.Request request, List<String> names) {
    return names.stream()
        .filter(name -> request.all(name.toLowerCase(Locale.ROOT)).contains("forged"))
        .toList();
  }

  private static List<String> all() {
    List<String> all = new ArrayList<>(CERTIFICATE);
    all.addAll(ADDRESS);
    all.addAll(FORWARDING);
    all.addAll(ROUTING);
    all.addAll(USER);
    return all;
  }

  @Test
  void noneOfThemPasses() throws IOException {
    Origin origin = start("");
    assertThat(passed(origin, all())).isEmpty();
    assertThat(passed(origin, List.of("X-Kept", "X-Api-Key", "X-Client-Data")))
        .containsExactly("X-Kept", "X-Api-Key", "X-Client-Data");
  }

  @Test
  void noneOfThemPassesOverHttp2() throws IOException {
    Origin origin = start("");
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    fields.add(Map.entry(":method", "GET"));
    fields.add(Map.entry(":scheme", "https"));
    fields.add(Map.entry(":authority", "localhost"));
    fields.add(Map.entry(":path", "/"));
    all().forEach(name -> fields.add(Map.entry(name.toLowerCase(Locale.ROOT), "forged")));
    fields.add(Map.entry("x-kept", "forged"));
    try (RawHttp2 client = RawHttp2.connect(gateway.https())) {
      client.literals(RawHttp2.END_STREAM | RawHttp2.END_HEADERS, 1, fields);
      assertThat(client.readHead(1).status()).hasToString("200");
    }
    assertThat(among(origin.requests().getLast(), all())).isEmpty();
    assertThat(origin.requests().getLast().all("x-kept")).containsExactly("forged");
  }

  @ParameterizedTest
  @ValueSource(strings = {"_", ".", "~"})
  void norDoesANameThatACgiTakesForOneOfThem(String separator) throws IOException {
    Origin origin = start("http.unusual-field-names = pass");
    List<String> alike = new ArrayList<>();
    all().stream()
        .filter(name -> name.contains("-"))
        .forEach(name -> alike.add(name.replace("-", separator)));
    // The gateway's own.
    for (String own : List.of("X-Forwarded-For", "X-Request-Id", "Content-Length")) {
      alike.add(own.replace("-", separator));
    }
    assertThat(passed(origin, alike)).isEmpty();
    assertThat(passed(origin, List.of("X_Kept"))).containsExactly("X_Kept");
  }

  @Test
  void oneInATrailerIsRefused() throws IOException {
    Origin origin = gateway.origin(r -> r.answer(200, String.join(",", r.trailers())));
    gateway.start(Setup.to(origin).listener("http.identity-fields.more = [ X-Clinic-Role ]"));
    for (String name : List.of("X-SSL-Client-Verify", "Remote-User", "Proxy")) {
      assertThat(trailer(name).status()).as(name).isEqualTo(400);
    }
    assertThat(origin.requests()).isEmpty();
    assertThat(trailer("X-Clinic-Role").body()).doesNotContain("forged");
    assertThat(trailer("X-Kept").body()).containsIgnoringCase("x-kept: forged");
  }

  private RawClient.Response trailer(String name) throws IOException {
    RawClient client = gateway.connect();
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "1\r\nx\r\n0\r\n"
            + name
            + ": forged\r\n\r\n");
    return client.read();
  }

  @Test
  void aTrustedProxyKeepsWhatItSaysOfAddressesAndForwarding() throws IOException {
    Origin origin = start("trusted-proxies = [ \"127.0.0.0/8\" ]");
    List<String> kept = new ArrayList<>(ADDRESS);
    kept.addAll(FORWARDING);
    assertThat(passed(origin, all())).containsExactlyElementsOf(kept);
  }

  @Test
  void usersPassFromTrustedProxiesWhereTheListenerSaysSo() throws IOException {
    Origin origin =
        start("trusted-proxies = [ \"127.0.0.0/8\" ], http.identity-fields.user = trusted");
    assertThat(passed(origin, USER)).containsExactlyElementsOf(USER);
  }

  @Test
  void usersOfStrangersPassOnlyWhereTheListenerSaysSo() throws IOException {
    Origin origin = start("http.identity-fields.user = trusted");
    assertThat(passed(origin, USER)).isEmpty();
    gateway.stop();
    origin = start("http.identity-fields.user = pass");
    assertThat(passed(origin, all())).containsExactlyElementsOf(USER);
  }

  @Test
  void aListenerAddsNamesAndKeepsOnesThatItsBackendsNeed() throws IOException {
    Origin origin =
        start(
            "http.identity-fields { more = [ X-Clinic-Role, \"X-Ward-*\" ],"
                + " keep = [ X-HTTP-Method-Override ] }");
    assertThat(
            passed(
                origin,
                List.of(
                    "X-Clinic-Role", "X-Ward-Id", "X-Wards", "X-HTTP-Method-Override", "Proxy")))
        .containsExactly("X-Wards", "X-HTTP-Method-Override");
  }
}
