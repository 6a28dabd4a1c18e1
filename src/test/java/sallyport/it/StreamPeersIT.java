package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Haproxy;
import sallyport.testkit.Loops;
import sallyport.testkit.Peers;
import sallyport.testkit.TestPki;
import sallyport.testkit.TlsStream;

/** TCP streams between peers of other makes: OpenSSL in front, HAProxy in TCP mode behind. */
class StreamPeersIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  /** Sends back what it gets, the PROXY protocol header included. */
  private static final class Echo implements AutoCloseable {
    private final ServerSocket server;

    Echo() throws IOException {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
      try {
        while (true) {
          Socket socket = server.accept();
          Thread.ofVirtual().start(() -> serve(socket));
        }
      } catch (IOException closed) {
        // The end.
      }
    }

    private static void serve(Socket socket) {
      try (socket) {
        socket.getInputStream().transferTo(socket.getOutputStream());
      } catch (IOException closed) {
        // HAProxy has closed it.
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  private void start() throws Exception {
    Echo echo = gateway.closing(new Echo());
    TestPki.BACKEND.write(gateway.file("backend.pem"), gateway.file("backend.key"));
    Files.writeString(
        gateway.file("both.pem"),
        Files.readString(gateway.file("backend.pem"))
            + Files.readString(gateway.file("backend.key")));
    Haproxy haproxy =
        gateway.closing(
            Haproxy.serve(
                gateway.folder(),
                """
                defaults
                  mode tcp
                  timeout connect 10s
                  timeout client 30s
                  timeout server 30s
                listen engine
                  bind 127.0.0.1:PORT accept-proxy ssl crt both.pem ca-file backend-ca.pem verify required
                  server echo 127.0.0.1:%d send-proxy
                """
                    .formatted(echo.server.getLocalPort())));
    TestPki.USER.write(gateway.file("user.pem"), gateway.file("user.key"));
    gateway.startWith(
        """
        gateway {
          listeners.mllp {
            bind = "127.0.0.1:0"
            tls {
              certificates = [ { chain = server.pem, key = server.key } ]
              client-auth { mode = required, trust = clients-ca.pem }
            }
            forward-to = engine
          }
          backends.engine {
            endpoints = [ "%s" ]
            proxy-protocol = v2
            tls {
              trust = backend-ca.pem
              certificate { chain = client.pem, key = client.key }
              server-name = legacy.internal
            }
          }
          admin.bind = "127.0.0.1:0"
          runtime.workers = %d
        }
        """
            .formatted(haproxy.address(), Loops.COUNT));
  }

  @Test
  void opensslSpeaksWithHaproxyThroughTheGateway() throws Exception {
    Peers.demand("openssl", "haproxy");
    start();
    int port = gateway.gateway().address("mllp").getPort();
    Process openssl =
        new ProcessBuilder(
                ("openssl s_client -quiet -connect 127.0.0.1:%d -servername localhost -CAfile ca.pem"
                        + " -verify_return_error -cert user.pem -key user.key")
                    .formatted(port)
                    .split(" "))
            .directory(gateway.folder().toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    openssl.getOutputStream().write("MSH|^~\\&|\n".getBytes(StandardCharsets.US_ASCII));
    openssl.getOutputStream().flush();
    BufferedReader out = openssl.inputReader(StandardCharsets.US_ASCII);
    assertThat(out.readLine()).matches("PROXY TCP4 127.0.0.1 127.0.0.1 [0-9]+ " + port);
    assertThat(out.readLine()).isEqualTo("MSH|^~\\&|");
    openssl.getOutputStream().close();
    openssl.destroy();
    assertThat(openssl.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(gateway.access().awaitContaining("\"protocol\":\"TCP\""))
        .contains("\"backend\":\"engine\"", "\"client_certificate\":\"");
  }

  @Test
  void haproxyTellsTheClientThatItEnds() throws Exception {
    Peers.demand("haproxy");
    start();
    TlsStream client =
        gateway.closing(
            TlsStream.connect(
                gateway.gateway().address("mllp"),
                TestPki.context(TestPki.USER, TestPki.FRONT),
                "localhost"));
    client.send("all");
    InputStream in = client.in();
    StringBuilder said = new StringBuilder();
    while (!said.toString().endsWith("\r\nall")) {
      said.append((char) in.read());
    }
    client.finish();
    assertThat(client.end()).isEqualTo("end");
    assertThat(gateway.access().awaitContaining("\"protocol\":\"TCP\""))
        .contains("\"ended\":\"client_closed\"", "\"bytes_in\":3");
  }
}
