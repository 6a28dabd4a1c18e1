package sallyport.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import sallyport.testkit.Http2Steps;
import sallyport.testkit.RawHttp2;

/** An HTTP/2 backend's end of one connection of the gateway's. */
final class Http2Backend implements Rig.End {
  /** SETTINGS_ENABLE_CONNECT_PROTOCOL = 1 (RFC 8441 section 3). */
  private static final byte[] SETTINGS = {0, 8, 0, 0, 0, 1};

  private final Rig rig;
  private final EmbeddedChannel channel;
  private final Rig.StreamBehaviour behaviour;
  private final Frames requests = new Frames(/* strict= */ true);
  private final Map<Integer, Message> whole = new HashMap<>();
  private final StringBuilder sent = new StringBuilder();
  private boolean greeted;
  private boolean broken;

  Http2Backend(Rig rig, EmbeddedChannel channel, Rig.StreamBehaviour behaviour) {
    this.rig = rig;
    this.channel = channel;
    this.behaviour = behaviour;
  }

  @Override
  public EmbeddedChannel channel() {
    return channel;
  }

  /** What a backend says first. */
  ByteBuf opening() {
    return Unpooled.wrappedBuffer(RawHttp2.frame(RawHttp2.SETTINGS, 0, 0, SETTINGS));
  }

  @Override
  public boolean take() {
    channel.runPendingTasks();
    ByteBuf bytes = channel.readOutbound();
    if (bytes == null) {
      return false;
    }
    String text = bytes.toString(StandardCharsets.ISO_8859_1);
    bytes.release();
    if (!greeted) {
      Check.that(text.startsWith(RawHttp2.PREFACE), () -> "no preface: " + text);
      greeted = true;
      requests.add(text.substring(RawHttp2.PREFACE.length()));
    } else {
      requests.add(text);
    }
    for (int stream : streams()) {
      Message request = Http2Meaning.request(requests.of(stream));
      if (request != null && request.whole && whole.put(stream, request) == null) {
        behaviour.onRequest(this, stream, request);
      }
    }
    return true;
  }

  /** Streams that have a head, in the order in which they were opened. */
  List<Integer> streams() {
    return requests.all().stream()
        .filter(frame -> frame.type() == RawHttp2.HEADERS)
        .map(Frames.Frame::stream)
        .distinct()
        .toList();
  }

  /** What the gateway asks on a stream, as far as it has come. */
  Message request(int stream) {
    Message request = Http2Meaning.request(requests.of(stream));
    if (request == null) {
      throw new AssertionError("no stream " + stream);
    }
    return request;
  }

  /** Sends octets in one read. */
  void send(String octets) {
    sent.append(octets);
    rig.give(channel, octets);
  }

  /** Sends frames, in the form of the tables, on one stream, in one read. */
  void answer(int stream, String steps) {
    StringBuilder octets = new StringBuilder();
    for (Http2Steps.Step step : Http2Steps.parse(steps)) {
      octets.append(Octets.text(step.bytes(stream)));
    }
    send(octets.toString());
  }

  /** What was sent, to the first octet that is no HTTP/2. */
  Frames answers() {
    Frames answers = new Frames(/* strict= */ false);
    try {
      answers.add(sent.toString());
    } catch (StrictPeer.Fault end) {
      broken = true;
    }
    return answers;
  }

  /** Whether the connection lives, and nothing broke the rules of HTTP/2 itself. */
  boolean isSound() {
    return !answers().isCut() && !broken && channel.isOpen();
  }

  /** Cuts the connection. */
  void cut() {
    Rig.cut(channel);
    rig.settle();
  }
}
