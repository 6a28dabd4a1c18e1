package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.HeldPort;
import sallyport.testkit.Loops;
import sallyport.testkit.PythonHl7;
import sallyport.testkit.StreamPeer;
import sallyport.testkit.TestPki;
import sallyport.testkit.TlsStream;

/** HL7 version 2 over MLLP under mutual TLS from both sides. */
class MllpIT {
  private static final String MESSAGE = "\u000bMSH|^~\\&|LAB|||||||A1|P|2.5.1\rPID|||1\r\u001c\r";
  private static final String ACK = "\u000bMSH|^~\\&|EHR|||||||B1|P|2.5.1\rMSA|AA|A1\r\u001c\r";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  // ---- scene

  private void write(String bind, String endpoint, String more) throws IOException {
    Files.writeString(
        gateway.file("gateway.conf"),
        """
        gateway {
          listeners.mllp {
            bind = "%s"
            protocol = mllp
            tls {
              certificates = [ { chain = server.pem, key = server.key } ]
              client-auth { mode = required, trust = clients-ca.pem }
            }
            forward-to = engine
          }
          backends.engine {
            endpoints = [ "%s" ]
            tls {
              trust = backend-ca.pem
              certificate { chain = client.pem, key = client.key }
              server-name = legacy.internal
            }
            %s
          }
          admin.bind = "127.0.0.1:0"
          drain-timeout = 1s
          lame-duck = 0s
          runtime.workers = %d
        }
        """
            .formatted(bind, endpoint, more, Loops.COUNT));
  }

  private void start(StreamPeer.Handler engine) throws IOException {
    write("127.0.0.1:0", gateway.closing(StreamPeer.start(engine)).address(), "");
    gateway.startFrom(gateway.file("gateway.conf"));
  }

  private TlsStream connect() throws IOException {
    return gateway.closing(
        TlsStream.connect(
            gateway.gateway().address("mllp"),
            TestPki.context(TestPki.USER, TestPki.FRONT),
            "localhost"));
  }

  private CompletableFuture<Boolean> drain() {
    return gateway.drain(Duration.ofSeconds(40));
  }

  private String line() {
    return gateway.access().awaitContaining("\"protocol\":\"TCP\"");
  }

  private static void answer(TlsStream stream, StreamPeer self) throws IOException {
    while (stream.read(MESSAGE.length()).equals(MESSAGE)) {
      stream.send(ACK);
    }
    self.hear(stream.end());
  }

  // ---- real engines

  @Test
  void aThousandMessagesAreNeitherLostNorDoubledByAReloadAndADrain() throws Exception {
    TestPki.BACKEND.write(gateway.file("backend.pem"), gateway.file("backend.key"));
    TestPki.USER.write(gateway.file("user.pem"), gateway.file("user.key"));
    PythonHl7 receiver =
        gateway.closing(
            PythonHl7.start(
                "receiver", gateway.folder(), "backend.pem", "backend.key", "backend-ca.pem"));
    receiver.await("port", 1);
    HeldPort port = gateway.closing(HeldPort.hold());
    String engine = "127.0.0.1:" + receiver.said("port").getFirst();
    write(port.address(), engine, "");
    gateway.startFrom(gateway.file("gateway.conf"));
    PythonHl7 sender =
        gateway.closing(
            PythonHl7.start(
                "sender",
                gateway.folder(),
                port.number(),
                "user.pem",
                "user.key",
                "ca.pem",
                10,
                1000));

    sender.await("acknowledged", 200);
    write(port.address(), engine, "slow-start = 1s");
    assertThat(gateway.reload("").statusCode()).isEqualTo(200);
    sender.await("acknowledged", 400);
    assertThat(drain().get(60, TimeUnit.SECONDS)).isTrue();
    assertThat(sender.isAlive()).isTrue();
    gateway.stop();
    gateway.startFrom(gateway.file("gateway.conf"));

    assertThat(sender.ended()).as(sender.said().toString()).isZero();
    assertThat(sender.said("connected")).hasSize(20);
    assertThat(receiver.said("broken")).isEmpty();
    assertThat(receiver.said("failed")).isEmpty();
    assertThat(receiver.said("got")).hasSize(1000).doesNotHaveDuplicates();
    assertThat(sender.said("acknowledged"))
        .containsExactlyInAnyOrderElementsOf(receiver.said("got"));
  }

  // ---- drains

