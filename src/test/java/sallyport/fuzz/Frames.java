package sallyport.fuzz;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.fuzz.Message.Field;
import sallyport.testkit.RawHttp2;

/**
 * Reads what one side of an HTTP/2 connection sends (RFC 9113 section 4), and takes every deviation
 * for a fault of that side. Shares nothing with the gateway but Netty's HPACK, unchecked.
 */
final class Frames {
  /**
   * A frame; a header block in several is one.
   *
   * @param payload without padding and priority; empty when there are fields
   * @param fields of HEADERS, in their order; null for any other type
   */
  record Frame(int type, int stream, boolean end, String payload, @Nullable List<Field> fields) {
    /** The number at this offset of the payload. */
    long number(int offset) {
      return Frames.number(payload, offset, 4);
    }
  }

  /** The type of a frame that is wrong for its stream alone (section 4.2). */
  static final int BROKEN = -1;

  private static final int ACK = 1;
  private static final int PADDED = 8;
  private static final int PRIORITY = 32;

  /** Our own limits; a peer that keeps to the protocol stays far below. */
  private static final int MAX_FRAME = 16_384;

  private final StringBuilder bytes = new StringBuilder();
  private final DefaultHttp2HeadersDecoder decoder =
      new DefaultHttp2HeadersDecoder(/* validateHeaders= */ false, 1L << 24) {
        @Override
        protected Http2Headers newHeaders() {
          return new Recorder();
        }
      };

  private final List<Frame> all = new ArrayList<>();
  private final boolean strict;
  private int at;

  /** A header block that goes on in the next frame. */
  private @Nullable Frame begun;

  /**
   * @param strict whether a frame that is wrong for its stream alone is a fault, too
   */
  Frames(boolean strict) {
    this.strict = strict;
    try {
      // Whatever the other side has allowed.
      decoder.maxHeaderTableSize(0xffff_ffffL);
    } catch (Http2Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Netty's headers put the pseudo-header fields first. */
  private static final class Recorder extends DefaultHttp2Headers {
    private final List<Field> fields = new ArrayList<>();

    Recorder() {
      super(/* validate= */ false);
    }

    @Override
    public Http2Headers add(CharSequence name, CharSequence value) {
      fields.add(new Field(name.toString(), value.toString()));
      return this;
    }
  }

  /**
   * Takes what came.
   *
   * @throws StrictPeer.Fault when it cannot become frames
   */
  void add(String more) {
    bytes.append(more);
    while (bytes.length() - at >= 9) {
      int length = (int) number(bytes, at, 3);
      if (length > MAX_FRAME) {
        throw new StrictPeer.Fault("a frame of " + length);
      }
      if (bytes.length() - at < 9 + length) {
        return;
      }
      String payload = bytes.substring(at + 9, at + 9 + length);
      int stream = (int) number(bytes, at + 5, 4);
      take(bytes.charAt(at + 3), bytes.charAt(at + 4), stream & Integer.MAX_VALUE, payload);
      at += 9 + length;
    }
  }

  /** What came, to the last whole frame. */
  List<Frame> all() {
    return all;
  }

  /** What belongs to a stream. */
  List<Frame> of(int stream) {
    return all.stream().filter(frame -> frame.stream() == stream).toList();
  }

  /** Whether half a frame, or half a header block, is there. */
  boolean isCut() {
    return at < bytes.length() || begun != null;
  }

  private void take(int type, int flags, int stream, String payload) {
    boolean end = (flags & RawHttp2.END_STREAM) != 0;
    Frame block = begun;
    if ((block != null) != (type == RawHttp2.CONTINUATION)
        || (block != null && block.stream() != stream)) {
      throw new StrictPeer.Fault("frame " + type + " in or without a header block");
    }
    int least =
        switch (type) {
          case RawHttp2.HEADERS ->
              ((flags & PADDED) != 0 ? 1 : 0) + ((flags & PRIORITY) != 0 ? 5 : 0);
          case RawHttp2.DATA -> (flags & PADDED) != 0 ? 1 : 0;
          case RawHttp2.PRIORITY -> 5;
          default -> 0;
        };
    if (payload.length() < least || (type == RawHttp2.PRIORITY && payload.length() > least)) {
      size(!strict, "frame " + type);
      all.add(new Frame(BROKEN, owner(stream, true), false, "", null));
      return;
    }
    switch (type) {
      case RawHttp2.HEADERS -> {
        String rest = unpadded(payload, flags);
        if ((flags & PRIORITY) != 0) {
          size(rest.length() >= 5, "padding");
          rest = rest.substring(5);
        }
        block(new Frame(type, owner(stream, true), end, rest, null), flags);
      }
      case RawHttp2.CONTINUATION ->
          block(
              new Frame(
                  RawHttp2.HEADERS,
                  stream,
                  block != null && block.end(),
                  (block == null ? "" : block.payload()) + payload,
                  null),
              flags);
      case RawHttp2.DATA ->
          all.add(new Frame(type, owner(stream, true), end, unpadded(payload, flags), null));
      default -> {
        check(type, flags, stream, payload.length());
        all.add(new Frame(type, stream, false, payload, null));
      }
    }
  }

  private static void check(int type, int flags, int stream, int length) {
    switch (type) {
      case RawHttp2.PRIORITY -> owner(stream, true);
      case RawHttp2.RST_STREAM -> size(owner(stream, true) > 0 && length == 4, "RST_STREAM");
      case RawHttp2.SETTINGS ->
          size(
              owner(stream, false) == 0 && ((flags & ACK) != 0 ? length == 0 : length % 6 == 0),
              "SETTINGS");
      case RawHttp2.PING -> size(owner(stream, false) == 0 && length == 8, "PING");
      case RawHttp2.GOAWAY -> size(owner(stream, false) == 0 && length >= 8, "GOAWAY");
      case RawHttp2.WINDOW_UPDATE -> size(length == 4, "WINDOW_UPDATE");
      default -> {
        // Nobody knows it.
      }
    }
  }

  private static int owner(int stream, boolean of) {
    if ((stream != 0) != of) {
      throw new StrictPeer.Fault("a frame of stream " + stream);
    }
    return stream;
  }

  private static void size(boolean right, String what) {
    if (!right) {
      throw new StrictPeer.Fault("a malformed " + what);
    }
  }

  private void block(Frame frame, int flags) {
    if ((flags & RawHttp2.END_HEADERS) == 0) {
      begun = frame;
      return;
    }
    begun = null;
    try {
      Recorder headers =
          (Recorder)
              decoder.decodeHeaders(
                  frame.stream(), Unpooled.wrappedBuffer(Octets.of(frame.payload())));
      all.add(new Frame(frame.type(), frame.stream(), frame.end(), "", headers.fields));
    } catch (Http2Exception e) {
      throw new StrictPeer.Fault("a header block that is none: " + e.getMessage());
    }
  }

  private static String unpadded(String payload, int flags) {
    if ((flags & PADDED) == 0) {
      return payload;
    }
    size(payload.charAt(0) < payload.length(), "padding");
    return payload.substring(1, payload.length() - payload.charAt(0));
  }

  private static long number(CharSequence text, int from, int octets) {
    long number = 0;
    for (int i = from; i < from + octets; i++) {
      number = number << 8 | text.charAt(i);
    }
    return number;
  }
}
