package sallyport.fuzz;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.fuzz.Frames.Frame;
import sallyport.testkit.Http2Steps;
import sallyport.testkit.RawHttp2;

/** What an HTTP/2 client of the gateway's sends, and how it reads what comes back. */
final class Http2Client {
  private static final int INTERNAL_ERROR = 2;

  private final Frames frames = new Frames(/* strict= */ true);

  /**
   * @param answered by the gateway, from its first octet
   * @throws StrictPeer.Fault when it is not canonical HTTP/2
   */
  Http2Client(String answered) {
    frames.add(answered);
    Check.that(!frames.isCut(), () -> "half a frame");
    List<Frame> all = frames.all();
    Check.that(
        all.isEmpty() || all.getFirst().type() == RawHttp2.SETTINGS,
        () -> "not SETTINGS first: " + all);
    for (Frame frame : all) {
      Check.that(
          frame.type() != RawHttp2.GOAWAY || frame.number(4) != INTERNAL_ERROR,
          () -> "the gateway blames itself: " + Octets.escape(frame.payload()));
    }
  }

  /** The preface, empty settings, and frames in the form of the tables. */
  static String opening(String steps) {
    return opening() + String.join("", octets(steps));
  }

  /** The preface and empty settings. */
  static String opening() {
    return RawHttp2.PREFACE + Octets.text(RawHttp2.frame(RawHttp2.SETTINGS, 0, 0, new byte[0]));
  }

  /** Each frame as it is on the wire. */
  static List<String> octets(String steps) {
    return Http2Steps.parse(steps).stream()
        .map(step -> Octets.text(step.bytes(step.stream())))
        .toList();
  }

  /** Whether the gateway has ended the connection, or begun to. */
  boolean isTold() {
    return frames.all().stream().anyMatch(frame -> frame.type() == RawHttp2.GOAWAY);
  }

  /** The error with which a stream was reset; null when it was not. */
  @Nullable Long reset(int stream) {
    return frames.of(stream).stream()
        .filter(frame -> frame.type() == RawHttp2.RST_STREAM)
        .map(frame -> frame.number(0))
        .findFirst()
        .orElse(null);
  }

  /** Streams on which anything came. */
  List<Integer> streams() {
    return frames.all().stream()
        .filter(frame -> frame.type() == RawHttp2.HEADERS || frame.type() == RawHttp2.DATA)
        .map(Frame::stream)
        .distinct()
        .toList();
  }

  /**
   * The responses of a stream, the final one last.
   *
   * @param method of the request
   */
  List<Message> responses(int stream, String method) {
    List<Frame> message = new ArrayList<>(frames.of(stream));
    message.removeIf(frame -> frame.type() == RawHttp2.WINDOW_UPDATE);
    for (int i = 0; i < message.size() - 1; i++) {
      Frame frame = message.get(i);
      Frame next = message.get(i + 1);
      Check.that(
          !frame.end() || next.type() == RawHttp2.RST_STREAM, () -> "behind the end: " + next);
      Check.that(
          frame.type() != RawHttp2.RST_STREAM || next.type() == RawHttp2.RST_STREAM,
          () -> "behind the reset: " + next);
    }
    List<Message> responses = Http2Meaning.responses(message, method);
    for (Message response : responses) {
      Check.that(response.failure.isEmpty(), () -> "not canonical: " + response);
    }
    return responses;
  }
}
