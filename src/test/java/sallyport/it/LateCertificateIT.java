package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.LogLines;
import sallyport.testkit.Peers;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/** Backends that ask for a certificate after the handshake, as IIS and Apache do for a folder. */
class LateCertificateIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** A server whose requests a test reads, and whose answers and commands it types. */
  private static final class Server implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;
    private final String port;

    Server(GatewayFixture gateway, String version) throws IOException {
      Peers.demand("openssl");
      TestPki.BACKEND.write(gateway.file("backend.pem"), gateway.file("backend.key"));
      process =
          new ProcessBuilder(
                  "openssl",
                  "s_server",
                  "-accept",
                  "127.0.0.1:0",
                  "-cert",
                  "backend.pem",
                  "-key",
                  "backend.key",
                  "-CAfile",
                  "backend-ca.pem",
                  version)
              .directory(gateway.folder().toFile())
              .redirectErrorStream(true)
              .start();
      out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1));
      String accepts = awaitLine("ACCEPT ");
      port = accepts.substring(accepts.lastIndexOf(':') + 1);
    }

    /** The next line that has this in it. */
    String awaitLine(String part) throws IOException {
      String line;
      while ((line = out.readLine()) != null) {
        if (line.contains(part)) {
          return line;
        }
      }
      throw new AssertionError("openssl ended before '" + part + "'");
    }

    void type(String text) throws IOException {
      OutputStream in = process.getOutputStream();
      in.write(text.getBytes(StandardCharsets.US_ASCII));
      in.flush();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  private Server serve(String version) throws IOException {
    Server server = gateway.closing(new Server(gateway, version));
    gateway.start(
        Setup.to("127.0.0.1:" + server.port)
            .upstreamTls("when-not-asked = warn")
            .backend("protocol = http1"));
    return server;
  }

  /** R asks for a certificate in another handshake, r has another handshake without. */
  @ParameterizedTest
  @ValueSource(strings = {"R", "r"})
  void aBackendThatRenegotiatesIsGivenUpAtOnce(String command) throws Exception {
    Server server;
    RawClient client;
    try (LogLines log = new LogLines("sallyport.connect.endpoint.MutualTlsWatch")) {
      server = serve("-tls1_2");
      client = gateway.connect().get("/folder");
      server.awaitLine("host: localhost");
      assertThat(log.awaitContaining("does not ask"))
          .contains("to ask for it later, for some paths only, is not supported");
    }
    server.type(command + "\n");
    assertThat(client.read().status()).isEqualTo(502);
    assertThat(gateway.access().awaitContaining("/folder"))
        .contains("\"failure\":\"closed_before_response\"");
  }

  /** TLS 1.3 asks after the handshake those who have offered it, and the gateway does not. */
  @Test
  void aBackendCannotAskAfterTheHandshake() throws Exception {
    Server server = serve("-tls1_3");
    RawClient client = gateway.connect().get("/folder");
    server.awaitLine("host: localhost");
    server.type("c\n");
    server.awaitLine("extension not received");
    server.type("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    assertThat(client.read().status()).isEqualTo(403);
  }
}
