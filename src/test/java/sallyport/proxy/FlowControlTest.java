package sallyport.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.cluster.Cluster;
import sallyport.cluster.Pick;
import sallyport.cluster.PickContext;
import sallyport.http.FieldNameSet;
import sallyport.http.forwarded.IdentityFields;
import sallyport.observe.access.ExchangeLog;
import sallyport.testkit.Backends;
import sallyport.testkit.FakeClientStream;
import sallyport.testkit.FakeTransport;
import sallyport.testkit.ProxyFixture;
import sallyport.values.ClientAddress;

class FlowControlTest {
  private final FakeHttpStream client = new FakeHttpStream(new EmbeddedChannel().eventLoop());
  private final FakeClientStream stream = new FakeClientStream();
  private final RequestBody body =
      new RequestBody(
          false,
          false,
          100,
          new IdentityFields(
              new FieldNameSet(List.of(), List.of()), new FieldNameSet(List.of(), List.of())),
          new ExchangeLog(
              "https",
              ClientAddress.direct(new InetSocketAddress("192.0.2.9", 4711)),
              "HTTP/1.1",
              "POST"));
  private final FlowControl flow = new FlowControl(client, body);

  private ExchangeState state(String name) {
    Attempt attempt = attempt();
    return switch (name) {
      case "Connecting" -> new ExchangeState.Connecting(attempt);
      case "Sending" -> new ExchangeState.Sending(attempt, stream);
      case "AwaitingSwitch" -> new ExchangeState.AwaitingSwitch(attempt, stream);
      case "Relaying" -> new ExchangeState.Relaying(attempt, stream);
      case "Ending" ->
          new ExchangeState.Ending(attempt, stream, LastHttpContent.EMPTY_LAST_CONTENT);
      case "Tunnel" -> new ExchangeState.Tunnel(attempt, stream);
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** Nothing is asked of an attempt here. */
  @SuppressWarnings("NullAway")
  private static Attempt attempt() {
    Cluster cluster = new Cluster(Backends.config("endpoints = [ \"a:1\" ]"));
    return new Attempt(
        null,
        new FakeTransport(cluster, ProxyFixture.METRICS),
        (Pick.Picked) cluster.pick(PickContext.FIRST),
        null);
  }

  @ParameterizedTest
  @CsvSource({
    "Connecting, true, false",
    "AwaitingSwitch, true, false",
    "Sending, true, true",
    "Sending, false, false",
    "Relaying, true, true",
    "Relaying, false, false",
    "Ending, true, true",
    "Ending, false, false",
    "Tunnel, true, true",
    "Tunnel, false, false"
  })
  void theClientIsReadAsFarAsTheBackendTakesIt(String state, boolean writable, boolean reads) {
    stream.writable = writable;
    flow.update(state(state), false);
    assertThat(client.reading).isEqualTo(reads);
  }

  @Test
  void theClientIsReadAgain() {
    flow.update(state("Connecting"), false);
    flow.update(state("Sending"), false);
    assertThat(client.reading).isTrue();
  }

  @Test
  void whatIsThrownAwayIsReadWithoutTheBackend() {
    stream.writable = false;
    body.discard();
    flow.update(state("Relaying"), true);
    assertThat(client.reading).isTrue();
  }

  @Test
  void aClientWhoseRequestIsWholeIsLeftAlone() {
    assertThat(body.receive(LastHttpContent.EMPTY_LAST_CONTENT)).isNull();
    flow.update(state("Connecting"), false);
    assertThat(client.reading).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"true, true, true", "true, false, false", "false, false, true"})
  void theBackendIsReadAsFarAsTheClientTakesIt(
      boolean responding, boolean writable, boolean reads) {
    client.writable = writable;
    flow.update(state("Relaying"), responding);
    assertThat(stream.reading).isEqualTo(reads);
  }

  @Test
  void aNewStreamIsReadAtFirst() {
    client.writable = false;
    flow.update(state("Relaying"), true);
    stream.reading = true;
    flow.newStream();
    flow.update(state("Relaying"), true);
    assertThat(stream.reading).as("paused like the one before").isFalse();
  }

  @Test
  void nothingIsSaidTwice() {
    client.writable = false;
    flow.update(state("Relaying"), true);
    stream.reading = true;
    client.reading = false;
    flow.update(state("Relaying"), true);
    assertThat(stream.reading).isTrue();
    assertThat(client.reading).isFalse();
  }

  @Test
  void aPieceIsNoEndOfTheBody() {
    assertThat(body.receive(new DefaultHttpContent(Unpooled.EMPTY_BUFFER))).isNull();
    assertThat(body.isEnded()).isFalse();
  }
}
