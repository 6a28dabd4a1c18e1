package sallyport.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.GatewayConfig;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.http.HttpRulesConfig.Paths;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.listener.RateConfig;
import sallyport.config.route.FieldRulesConfig;
import sallyport.config.route.PathFolding;
import sallyport.config.route.RouteAction;
import sallyport.config.route.RouteConfig;
import sallyport.config.route.SourcesConfig;
import sallyport.config.route.match.MatchConfig;
import sallyport.config.route.mirror.MirrorConfig;
import sallyport.config.route.page.ErrorPagesConfig;
import sallyport.config.route.page.MaintenanceConfig;
import sallyport.config.route.rate.RouteRateConfig;
import sallyport.config.tls.ClientAccessConfig;
import sallyport.gate.rate.RouteRates;
import sallyport.http.ReceivedVersion;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.h1.Http1ServerCodec;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.http.forwarded.ForwardedFor;
import sallyport.net.ClientAuthentication;
import sallyport.net.ClientIdentity;
import sallyport.net.Failure;
import sallyport.net.Peers;
import sallyport.route.RouteTable;
import sallyport.testkit.Parsed;
import sallyport.testkit.Setup;
import sallyport.values.CidrSet;
import sallyport.values.ClientAddress;

/** Each way in which a request is refused, and which of two comes first. */
class RequestGateTest {
  private static final GatewayConfig CONFIG =
      Parsed.of(Setup.to("127.0.0.1:1").limits("max-request-line = 256B, max-header = 1KiB"));
  private static final RouteConfig DEFAULTS = CONFIG.routes().getFirst();
  private static final ListenerConfig.HttpProxy LISTENER =
      (ListenerConfig.HttpProxy) Objects.requireNonNull(CONFIG.listeners().get("https"));
  private static final ClientAccessConfig CERTIFICATE = new ClientAccessConfig(true, Set.of());
  private static final ClientAccessConfig LAB = new ClientAccessConfig(true, Set.of("dns:lab"));
  private static final Map<String, String> SECURITY_HEADERS = Map.of("x-frame-options", "DENY");

  private static final List<RouteConfig> ALL =
      List.of(
          route("open", "/", ClientAccessConfig.ANYBODY, true, null),
          route("plain", "/plain", ClientAccessConfig.ANYBODY, false, null),
          route("files", "/files", ClientAccessConfig.ANYBODY, false, Paths.PASS),
          route("staff", "/staff", CERTIFICATE, false, null),
          route("lab", "/lab", LAB, false, null),
          route("intern", "/intern", CERTIFICATE, false, null),
          route("closed", "/closed", CERTIFICATE, false, null),
          route("slow", "/slow", CERTIFICATE, false, null),
          route("writes", "/writes", CERTIFICATE, false, null),
          route("resting", "/resting", CERTIFICATE, false, null),
          route("touched", "/touched", CERTIFICATE, false, null),
          route("posts", "/", ClientAccessConfig.ANYBODY, true, null));

  private static final RouteTable ROUTES = new RouteTable(ALL);

  /** At a clock that stands. */
  private boolean touched;

  private final RouteStates states =
      new RouteStates(new RouteRates(() -> 0).of(ALL), Map.of("touched", () -> touched));

  private boolean unaudited;
  private boolean memoryExhausted;
  private boolean trace;
  private ReceivedVersion version = ReceivedVersion.HTTP_1_1;
  private @Nullable String serverName = "a.test";
  private boolean oneHost;
  private ClientAuthentication proof = ClientAuthentication.NONE;
  private InetSocketAddress from = new InetSocketAddress("192.0.2.7", 4711);

  private static RouteConfig route(
      String name,
      String path,
      ClientAccessConfig access,
      boolean webSocket,
      @Nullable Paths paths) {
    return new RouteConfig(
        name,
        "a.test",
        path,
        name.equals("posts") || name.equals("writes")
            ? new MatchConfig(Set.of("POST"), Map.of("x-api", "2"), Map.of("type", "*"))
            : MatchConfig.NONE,
        name.equals("closed")
            ? new RouteAction.Respond(503, "", "")
            : new RouteAction.Forward("app"),
        DEFAULTS.rewrite(),
        RouteConfig.NO_PRESET,
        null,
        null,
        0,
        DEFAULTS.responseTimeout(),
        DEFAULTS.idleTimeout(),
        webSocket,
        DEFAULTS.tunnelTimeout(),
        SECURITY_HEADERS,
        FieldRulesConfig.NONE,
        FieldRulesConfig.NONE,
        access,
        name.equals("intern")
            ? new SourcesConfig(
                CidrSet.of(List.of("192.0.2.0/24")), CidrSet.of(List.of("192.0.2.9")))
            : SourcesConfig.ALL,
        name.equals("slow")
            ? new RouteRateConfig(new RateConfig(1, 1), RouteRateConfig.Key.ALL, null)
            : RouteRateConfig.NONE,
        paths,
        DEFAULTS.via(),
        ErrorPagesConfig.NONE,
        switch (name) {
          case "resting" -> new MaintenanceConfig(true, null, Duration.ofMinutes(2));
          case "touched" -> new MaintenanceConfig(false, Path.of("x"), Duration.ofMinutes(2));
          default -> MaintenanceConfig.OFF;
        },
        MirrorConfig.NONE,
        Set.of(PathFolding.CASE),
        DEFAULTS.location());
  }