  @Test
  void anIdleConnectionEndsAtADrainOnBothSides() throws Exception {
    CompletableFuture<String> end = new CompletableFuture<>();
    start(
        (stream, self) -> {
          assertThat(stream.read(MESSAGE.length())).isEqualTo(MESSAGE);
          stream.send(ACK);
          end.complete(stream.end());
        });
    TlsStream client = connect();
    client.send(MESSAGE);
    assertThat(client.read(ACK.length())).isEqualTo(ACK);
    CompletableFuture<Boolean> drained = drain();
    assertThat(client.end()).isEqualTo("end");
    client.close();
    assertThat(end.get(20, TimeUnit.SECONDS)).isEqualTo("end");
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(line()).contains("\"ended\":\"drained\"");
  }

  @Test
  void aDrainWaitsForTheRestOfAMessageAndForItsAcknowledgement() throws Exception {
    CompletableFuture<Void> go = new CompletableFuture<>();
    start(
        (stream, self) -> {
          self.hear(stream.read(MESSAGE.length()));
          go.get(20, TimeUnit.SECONDS);
          stream.send(ACK);
          stream.end();
        });
    TlsStream client = connect();
    client.send(MESSAGE.substring(0, 9));
    gateway.awaitMetric(9, "gateway_stream_bytes_total", "direction=\"in\"");
    CompletableFuture<Boolean> drained = drain();
    client.send(MESSAGE.substring(9));
    gateway.awaitMetric(MESSAGE.length(), "gateway_stream_bytes_total", "direction=\"in\"");
    assertThat(drained).isNotDone();
    go.complete(null);
    assertThat(client.read(ACK.length())).isEqualTo(ACK);
    assertThat(client.end()).isEqualTo("end");
    client.close();
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
  }

  /** The engine gets the messages that were sent before, and no part of those after. */
  @Test
  void whatASenderSendsInTheEndDoesNotReachTheEngineAndTakesNoAcknowledgementAway()
      throws Exception {
    CompletableFuture<Void> go = new CompletableFuture<>();
    CompletableFuture<String> rest = new CompletableFuture<>();
    start(
        (stream, self) -> {
          stream.read(MESSAGE.length());
          go.get(20, TimeUnit.SECONDS);
          stream.send(ACK);
          rest.complete(new String(stream.in().readAllBytes(), StandardCharsets.ISO_8859_1));
        });
    TlsStream client = connect();
    client.send(MESSAGE);
    gateway.awaitMetric(MESSAGE.length(), "gateway_stream_bytes_total", "direction=\"in\"");
    CompletableFuture<Boolean> drained = drain();
    go.complete(null);
    assertThat(rest.get(20, TimeUnit.SECONDS)).isEmpty();
    // The gateway has ended the stream; the client, which has read nothing so far, goes on.
    client.send(MESSAGE.repeat(100));
    gateway.awaitTurns();
    client.send(MESSAGE);
    assertThat(client.read(ACK.length())).isEqualTo(ACK);
    assertThat(client.end()).isEqualTo("end");
    client.close();
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(gateway.access().awaitContaining("\"ended\":\"drained\""))
        .contains("\"bytes_in\":" + MESSAGE.length() + ",");
  }

  @ParameterizedTest
  @ValueSource(strings = {"MSH|^~\\&|not framed\r", "\u000bMSH|^~\\&|no acknowledgement\r\u001c\r"})
  void whatMayBeHalfAMessageGoesOnUntilTheTimeout(String text) throws Exception {
    start((stream, self) -> stream.in().transferTo(stream.out()));
    TlsStream client = connect();
    client.ping(text);
    CompletableFuture<Boolean> drained = gateway.drain(Duration.ofSeconds(1));
    client.ping(text);
    assertThat(drained.get(20, TimeUnit.SECONDS)).isFalse();
    gateway.stop();
    assertThat(client.end()).isEqualTo("cut");
  }

  @Test
  void severalMessagesPassInOneReadAndInPieces() throws Exception {
    start(MllpIT::answer);
    TlsStream client = connect();
    client.send(MESSAGE + MESSAGE + MESSAGE);
    assertThat(client.read(3 * ACK.length())).isEqualTo(ACK.repeat(3));
    for (int i = 0; i < MESSAGE.length(); i++) {
      client.send(MESSAGE.substring(i, i + 1));
    }
    assertThat(client.read(ACK.length())).isEqualTo(ACK);
    client.close();
    assertThat(line()).contains("\"ended\":\"client_closed\"").doesNotContain("MSH", "LAB");
  }
}
