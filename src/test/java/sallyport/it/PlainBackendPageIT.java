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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Nginx;
import sallyport.testkit.OneLane;
import sallyport.testkit.PageCommands;
import sallyport.testkit.Setup;

/** docs/client-certificate.md and docs/plain-http-backends.md do what they say, word by word. */
@OneLane("The commands of pages of the documentation.")
class PlainBackendPageIT {
  private static final Pattern RECIPE =
      Pattern.compile("```nginx\nserver \\{\n(.*?)\n}\n```", Pattern.DOTALL);

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

  /** The recipe with this test's folder and ports. */
  private Nginx nginx() throws IOException {
    Matcher recipe = RECIPE.matcher(Files.readString(Path.of("docs/plain-http-backends.md")));
    assertThat(recipe.find()).isTrue();
    String server = recipe.group(1);
    assertThat(server).contains("listen 9443 ssl;", "/etc/backend/", "127.0.0.1:8000");
    return gateway.closing(
        Nginx.serve(
            gateway.folder(),
            server
                .replace("listen 9443 ssl;", "listen 127.0.0.1:PORT ssl;")
                .replace("/etc/backend/", gateway.folder() + "/")
                .replace("127.0.0.1:8000", "127.0.0.1:" + plain.getAddress().getPort())));
  }

  private void startWith(String certificate) throws IOException {
    gateway.start(
        Setup.to(nginx().address())
            .upstreamTls(
                "trust = null, trust = private-ca.pem, certificate = null, certificate = "
                    + certificate));
  }

  @Test
  void aServiceThatSpeaksPlainHttpIsReachedOverMutualTls() throws Exception {
    startWith("{ chain = client.pem, key = client.key }");
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

  @Test
  void anotherCertificateOfTheAuthorityIsNotTheGateways() throws Exception {
    for (String command : PageCommands.of("client-certificate.md", "")) {
      if (command.contains("client.")) {
        PageCommands.run(
            gateway.folder(),
            command.replace("client.", "other.").replace("CN=gateway", "CN=other"));
      }
    }
    startWith("{ chain = other.pem, key = other.key }");
    assertThat(gateway.connect().get("/a").read().status()).isEqualTo(403);
    assertThat(hosts).isEmpty();
  }
}
