package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.RawHttp2;
import sallyport.testkit.Setup;

/** HTTP/2 streams that end while their body waits for a backend that does not shake hands. */
class PausedStreamsIT {
  private static final byte[] CANCEL = {0, 0, 0, 8};
  private static final int ACK = 1;

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();
  private ServerSocket silent;

  @BeforeEach
  void listen() throws IOException {
    silent = gateway.closing(new ServerSocket(0, 5, InetAddress.getLoopbackAddress()));
  }

  private RawHttp2 upload(String backend, String limits) throws IOException {
    gateway.start(Setup.to("127.0.0.1:" + silent.getLocalPort()).backend(backend).limits(limits));
    RawHttp2 client = gateway.closing(RawHttp2.connect(gateway.https()));
    client.request(1, "POST", "/", false, Map.of());
    client.send(RawHttp2.DATA, 0, 1, new byte[5000]);
    return client;
  }

  /** All that was sent before has been seen, and so is all that the gateway said to it. */
  private static void sync(RawHttp2 client) throws IOException {
    client.send(RawHttp2.PING, 0, 0, new byte[8]);
    RawHttp2.Frame next =
        client.readUntil(
            f ->
                f.type() == RawHttp2.RST_STREAM || (f.type() == RawHttp2.PING && f.flags() == ACK));
    assertThat(next.type()).isEqualTo(RawHttp2.PING);
  }

  @Test
  void aResetEndsTheExchange() throws IOException {
    RawHttp2 client = upload("connect-timeout = 5m", "");
    sync(client);
    client.send(RawHttp2.RST_STREAM, 0, 1, CANCEL);
    assertThat(gateway.access().awaitContaining("client_closed")).contains("\"status\":499");
    // A reset is not answered by another (RFC 9113 section 5.4.2).
    sync(client);
  }

  @Test
  void aClientThatGoesAwayEndsTheExchange() throws IOException {
    RawHttp2 client = upload("connect-timeout = 5m", "");
    sync(client);
    client.close();
    gateway.access().awaitContaining("client_closed");
  }

  @Test
  void aConnectionWhoseUploadFailedIsIdleAgain() throws IOException {
    RawHttp2 client = upload("connect-timeout = 200ms", "keep-alive-timeout = 300ms");
    assertThat(client.readHead(1).status()).hasToString("504");
    RawHttp2.Frame reset = client.readUntil(f -> f.type() == RawHttp2.RST_STREAM);
    assertThat(reset.number(0)).as("NO_ERROR").isZero();
    client.readUntil(f -> f.type() == RawHttp2.GOAWAY);
    client.readToEnd();
  }
}