  /** Takes words that say what is special about the connection or the gateway. */
  private void given(@Nullable String circumstances) {
    for (String word : circumstances == null ? new String[0] : circumstances.split(" ", -1)) {
      switch (word) {
        case "h2" -> version = ReceivedVersion.HTTP_2;
        case "http1.0" -> version = ReceivedVersion.HTTP_1_0;
        case "no-sni" -> serverName = null;
        case "sni-b" -> serverName = "b.test";
        case "client-auth" -> oneHost = true;
        case "lab" -> proof = ClientAuthentication.of(client("dns:lab"));
        case "other" -> proof = ClientAuthentication.of(client("dns:other"));
        case "denied" ->
            proof =
                new ClientAuthentication(
                    client("dns:lab"), Failure.Access.CLIENT_CERTIFICATE_DENIED, "denied by list");
        case "from-denied" -> from = new InetSocketAddress("192.0.2.9", 4711);
        case "from-elsewhere" -> from = new InetSocketAddress("198.51.100.1", 4711);
        case "unaudited" -> unaudited = true;
        case "no-memory" -> memoryExhausted = true;
        case "trace" -> trace = true;
        case "touched" -> touched = true;
        default -> throw new AssertionError(word);
      }
    }
  }

  private static ClientIdentity client(String name) {
    return new ClientIdentity("00", "CN=x", Set.of(name, "sha256:00"), Map.of());
  }

  private Decision decide(String head) {
    HttpRulesConfig rules =
        new HttpRulesConfig(
            LISTENER.http().paths(),
            LISTENER.http().fieldNames(),
            trace,
            LISTENER.http().identityFields());
    RequestGate gate =
        new RequestGate(
            ROUTES, rules, LISTENER.limits(), () -> unaudited, () -> memoryExhausted, states);
    InetSocketAddress client = new InetSocketAddress("192.0.2.7", 4711);
    InetSocketAddress local = new InetSocketAddress("192.0.2.1", 443);
    ConnectionInfo connection =
        new ConnectionInfo(
            "https",
            client,
            local,
            443,
            /* trustedProxy= */ false,
            "TLSv1.3",
            "TLS_AES_128_GCM_SHA256",
            "X25519",
            serverName,
            oneHost,
            proof,
            new ForwardedFor(new Peers(client, local, null), any -> false));
    return gate.decide(read(head), version, connection, ClientAddress.direct(from));
  }

