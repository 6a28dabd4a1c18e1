package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Haproxy;
import sallyport.testkit.MarkdownPage;
import sallyport.testkit.Nginx;
import sallyport.testkit.OneLane;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Setup;

/** docs/client-certificate.md and docs/plain-http-backends.md do what they say, word by word. */
@OneLane("The commands of pages of the documentation.")
class PlainBackendPageIT {
  private static final Path PAGE = Path.of("docs", "plain-http-backends.md");
  private static final Pattern SERVER = Pattern.compile("server \\{\n(.*?)\n}\n", Pattern.DOTALL);

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private final Queue<String> hosts = new ConcurrentLinkedQueue<>();
  private HttpServer plain;

  @BeforeEach
  void plainService() throws Exception {
    plain = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    plain.createContext(
        "/",
        exchange -> {
          hosts.add(exchange.getRequestHeaders().getFirst("Host"));
          byte[] body = exchange.getRequestBody().readAllBytes();
          String said = exchange.getRequestMethod() + " " + body.length;
          exchange.sendResponseHeaders(200, said.length());
          exchange.getResponseBody().write(said.getBytes(StandardCharsets.US_ASCII));
          exchange.close();
        });
    plain.start();
    for (String command : PageCommands.of("client-certificate.md", "")) {
      PageCommands.run(gateway.folder(), command);
    }
  }

  @AfterEach
  void stop() {
    plain.stop(0);
  }

  private static String recipe(String language) throws IOException {
    return MarkdownPage.parse(PAGE, Files.readString(PAGE)).blocks(language).getFirst().text();
  }

  /** Its own port and folder in place of those that a recipe names. */
  private String here(String recipe, String bind, String port) {
    assertThat(recipe).contains(bind, "/etc/backend/", "127.0.0.1:8000");
    return recipe
        .replace(bind, port)
        .replace("/etc/backend/", gateway.folder() + "/")
        .replace("127.0.0.1:8000", "127.0.0.1:" + plain.getAddress().getPort());
  }

  private String nginx() throws IOException {
    Matcher server = SERVER.matcher(recipe("nginx"));
    assertThat(server.matches()).isTrue();
    return gateway
        .closing(
            Nginx.serve(
                gateway.folder(),
                here(server.group(1), "listen 9443 ssl;", "listen 127.0.0.1:PORT ssl;")))
        .address();
  }

  private String haproxy() throws Exception {
    PageCommands.run(gateway.folder(), "cat backend.pem backend.key > both.pem");
    return gateway
        .closing(
            Haproxy.serve(
                gateway.folder(), here(recipe("haproxy"), "bind :9443", "bind 127.0.0.1:PORT")))
        .address();
  }

  private String serve(String program) throws Exception {
    return program.equals("nginx") ? nginx() : haproxy();
  }

  private void startWith(String program, String certificate) throws Exception {
    gateway.start(
        Setup.to(serve(program))
            .upstreamTls(
                "trust = null, trust = private-ca.pem, certificate = null, certificate = "
                    + certificate));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nginx", "haproxy"})
  void aServiceThatSpeaksPlainHttpIsReachedOverMutualTls(String program) throws Exception {
    startWith(program, "{ chain = client.pem, key = client.key }");
    assertThat(gateway.connect().get("/a").read().body()).isEqualTo("GET 0");
    assertThat(
            gateway
                .connect()
                .send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello")
                .read()
                .body())
        .isEqualTo("POST 5");
    assertThat(List.copyOf(hosts)).containsExactly("localhost", "localhost");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nginx", "haproxy"})
  void anotherCertificateOfTheAuthorityIsNotTheGateways(String program) throws Exception {
    for (String command : PageCommands.of("client-certificate.md", "")) {
      if (command.contains("client.")) {
        PageCommands.run(
            gateway.folder(),
            command.replace("client.", "other.").replace("CN=gateway", "CN=other"));
      }
    }
    startWith(program, "{ chain = other.pem, key = other.key }");
    assertThat(gateway.connect().get("/a").read().status()).isEqualTo(403);
    assertThat(hosts).isEmpty();
  }
}
