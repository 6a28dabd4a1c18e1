package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** What ties an exchange to the logs of others: the W3C trace and the request id. */
class TracingIT {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00-" + TRACE + "-00f067aa0ba902b7-01";
  private static final String STATE = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE";
  private static final String STARTED = "00-[0-9a-f]{32}-[0-9a-f]{16}-00";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private Origin start() {
    Origin origin = gateway.origin(r -> r.reply(200, "", "X-Request-Id: the-backends-own"));
    gateway.start(origin);
    return origin;
  }

  private HttpResponse<String> send(Version version, String... fields) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(gateway.uri("/traced"));
    if (fields.length > 0) {
      request.headers(fields);
    }
    return gateway.client(version).send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private Config access(String text) {
    return ConfigFactory.parseString(
        gateway.access().awaitContaining(text),
        ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
  }

  /** What the backend saw is what the access log says. */
  private void assertStarted(Origin.Request request) {
    assertThat(request.all("traceparent")).hasSize(1);
    String parent = request.all("traceparent").getFirst();
    assertThat(parent).matches(STARTED).doesNotContain(TRACE);
    assertThat(request.all("tracestate")).isEmpty();
    assertThat(access("\"log\":\"access\"").getString("trace_id"))
        .isEqualTo(parent.substring(3, 35))
        .isNotEqualTo("0".repeat(32));
  }

  // ---- trace

  @ParameterizedTest
  @EnumSource(Version.class)
  void aTracePassesAsItIsAndIsInTheAccessLog(Version version) throws Exception {
    Origin origin = start();
    send(version, "traceparent", PARENT, "tracestate", STATE);
    Origin.Request request = origin.requests().getFirst();
    assertThat(request.all("traceparent")).containsExactly(PARENT);
    assertThat(request.all("tracestate")).containsExactly(STATE);
    assertThat(access("/traced").getString("trace_id")).isEqualTo(TRACE);
  }

  @Test
  void aStateInSeveralFieldsPassesInOrder() throws IOException {
    Origin origin = start();
    gateway
        .connect()
        .get("/", "traceparent: " + PARENT, "tracestate: a=1", "tracestate: b=2")
        .read();
    assertThat(origin.requests().getFirst().all("tracestate")).containsExactly("a=1", "b=2");
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aTraceIsStartedWhereThereIsNone(Version version) throws Exception {
    Origin origin = start();
    send(version);
    assertStarted(origin.requests().getFirst());
  }

  @Test
  void aStateWithoutATraceIsDropped() throws Exception {
    Origin origin = start();
    send(Version.HTTP_2, "tracestate", STATE);
    assertStarted(origin.requests().getFirst());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00-" + TRACE + "-00f067aa0ba902b7",
        "00-" + TRACE + "-00f067aa0ba902b7-01-more",
        "00-" + TRACE + "-00f067aa0ba902b7-1",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-" + TRACE + "-0000000000000000-01",
        "ff-" + TRACE + "-00f067aa0ba902b7-01",
        "01-" + TRACE + "-00f067aa0ba902b7-01more",
        "00_" + TRACE + "-00f067aa0ba902b7-01",
        "00-" + TRACE + "x00f067aa0ba902b7-01",
        PARENT + "," + PARENT,
        "nonsense",
        ""
      })
  void aTraceThatIsNotSoundIsReplacedAndItsStateDropped(String parent) throws IOException {
    Origin origin = start();
    gateway.connect().get("/", "traceparent: " + parent, "tracestate: " + STATE).read();
    assertStarted(origin.requests().getFirst());
  }

  @Test
  void twoTracesAreNone() throws IOException {
    Origin origin = start();
    gateway
        .connect()
        .get("/", "traceparent: " + PARENT, "traceparent: " + PARENT, "tracestate: " + STATE)
        .read();
    assertStarted(origin.requests().getFirst());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-what a later version adds"})
  void aTraceOfALaterVersionPasses(String more) throws IOException {
    Origin origin = start();
    String parent = "cc" + PARENT.substring(2) + more;
    gateway.connect().get("/", "traceparent: " + parent, "tracestate: " + STATE).read();
    Origin.Request request = origin.requests().getFirst();
    assertThat(request.all("traceparent")).containsExactly(parent);
    assertThat(request.all("tracestate")).containsExactly(STATE);
  }

  @Test
  void everyTraceThatIsStartedIsAnother() throws IOException {
    Origin origin = start();
    RawClient client = gateway.connect();
    for (int i = 0; i < 20; i++) {
      client.get("/").read();
    }
    assertThat(origin.requests())
        .extracting(request -> request.header("traceparent"))
        .doesNotHaveDuplicates();
  }

  // ---- request id

  @ParameterizedTest
  @EnumSource(Version.class)
  void theRequestIdIsOneForTheBackendTheClientAndTheLog(Version version) throws Exception {
    Origin origin = start();
    HttpResponse<String> response = send(version, "X-Request-Id", "the-clients-own");
    String id = access("/traced").getString("id");
    assertThat(id).matches("[0-9a-f]{16}");
    assertThat(origin.requests().getFirst().all("x-request-id")).containsExactly(id);
    assertThat(response.headers().allValues("x-request-id")).containsExactly(id);
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void anAnswerOfTheGatewaysOwnHasTheRequestIdToo(Version version) throws Exception {
    gateway.start(Setup.to("127.0.0.1:1"));
    HttpResponse<String> response = send(version);
    assertThat(response.statusCode()).isEqualTo(502);
    assertThat(response.headers().allValues("x-request-id"))
        .containsExactly(access("/traced").getString("id"));
  }

  @Test
  void aRequestThatIsRefusedHasARequestIdToo() throws IOException {
    start();
    RawClient.Response response = gateway.connect().send("GET / HTTP/1.1\r\n\r\n").read();
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.all("x-request-id"))
        .containsExactly(access("\"status\":400").getString("id"));
  }
}