  /** The head as the codec gives it. */
  private static HttpRequest read(String head) {
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new Http1ServerCodec(HttpLimits.of(LISTENER.limits()), LISTENER.http().fieldNames()));
    channel.writeInbound(Unpooled.copiedBuffer(head, StandardCharsets.ISO_8859_1));
    HttpRequest request = Objects.requireNonNull(channel.readInbound());
    ReferenceCountUtil.release(request);
    channel.finishAndReleaseAll();
    return request;
  }

  /** A request of HTTP/1.1 for a.test; two semicolons in the fields are a CRLF. */
  private static String request(String line, @Nullable String fields) {
    String text = fields == null ? "" : fields.replace(";;", "\r\n") + "\r\n";
    String host = text.contains("Host:") ? "" : "Host: a.test\r\n";
    return line + " HTTP/1.1\r\n" + host + text + "\r\n";
  }

  private static String text(Decision decision) {
    return switch (decision) {
      case Decision.Admitted admitted -> "admitted " + admitted.route().name();
      case Decision.AnsweredHere last -> "answered " + last.route().name();
      case Decision.AnsweredByRoute route -> "by route " + route.route().name();
      case Refused refused -> refused.failure().flag();
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET /                 |                                    |                   | admitted open
          GET /x?y=%00          |                                    |                   | admitted open
          OPTIONS *             |                                    |                   | admitted open
          GET /plain/x          |                                    |                   | admitted plain
          GET /files/a%2Fb      |                                    |                   | admitted files
          GET /staff            |                                    | other             | admitted staff
          GET /lab              |                                    | lab               | admitted lab
          GET /intern           |                                    | lab               | admitted intern
          GET /touched          |                                    | lab               | admitted touched
          GET /                 |                                    | from-elsewhere    | admitted open
          POST /x?type=y        | X-Api: 2                           |                   | admitted posts
          POST /x?a=b&ty%70e    | X-Api: 2                           |                   | admitted posts
          GET /x?type=y         | X-Api: 2                           |                   | admitted open
          POST /x?type=y        | X-Api: 1                           |                   | admitted open
          POST /x?type=y        | X-Api: 2;;X-Api: 2                 |                   | admitted open
          POST /x?xtype=y       | X-Api: 2                           |                   | admitted open
          POST /plain?type=y    | X-Api: 2                           |                   | admitted plain
          GET /closed/x         |                                    | lab               | by route closed
          OPTIONS /closed       | Max-Forwards: 0                    | lab               | by route closed
          GET /closed//STAFF    |                                    | lab               | by route closed
          GET /                 |                                    | no-sni client-auth | admitted open
          GET /                 |                                    | sni-b             | admitted open
          GET https://a.test/x  |                                    |                   | admitted open
          TRACE /               |                                    | trace             | admitted open
          GET /                 | Host: A.test.                      | client-auth       | admitted open
          GET /                 | Authorization: Negotiate x         |                   | admitted open
          GET /                 | Authorization: Basic x             | h2                | admitted open
          GET /                 | Upgrade: websocket;;Connection: upgrade |              | admitted open
          GET /plain            | Upgrade: h2c;;Connection: upgrade  |                   | admitted plain
          POST /                | Max-Forwards: 0                    |                   | admitted open
          OPTIONS /             | Max-Forwards: 1                    |                   | admitted open
          OPTIONS /             | Max-Forwards: 0                    |                   | answered open
          OPTIONS *             | Max-Forwards: 0                    |                   | answered open
          TRACE /               | Max-Forwards: 0                    | trace             | answered open
          """)
  void aRequestThatIsSoundAndMayUseItsRouteIsAdmitted(
      String line, String fields, String circumstances, String expected) {
    given(circumstances);
    assertThat(text(decide(request(line, fields)))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET /a b              |                                    |                   | space_in_uri
          GET x                 |                                    |                   | bad_uri
          GET *                 |                                    |                   | bad_uri
          GET /                 | Host : a.test                      |                   | bad_header
          GET /                 | Content-Length: 1;;Transfer-Encoding: chunked |        | both_te_cl_present
          CONNECT a.test:443    |                                    |                   | method_not_allowed
          TRACE /               |                                    |                   | method_not_allowed
          TRACE /               | Content-Length: 1                  | trace             | bad_request
          OPTIONS /             | Max-Forwards: x                    |                   | bad_header
          GET /                 | Expect: tea                        |                   | expectation_failed
          GET /                 | Connection: host                   |                   | bad_request
          GET /../x             |                                    |                   | ambiguous_uri
          GET /a%2Fb            |                                    |                   | ambiguous_uri
          GET /                 | Host: a.test/x                     |                   | bad_host
          GET /                 | Host: a.test;;Host: a.test         |                   | bad_host
          GET https://b.test/   |                                    |                   | bad_host
          GET /                 |                                    | unaudited         | audit_log_unwritable
          GET /                 |                                    | sni-b client-auth | misdirected
          GET /                 |                                    | denied            | client_certificate_denied
          GET /                 |                                    | no-memory         | out_of_memory
          GET /                 | Host: b.test                       |                   | no_route
          GET /STAFF            |                                    |                   | ambiguous_route
          GET /resting          |                                    | lab               | maintenance
          GET /resting          |                                    |                   | client_certificate_required
          GET /touched          |                                    | lab touched       | maintenance
          GET /staff            |                                    |                   | client_certificate_required
          GET /lab              |                                    |                   | client_certificate_required
          GET /lab              |                                    | other             | client_not_listed
          GET /intern           |                                    | lab from-denied   | client_address_not_allowed
          GET /intern/x         |                                    | lab from-elsewhere | client_address_not_allowed
          GET /closed           |                                    |                   | client_certificate_required
          POST /writes?type=y   | X-Api: 2                           |                   | client_certificate_required
          GET /WRITES           |                                    |                   | ambiguous_route
          GET /CLOSED           |                                    | lab               | ambiguous_route
          GET /INTERN           |                                    | lab from-elsewhere | ambiguous_route
          GET /                 | Authorization: NTLM x              | h2                | http_1_1_required
          GET /plain            | Upgrade: websocket;;Connection: upgrade |              | upgrade_not_supported
          """)
  void aRequestIsRefusedForTheRuleThatItBreaks(
      String line, String fields, String circumstances, String expected) {
    given(circumstances);
    assertThat(text(decide(request(line, fields)))).isEqualTo(expected);
  }

  /** Each row breaks two rules. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          CONNECT a b           |                                    |                   | space_in_uri
          CONNECT a.test:443    | Expect: tea                        |                   | method_not_allowed
          GET *                 | Expect: tea                        |                   | expectation_failed
          GET *                 | Host: /                            |                   | bad_uri
          GET /../x             | Host: /                            |                   | ambiguous_uri
          GET /                 | Host: /                            | unaudited         | bad_host
          GET /                 |                                    | unaudited sni-b client-auth | audit_log_unwritable
          GET /                 |                                    | sni-b client-auth denied | misdirected
          GET /                 |                                    | denied no-memory  | client_certificate_denied
          GET /                 | Host: b.test                       | no-memory         | out_of_memory
          GET /STAFF            | Upgrade: websocket;;Connection: upgrade |              | ambiguous_route
          OPTIONS /staff        | Max-Forwards: 0                    |                   | client_certificate_required
          GET /intern           |                                    | from-denied       | client_address_not_allowed
          OPTIONS /plain        | Max-Forwards: 0;;Authorization: NTLM x | h2            | answered plain
          GET /plain            | Authorization: NTLM x;;Upgrade: websocket;;Connection: upgrade | h2 | http_1_1_required
          """)
  void theEarlierCheckDecides(String line, String fields, String circumstances, String expected) {
    given(circumstances);
    assertThat(text(decide(request(line, fields)))).isEqualTo(expected);
  }

  private Refused refused(String head) {
    return (Refused) decide(head);
  }

  /** A client that may not use the route takes no token. */
  @Test
  void aRequestOverTheRateOfItsRouteIsRefusedForATime() {
    String slow = request("GET /slow", null);
    assertThat(text(decide(slow))).isEqualTo("client_certificate_required");
    given("lab");
    assertThat(text(decide(slow))).isEqualTo("admitted slow");
    Refused tooMany = refused(slow);
    assertThat(tooMany.failure()).isEqualTo(Failure.Client.TOO_MANY_REQUESTS);
    assertThat(tooMany.route()).isEqualTo("slow");
    assertThat(tooMany.fields())
        .containsEntry("retry-after", "1")
        .containsAllEntriesOf(SECURITY_HEADERS);
    assertThat(text(decide(request("GET /", null)))).isEqualTo("admitted open");
  }

  // ---- how it is told

  @ParameterizedTest
  @CsvSource({"HTTP_1_1, ANSWER", "HTTP_2, RESET_MALFORMED"})
  void aMalformedMessageResetsAStream(ReceivedVersion received, Refused.Reply reply) {
    version = received;
    assertThat(refused("GET / HTTP/1.1\r\nHost : a.test\r\n\r\n"))
        .extracting(Refused::failure, Refused::reply)
        .containsExactly(Failure.Client.BAD_HEADER, reply);
  }

  @Test
  void aHeadThatIsTooLargeIsAnsweredOverHttp2Too() {
    version = ReceivedVersion.HTTP_2;
    assertThat(refused(request("GET /", "X: " + "x".repeat(2000))))
        .extracting(Refused::failure, Refused::reply)
        .containsExactly(Failure.Client.HEADER_TOO_LARGE, Refused.Reply.ANSWER);
  }

  /** What broke a rule of the gateway's own, and is sound HTTP/2. */
  @Test
  void aSoundRequestThatIsRefusedIsAnsweredOverHttp2Too() {
    version = ReceivedVersion.HTTP_2;
    assertThat(refused(request("GET /../x", null)).reply()).isEqualTo(Refused.Reply.ANSWER);
  }

  @Test
  void authenticationOfASharedConnectionResetsTheStreamSoThatHttp1Follows() {
    version = ReceivedVersion.HTTP_2;
    assertThat(refused(request("GET /", "Authorization: NTLM x")).reply())
        .isEqualTo(Refused.Reply.RESET_HTTP_1_1_REQUIRED);
  }

  // ---- what its answer carries

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET /STAFF            |                                    |                   | ambiguous_route
          GET /staff            |                                    |                   | client_certificate_required
          GET /lab              |                                    | other             | client_not_listed
          GET /intern           |                                    | lab from-denied   | client_address_not_allowed
          GET /intern/x         |                                    | lab from-elsewhere | client_address_not_allowed
          GET /closed           |                                    |                   | client_certificate_required
          GET /CLOSED           |                                    | lab               | ambiguous_route
          GET /INTERN           |                                    | lab from-elsewhere | ambiguous_route
          GET /plain            | Upgrade: websocket;;Connection: upgrade |              | upgrade_not_supported
          """)
  void aRefusalUnderARouteCarriesTheSecurityHeadersOfTheRoute(
      String line, String fields, String circumstances, String expected) {
    given(circumstances);
    assertThat(refused(request(line, fields)))
        .extracting(refused -> refused.failure().flag(), Refused::fields)
        .containsExactly(expected, SECURITY_HEADERS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET /a b              |                                    |                   | space_in_uri
          GET /../x             |                                    |                   | ambiguous_uri
          GET /                 |                                    | sni-b client-auth | misdirected
          GET /                 |                                    | denied            | client_certificate_denied
          GET /                 |                                    | no-memory         | out_of_memory
          GET /                 | Host: b.test                       |                   | no_route
          """)
  void aRefusalBeforeARouteIsKnownCarriesNoHeaderOfARoute(
      String line, String fields, String circumstances, String expected) {
    given(circumstances);
    assertThat(refused(request(line, fields)))
        .extracting(refused -> refused.failure().flag(), Refused::fields)
        .containsExactly(expected, Map.of());
  }

  // ---- hosts that are not named

  @Test
  void anOldClientMayLeaveTheHostToTheServerName() {
    Decision decision = decide("GET / HTTP/1.0\r\n\r\n");
    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Admitted.class,
            admitted -> assertThat(admitted.head().host().text()).isEqualTo("a.test"));
  }

  @Test
  void anOldClientThatNamesNoHostAtAllHasNoRouteHere() {
    serverName = null;
    assertThat(refused("GET / HTTP/1.0\r\n\r\n").failure()).isEqualTo(Failure.Gateway.NO_ROUTE);
  }

  @Test
  void aNewClientMustNameTheHost() {
    assertThat(refused("GET / HTTP/1.1\r\n\r\n").failure()).isEqualTo(Failure.Client.BAD_HOST);
  }

  // ---- what is known for the log

  private static String known(Refused refused) {
    return "%s %s %s %s '%s'"
        .formatted(
            refused.target() == null ? "-" : refused.target().rawPath(),
            refused.host() == null ? "-" : refused.host().text(),
            refused.route().isEmpty() ? "-" : refused.route(),
            refused.backend().isEmpty() ? "-" : refused.backend(),
            refused.detail());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          CONNECT a.test:443 |                             |          | - - - - ''
          GET /../x          |                             |          | - - - - ''
          GET /%78           | Host: /                     |          | /%78 - - - ''
          GET /x             | Host: b.test:444            |          | /x b.test:444 - - ''
          GET /x             |                             | denied   | /x a.test - - 'denied by list'
          GET /STAFF         |                             |          | /STAFF a.test open - 'staff'
          GET /staff         |                             |          | /staff a.test staff - ''
          GET /x             | Authorization: NTLM x       | h2       | /x a.test open app ''
          GET /plain         | Upgrade: websocket;;Connection: upgrade | | /plain a.test plain app ''
          """)
  void aRefusalTellsWhatIsKnownOfTheRequest(
      String line, String fields, String circumstances, String expected) {
    given(circumstances);
    assertThat(known(refused(request(line, fields)))).isEqualTo(expected);
  }

  // ---- what follows the head

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET / |                                              | true
          GET / | Content-Length: 0                            | true
          GET / | Content-Length: 1                            | false
          GET / | Transfer-Encoding: chunked                   | false
          GET / | Upgrade: websocket;;Connection: upgrade      | false
          """)
  void whatMayFollowTheHeadIsKnown(String line, String fields, boolean bodyless) {
    Decision decision = decide(request(line, fields));
    assertThat(((Decision.Admitted) decision).head().bodyless()).isEqualTo(bodyless);
    memoryExhausted = true;
    assertThat(refused(request(line, fields)).bodyless()).isEqualTo(bodyless);
  }

  @Test
  void aHeadThatIsNotUnderstoodSaysNothingOfWhatFollows() {
    assertThat(refused("GET /a b HTTP/1.1\r\nHost: a.test\r\n\r\n").bodyless()).isFalse();
  }

  @Test
  void authenticationAsksForAConnectionOfItsOwn() {
    Decision decision = decide(request("GET /", "Authorization: Negotiate x"));
    assertThat(((Decision.Admitted) decision).authenticates()).isTrue();
    assertThat(((Decision.Admitted) decide(request("GET /", null))).authenticates()).isFalse();
  }
}
